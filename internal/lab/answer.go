package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// answer is what a handler gives back; it is written in one place, so that the oddities are in one place too.
type answer struct {
	status int
	header map[string]string
	body   any    // sent as JSON
	raw    []byte // or sent as it is
	media  string
	cookie *http.Cookie
	code   string // of a refusal
	stream func(http.ResponseWriter, *http.Request)
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func done() answer { return answer{status: http.StatusNoContent} }

func created(location string, body any) answer {
	return answer{status: http.StatusCreated, body: body, header: map[string]string{"Location": location}}
}

func redirect(to string) answer {
	return answer{status: http.StatusSeeOther, header: map[string]string{"Location": to}, media: "text/plain; charset=utf-8"}
}

// kept lets shared caches keep an answer; it then says that it is the same for everybody.
func (a answer) kept(life time.Duration) answer {
	if life > 0 {
		a.header = map[string]string{"Cache-Control": fmt.Sprintf("public, max-age=%d", int(life.Seconds())), "Vary": "Accept-Encoding"}
	}
	return a
}

func list(items []any) answer {
	if items == nil {
		items = []any{}
	}
	return ok(map[string]any{"items": items, "total": len(items)})
}

// refuse is a problem document (RFC 9457).
func refuse(status int, code, detail string) answer {
	return answer{status: status, code: code, media: "application/problem+json", body: map[string]any{
		"type": "https://northwind.example/problems/" + code, "title": http.StatusText(status), "status": status, "detail": detail,
	}}
}

func unauthorized() answer {
	a := refuse(http.StatusUnauthorized, "unauthorized", "Sign in to continue.")
	a.header = map[string]string{"WWW-Authenticate": `Bearer realm="northwind"`}
	return a
}

func forbidden() answer {
	return refuse(http.StatusForbidden, "forbidden", "Your role does not allow this.")
}

// missing is the one answer for whatever is not there, and for whatever is there but not the caller's.
func (c *call) missing() answer {
	detail := "There is no such record."
	if c.w.quirk("echo") {
		detail = fmt.Sprintf("There is no record %q.", c.params["id"])
	}
	return refuse(http.StatusNotFound, "not-found", detail)
}

func invalid(field, why string) answer {
	a := refuse(http.StatusUnprocessableEntity, "invalid", "Check the highlighted field.")
	a.body.(map[string]any)["errors"] = map[string]any{field: why}
	return a
}

// disguise turns a refusal into what an oddly behaved portal would say.
func (w *World) disguise(a answer, list bool) answer {
	if a.code == "" || a.status < 401 || a.status > 404 || a.code == "unknown-path" {
		return a
	}
	header := a.header
	switch {
	case w.quirk("denies-200"):
		return answer{status: http.StatusOK, body: map[string]any{"ok": false, "error": a.code, "message": a.body.(map[string]any)["detail"]}}
	case w.quirk("denies-404"):
		a = unknownPath()
	case w.quirk("denies-500"):
		a = refuse(http.StatusInternalServerError, "failed", "The request could not be completed.")
	case w.quirk("denies-empty") && list:
		return answer{status: http.StatusOK, body: map[string]any{"items": []any{}, "total": 0}}
	case w.quirk("denies-empty"):
		return answer{status: http.StatusOK, raw: []byte("null\n"), media: "application/json"}
	default:
		a.header = header
	}
	return a
}

func unknownPath() answer {
	return refuse(http.StatusNotFound, "unknown-path", "Nothing is served at this address.")
}

// write sends an answer.
func (w *World) write(rw http.ResponseWriter, r *http.Request, a answer) {
	if a.stream != nil && r.Method == http.MethodHead {
		a = answer{status: http.StatusOK, media: "text/event-stream"}
	}
	if a.stream != nil {
		a.stream(rw, r)
		return
	}
	h := rw.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if a.status < 400 || !w.flaw("actionable") {
		h.Set("X-Request-Id", randomText(12))
	}
	w.boast(h)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Authorization, Cookie")
	for name, value := range a.header {
		h.Set(name, value)
	}
	w.share(h, r, a.status)
	w.keeps(h, r)
	if a.cookie != nil {
		http.SetCookie(rw, w.dress(a.cookie))
	}
	raw, media := a.raw, a.media
	if a.body != nil {
		raw, media = w.encode(a)
	}
	if media != "" {
		h.Set("Content-Type", media)
	}
	if w.quirk("volatile") && strings.HasPrefix(media, "text/html") {
		raw = fmt.Appendf(raw, "<script nonce=%q></script><!-- rendered %s by %s -->\n", randomText(8), time.Now().Format(time.RFC3339Nano), h.Get("X-Request-Id"))
	}
	raw = w.remembers(raw, media)
	rw.WriteHeader(a.status)
	if r.Method != http.MethodHead && a.status != http.StatusNoContent {
		_, _ = rw.Write(raw)
	}
}

func (w *World) encode(a answer) ([]byte, string) {
	media := a.media
	if media == "" {
		media = "application/json"
	}
	body := a.body
	if object, is := body.(map[string]any); is && w.quirk("volatile") {
		changed := map[string]any{"meta": map[string]any{"requestId": randomText(12), "nonce": randomText(8), "generatedAt": time.Now().Format(time.RFC3339Nano)}}
		for k, v := range object {
			changed[k] = v
		}
		body = changed
	}
	raw, err := json.Marshal(body)
	if err != nil { // only plain maps and values are ever sent
		return []byte(`{"title":"Internal Server Error","status":500}`), "application/problem+json"
	}
	return append(raw, '\n'), media
}
