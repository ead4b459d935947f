package lab

import (
	"bytes"
	"net/http"
	"strings"
)

// keeps is what some defects tell caches to do with private answers.
func (w *World) keeps(h http.Header, r *http.Request) {
	api := w.flaw("nostore") && strings.HasPrefix(r.URL.Path, "/api/clients")
	page := w.flaw("nostore-page") && r.URL.Path == "/reports"
	if (api || page) && h.Get("Cache-Control") == "private, no-store" {
		h.Set("Cache-Control", "private, max-age=60")
	}
}

// lastPage is a script that keeps the last page, and shows it to whoever goes back.
var lastPage = []byte(`<script>
const back = performance.getEntriesByType("navigation")[0].type === "back_forward";
if (location.pathname !== "/login") localStorage.setItem("last", document.querySelector("main").innerHTML);
else if (back && localStorage.getItem("last")) document.querySelector("main").innerHTML = localStorage.getItem("last");
</script>
`)

// remembers adds the script to pages.
func (w *World) remembers(raw []byte, media string) []byte {
	if !w.flaw("backbutton") || !strings.HasPrefix(media, "text/html") || !bytes.Contains(raw, []byte("<main>")) {
		return raw
	}
	return append(bytes.Clone(raw), lastPage...)
}
