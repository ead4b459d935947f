package lab

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// gossip is what a careless portal adds to its answers. Statuses stay as they
// are: nothing crashes, it only talks too much.
func (w *World) gossip(c *call, a answer) answer {
	if c.r.URL.Path == "/debug/pprof/" && w.flaw("debugpages-pprof") {
		return answer{status: http.StatusOK, raw: []byte(profiler), media: "text/html; charset=utf-8"}
	}
	if c.r.URL.Path == "/health" && w.flaw("credentials") && a.status == http.StatusOK {
		return ok(map[string]any{"status": "ok", "database": "postgres://portal:" + "Gr4nite-Kettle@db.northwind.example:5432/portal"})
	}
	switch {
	case a.code == "malformed" && w.flaw("stacktraces"):
		return a.with("stack", nodeTrace)
	case a.code == "method" && w.flaw("internals"):
		return a.with("detail", "java.lang.IllegalArgumentException: no handler takes that method")
	case a.code == "not-found" && w.flaw("dberrors") && strings.Contains(c.params["id"], "'"):
		return a.with("detail", fmt.Sprintf("pq: invalid input syntax for type bigint: %q", c.params["id"]))
	case a.code == "unknown-path" && w.flaw("stacktraces-frames"):
		return a.with("debug", map[string]any{"exception": "NoHandler", "frames": pythonFrames})
	case a.code == "link" && w.flaw("internals-path") && strings.Contains(c.params["id"], "'"):
		return a.with("detail", "There is no such file beside /srv/northwind/exports/index.csv.")
	case c.route == nil && strings.HasPrefix(a.media, "text/html") && w.flaw("debugpages"):
		a.raw = []byte(djangoPage)
	case c.route == nil && strings.HasPrefix(a.media, "text/html") && w.flaw("dberrors-page"):
		a.raw = append(a.raw, sqlComment...)
	}
	return a
}

// with adds a property to a problem document.
func (a answer) with(name string, value any) answer {
	body, is := a.body.(map[string]any)
	if !is {
		return a
	}
	body = maps.Clone(body)
	body[name] = value
	a.body = body
	return a
}

// boast sets the headers that say too much about what runs here.
func (w *World) boast(h http.Header) {
	if w.flaw("banners") {
		h.Set("Server", "nginx/1.18.0 (Ubuntu)")
	}
	if w.flaw("banners-framework") {
		h.Set("X-Powered-By", "PHP/8.1.2")
	}
}

const nodeTrace = "SyntaxError: Unexpected end of JSON input\n" +
	"    at JSON.parse (<anonymous>)\n" +
	"    at parse (/srv/northwind/node_modules/body-parser/lib/types/json.js:92:19)\n" +
	"    at /srv/northwind/node_modules/body-parser/lib/read.js:128:18\n" +
	"    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"

var pythonFrames = []map[string]any{
	{"file": "/srv/northwind/portal/router.py", "line": 212, "function": "dispatch"},
	{"file": "/srv/northwind/portal/router.py", "line": 88, "function": "resolve"},
	{"file": "/srv/northwind/portal/errors.py", "line": 17, "function": "not_found"},
}

const djangoPage = `<!DOCTYPE html>
<html lang="en"><head><title>Page not found at /</title></head>
<body><div id="info"><p>Using the URLconf defined in <code>northwind.urls</code>, Django tried these URL patterns, in this order:</p>
<ol><li>admin/</li><li>api/</li></ol></div>
<div id="explanation"><p>You&#x27;re seeing this error because you have <code>DEBUG = True</code> in your settings file.</p></div></body></html>
`

const sqlComment = "<!-- SQLSTATE[42S02]: Base table or view not found: 1146 Table 'northwind.pages' doesn't exist -->\n"

const profiler = `<html><head><title>/debug/pprof/</title></head><body>/debug/pprof/
<p>Types of profiles available:</p>
<table><tr><td>12</td><td><a href="goroutine?debug=1">goroutine</a></td></tr></table></body></html>
`
