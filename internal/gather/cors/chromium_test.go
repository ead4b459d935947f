package cors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/setcookie"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/browse"
)

// The sites of the zoo. Names below localhost count as secure without TLS.
const (
	zooPortal  = "http://portal.localhost"
	zooForeign = "http://evil.test"
	zooSibling = "http://old.portal.localhost"
)

// cage is one answer with CORS headers; ‹o› stands for the origin that asks.
type cage struct {
	Name    string
	status  int
	header  []string
	Method  string            // of the script's request; empty: GET
	Headers map[string]string // it sets
	flight  []string          // header of the preflight's answer; its status is 204
	refuses int               // status of the preflight's answer instead
}

const (
	acao = "Access-Control-Allow-Origin: "
	acac = "Access-Control-Allow-Credentials: "
	acam = "Access-Control-Allow-Methods: "
	acah = "Access-Control-Allow-Headers: "
)

var zoo = []cage{
	{Name: "nothing"},
	{Name: "the origin", header: []string{acao + "‹o›"}},
	{Name: "the origin with credentials", header: []string{acao + "‹o›", acac + "true"}},
	{Name: "star", header: []string{acao + "*"}},
	{Name: "star with credentials", header: []string{acao + "*", acac + "true"}},
	{Name: "TRUE", header: []string{acao + "‹o›", acac + "TRUE"}},
	{Name: "true with blanks", header: []string{acao + "  ‹o›  ", acac + " true "}},
	{Name: "true twice", header: []string{acao + "‹o›", acac + "true", acac + "true"}},
	{Name: "a slash", header: []string{acao + "‹o›/", acac + "true"}},
	{Name: "another case", header: []string{acao + "HTTP://EVIL.TEST", acac + "true"}},
	{Name: "a port", header: []string{acao + "‹o›:80", acac + "true"}},
	{Name: "a pattern", header: []string{acao + "http://*.test", acac + "true"}},
	{Name: "null", header: []string{acao + "null", acac + "true"}},
	{Name: "another origin", header: []string{acao + "http://other.test", acac + "true"}},
	{Name: "two headers", header: []string{acao + "‹o›", acao + "‹o›", acac + "true"}},
	{Name: "origin and star", header: []string{acao + "‹o›", acao + "*"}},
	{Name: "a list", header: []string{acao + "‹o›, http://other.test", acac + "true"}},
	{Name: "empty", header: []string{acao, acac + "true"}},
	{Name: "credentials alone", header: []string{acac + "true"}},
	{Name: "an error", status: 500, header: []string{acao + "‹o›", acac + "true"}},
	{Name: "a refusal without", status: 401},
	{Name: "a redirect that allows, to one that does not", status: 302, header: []string{acao + "‹o›", acac + "true", "Location: " + zooPortal + "/silent"}},
	{Name: "delete granted", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "DELETE"}},
	{Name: "delete by star", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "*"}},
	{Name: "delete not listed", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "GET, PUT"}},
	{Name: "delete without a list", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true"}},
	{Name: "patch in small letters", Method: "PATCH", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "patch"}},
	{Name: "a preflight with 401", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "DELETE"}, refuses: 401},
	{Name: "a preflight without credentials", Method: "DELETE", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acam + "DELETE"}},
	{Name: "a preflight with a star", Method: "PUT", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "*", acac + "true", acam + "PUT"}},
	{Name: "a malformed list", Method: "PUT", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + "PUT; DELETE"}},
	{Name: "a list with gaps", Method: "PUT", header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acam + ",PUT ,,"}},
	{Name: "JSON granted", Method: "POST", Headers: map[string]string{"Content-Type": "application/json"}, header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acah + "CONTENT-TYPE"}},
	{Name: "JSON by star", Method: "POST", Headers: map[string]string{"Content-Type": "application/json"}, header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acah + "*"}},
	{Name: "JSON not granted", Method: "POST", Headers: map[string]string{"Content-Type": "application/json"}, header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true"}},
	{Name: "text needs no preflight", Method: "POST", Headers: map[string]string{"Content-Type": "text/plain"}, header: []string{acao + "‹o›", acac + "true"}},
	{Name: "Authorization by name", Headers: map[string]string{"Authorization": "Bearer x"}, header: []string{acao + "‹o›", acac + "true"}, flight: []string{acao + "‹o›", acac + "true", acah + "authorization"}},
	{Name: "Authorization by star", Headers: map[string]string{"Authorization": "Bearer x"}, header: []string{acao + "*"}, flight: []string{acao + "*", acah + "*"}},
	{Name: "another header by star", Headers: map[string]string{"X-Lab": "x"}, header: []string{acao + "*"}, flight: []string{acao + "*", acah + "*"}},
}

// zooCookies are set by the portal itself, as lines.
var zooCookies = []string{
	"none=1; Path=/; Secure; SameSite=None", "lax=1; Path=/; Secure; SameSite=Lax", "strict=1; Path=/; Secure; SameSite=Strict",
	"absent=1; Path=/; Secure", "odd=1; Path=/; Secure; SameSite=Later", "noneplain=1; Path=/; SameSite=None",
	"__Host-good=1; Path=/; Secure; SameSite=None", "__Host-nopath=1; Secure; SameSite=None", "__Host-domain=1; Path=/; Domain=portal.localhost; Secure; SameSite=None",
	"__host-nosecure=1; Path=/", "__Secure-good=1; Path=/; Secure; SameSite=None", "__Secure-bad=1; Path=/",
	"domain=1; Path=/; Domain=.portal.localhost; Secure; SameSite=None", "foreign=1; Path=/; Domain=evil.test; Secure; SameSite=None",
	"other=1; Path=/other; Secure; SameSite=None", "folder=1; Secure; SameSite=None", "caseless=1; pAtH=/; SECURE; httponly; samesite=NONE",
	"gone=1; Path=/; Secure; SameSite=None; Max-Age=0", "past=1; Path=/; Secure; SameSite=None; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
	`quoted="1"; Path=/; Secure; SameSite=None`, "value=false; Path=/; Secure=false; SameSite=None", "twice=1; Path=/; Secure; SameSite=Strict; SameSite=None",
}

// menagerie answers for every site of the zoo: it is the browser's proxy.
type menagerie struct {
	mu      sync.Mutex
	arrived map[string]string // site, cage and mode → the Cookie it came with
	script  string
}

func (z *menagerie) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	z.mu.Lock()
	defer z.mu.Unlock()
	switch {
	case r.Host == "portal.localhost" && r.URL.Path == "/in/set":
		for _, line := range zooCookies {
			w.Header().Add("Set-Cookie", line)
		}
		fmt.Fprint(w, "<p>set</p>")
	case r.Host == "portal.localhost" && r.URL.Path == "/silent":
		fmt.Fprint(w, "secret")
	case r.Host == "portal.localhost" && strings.HasPrefix(r.URL.Path, "/cage/"):
		z.cage(w, r)
	case r.URL.Path == "/page":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<pre id=out></pre><script>%s</script>", z.script)
	default:
		http.NotFound(w, r)
	}
}

func (z *menagerie) cage(w http.ResponseWriter, r *http.Request) {
	var n int
	_, _ = fmt.Sscanf(r.URL.Path, "/cage/%d", &n)
	c := zoo[n]
	set := func(lines []string) {
		for _, l := range lines {
			name, value, _ := strings.Cut(l, ":")
			w.Header().Add(name, strings.ReplaceAll(strings.TrimPrefix(value, " "), "‹o›", r.Header.Get("Origin")))
		}
	}
	if r.Method == http.MethodOptions {
		set(c.flight)
		w.WriteHeader(max(c.refuses, http.StatusNoContent))
		return
	}
	z.arrived[r.URL.RawQuery] = "Cookie: " + r.Header.Get("Cookie")
	set(c.header)
	w.WriteHeader(max(c.status, http.StatusOK))
	fmt.Fprint(w, "secret")
}

// attack asks every cage in both ways and writes down which it could read.
const attack = `
async function go(site) {
  const out = {};
  for (let i = 0; i < CAGES.length; i++) for (const mode of ["omit", "include"]) {
    const c = CAGES[i], key = site + "-" + i + "-" + mode;
    try {
      const r = await fetch("http://portal.localhost/cage/" + i + "?" + key, {method: c.Method || "GET", headers: c.Headers || {}, credentials: mode, cache: "no-store"});
      out[key] = (await r.text()) === "secret";
    } catch (e) { out[key] = false; }
  }
  return out;
}
const self = location.hash.slice(1);
const show = o => { document.getElementById("out").textContent = "DONE" + JSON.stringify(o); };
if (self === "null") {
  window.onmessage = e => show(e.data);
  const f = document.createElement("iframe");
  f.setAttribute("sandbox", "allow-scripts");
  f.srcdoc = "<scr" + "ipt>const CAGES=" + JSON.stringify(CAGES) + ";" + go.toString() + ";go('null').then(o => parent.postMessage(o, '*'))</scr" + "ipt>";
  document.body.appendChild(f);
} else go(self).then(show);
`

// TestChromium holds what we say of browsers against one: for each answer of
// the zoo whether a script could read it, whether its request was sent at all,
// and which cookies went along.
func TestChromium(t *testing.T) {
	t.Parallel()
	cages, err := json.Marshal(zoo)
	if err != nil {
		t.Fatal(err)
	}
	z := &menagerie{arrived: map[string]string{}, script: "const CAGES = " + string(cages) + ";" + attack}
	proxy := httptest.NewServer(z)
	t.Cleanup(proxy.Close)
	b, err := browse.Open(t.Context(), strings.TrimPrefix(proxy.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Visit(zooPortal + "/in/set"); err != nil {
		t.Fatal(err)
	}
	for _, site := range []struct{ name, page, origin string }{
		{"foreign", zooForeign, zooForeign}, {"sibling", zooSibling, zooSibling}, {"null", zooForeign, "null"},
	} {
		got := visit(t, b, site.page+"/page?"+site.name+"#"+site.name)
		for i, c := range zoo {
			for _, mode := range []string{"omit", "include"} {
				key := fmt.Sprintf("%s-%d-%s", site.name, i, mode)
				z.mu.Lock()
				cookies, sent := z.arrived[key]
				z.mu.Unlock()
				wantSent, wantRead := foretell(c, site.origin, mode == "include")
				if sent != wantSent {
					t.Errorf("%s as %s, %s: Chromium sent it: %v, we say %v", c.Name, site.name, mode, sent, wantSent)
				}
				if got[key] != wantRead {
					t.Errorf("%s as %s, %s: Chromium could read it: %v, we say %v", c.Name, site.name, mode, got[key], wantRead)
				}
				if sent {
					compareCookies(t, c, site.page, site.name, mode, cookies)
				}
			}
		}
	}
	t.Logf("%d answers, %d cookies, three kinds of page, %s", len(zoo), len(zooCookies), b.Version)
}

func visit(t *testing.T, b *browse.Browser, address string) map[string]bool {
	t.Helper()
	if err := b.Visit(address); err != nil {
		t.Fatal(err)
	}
	var text string
	if !b.Until(func() bool { text, _ = b.Text(); return strings.Contains(text, "DONE") }) {
		t.Fatalf("the script of %s did not end: %q", address, text)
	}
	got := map[string]bool{}
	_, text, _ = strings.Cut(text, "DONE")
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&got); err != nil {
		t.Fatalf("read what %s found: %v in %q", address, err, text)
	}
	return got
}

// foretell is what the pure functions say: whether the request is sent, and
// whether its answer can be read.
func foretell(c cage, origin string, credentials bool) (sent, read bool) {
	answer := func(status int, lines []string) crossorigin.Answer {
		a := crossorigin.Answer{Status: status}
		for _, l := range lines {
			name, value, _ := strings.Cut(l, ":")
			a.Header = append(a.Header, evidence.Field{Name: name, Value: strings.ReplaceAll(value, "‹o›", origin)})
		}
		return a
	}
	r := crossorigin.Request{Origin: origin, Method: c.Method, Credentials: credentials}
	for name, value := range c.Headers {
		r.Header = append(r.Header, evidence.Field{Name: name, Value: value})
	}
	if crossorigin.Preflighted(r) {
		ok, why := crossorigin.MaySend(answer(max(c.refuses, 204), c.flight), r)
		if !ok && why != crossorigin.StarAlone { // where Chromium is laxer than the standard
			return false, false
		}
	}
	ok, _ := crossorigin.Readable(answer(max(c.status, 200), c.header), origin, credentials)
	return true, ok
}

func compareCookies(t *testing.T, c cage, from, site, mode, got string) {
	t.Helper()
	at := &url.URL{Scheme: "http", Host: "portal.localhost", Path: "/in/set"}
	for _, line := range zooCookies {
		k, ok := setcookie.Parse(line, at, time.Now())
		if !ok {
			t.Fatalf("%q is no cookie", line)
		}
		want := mode == "include" && !k.Drops && k.Refused == "" && travels(k.CookieSet, from)
		if has := strings.Contains(got+";", " "+k.Name+"="); has != want {
			t.Errorf("%s as %s, %s: Chromium sent %q: %v, we say %v", c.Name, site, mode, line, has, want)
		}
	}
}

func travels(set artifact.CookieSet, from string) bool {
	sent, _ := browser.Sends(set, browser.Request{From: from, To: zooPortal + "/cage/0"})
	return sent
}
