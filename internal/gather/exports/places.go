package exports

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/portal"
)

// routeAt is the inventory's route for a target, or one made up from it with
// ids left open, so that a subject is the same in every run.
func (e *exporter) routeAt(target string) artifact.Route {
	path, _, _ := strings.Cut(target, "?")
	for _, r := range e.inventory.Routes {
		if r.Method == "GET" && (portal.Pattern{Path: r.Template}).Match("GET", path) {
			return r
		}
	}
	segs := strings.Split(path, "/")
	for i, s := range segs {
		if f := normal.Format(s); f != "" && f != normal.FormatSlug {
			segs[i] = "{id}"
		}
	}
	template := strings.Join(segs, "/")
	return artifact.Route{ID: "GET " + template, Method: "GET", Template: template}
}

// flat returns the texts and numbers of a JSON object under their keys in
// lower case, those nearest to the top first.
func flat(body []byte) map[string]string {
	out := map[string]string{}
	var v any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return out
	}
	level := []any{v}
	for depth := 0; depth < 4 && len(level) > 0; depth++ {
		var next []any
		for _, x := range level {
			m, ok := x.(map[string]any)
			if !ok {
				continue
			}
			for k, x := range m {
				k = strings.ToLower(k)
				switch x := x.(type) {
				case string:
					if out[k] == "" {
						out[k] = x
					}
				case json.Number:
					if out[k] == "" {
						out[k] = x.String()
					}
				case map[string]any:
					next = append(next, x)
				}
			}
		}
		level = next
	}
	return out
}

// localPath returns a link as a target on the portal; "" when it is none.
// Absolute links are kept as they are: the scope guard decides about them.
func localPath(link, base string) string {
	if link == "" || len(link) > 4096 || strings.ContainsAny(link, " \n\t") {
		return ""
	}
	if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") {
		return link
	}
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	b, err := url.Parse(base)
	if err == nil && b.Host == u.Host && b.Scheme == u.Scheme {
		return u.RequestURI()
	}
	return link
}
