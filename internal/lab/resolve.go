package lab

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var matrixParameter = regexp.MustCompile(`;[^/]*`)

// resolve finds the route of a request. slipped is true when a defect let the request reach a route that the
// gate did not recognise.
func (w *World) resolve(c *call) (found *route, methods []string, slipped bool) {
	path, method := c.r.URL.EscapedPath(), c.r.Method
	found, c.params, methods = w.routes.match(method, path)

	if other := c.r.Header.Get("X-HTTP-Method-Override"); other != "" && w.flaw("bypass-method") && !strings.EqualFold(other, method) {
		if r, params, _ := w.routes.match(strings.ToUpper(other), path); r != nil && method == http.MethodPost {
			c.params, c.r.Method = params, strings.ToUpper(other)
			return r, nil, true
		}
		return found, methods, found != nil
	}
	if cleaned := w.cleaned(path); cleaned != path {
		found, c.params, methods = w.routes.match(method, cleaned)
		return found, methods, found != nil
	}
	if found == nil {
		return nil, methods, false
	}
	if target := w.rewritten(c.r); target != "" && found.access == public {
		u, err := url.Parse(target)
		if err != nil {
			return nil, nil, false
		}
		c.r.URL.Path, c.r.URL.RawPath, c.r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
		found, c.params, methods = w.routes.match(method, u.EscapedPath())
		return found, methods, found != nil
	}
	return found, methods, w.trusted(c.r)
}

// cleaned is the path as the router sees it after the gate looked at the raw one.
func (w *World) cleaned(path string) string {
	if w.flaw("bypass-path") && len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	for w.flaw("bypass-path-double") && strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if w.flaw("bypass-path-matrix") {
		path = matrixParameter.ReplaceAllString(path, "")
	}
	return path
}

func (w *World) rewritten(r *http.Request) string {
	if !w.flaw("bypass-header") {
		return ""
	}
	if target := r.Header.Get("X-Original-URL"); target != "" {
		return target
	}
	return r.Header.Get("X-Rewrite-URL")
}

// trusted reports whether a header talks the gate into standing aside.
func (w *World) trusted(r *http.Request) bool {
	if w.flaw("bypass-middleware") && strings.Contains(r.Header.Get("X-Middleware-Subrequest"), "middleware") {
		return true
	}
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
	return w.flaw("bypass-forwarded") && strings.TrimSpace(first) == "127.0.0.1"
}
