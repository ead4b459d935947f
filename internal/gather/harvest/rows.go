package harvest

import (
	"encoding/json"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
)

// maxRows bounds the objects of one answer that bindings are read from.
const maxRows = 50

// rows offers what the objects of an answer bind by name: a repository with a
// name and an owner with a login is where /repos/{owner}/{repo} leads, though
// neither looks like an id.
func (h *harvester) rows(w want, v *normal.View) {
	if v.Family != normal.JSON || w.route.Noun == "" {
		return
	}
	objects := objectsOf(v.JSON, 3)
	for _, r := range h.routes {
		if names := r.PathParams(); len(names) < 2 || !strings.HasSuffix(r.Template, "}") {
			continue
		}
		for _, o := range objects[:min(maxRows, len(objects))] {
			if values, ok := named(r, o, w.route.Noun); ok {
				h.pools[w.who.Name].offer(r, values, source{route: w.route.ID, param: lastParam(r), why: "name"})
			}
		}
	}
}

// objectsOf returns an object, or the objects of the first lists it holds.
func objectsOf(v any, depth int) []map[string]any {
	switch v := v.(type) {
	case []any:
		var out []map[string]any
		for _, x := range v {
			if o, ok := x.(map[string]any); ok {
				out = append(out, o)
			}
		}
		return out
	case map[string]any:
		out := []map[string]any{v}
		if depth > 0 {
			for _, x := range v {
				if list, ok := x.([]any); ok {
					out = append(out, objectsOf(list, depth-1)...)
				}
			}
		}
		return out
	}
	return nil
}

// named binds a route's parameters to an object of a kind: the last to the
// object itself, the others to the objects in it, each by its name.
func named(r *artifact.Route, o map[string]any, noun string) (artifact.Values, bool) {
	names := r.PathParams()
	v := artifact.Values{}
	for i, name := range names {
		is := func(key string) bool {
			return key != "" && normal.Singular(plainKey(key)) == normal.Singular(plainKey(name))
		}
		if i == len(names)-1 {
			if p := paramOf(r, name); !is(noun) && p.Noun != noun {
				return nil, false
			}
			v[name] = called(o)
		} else {
			for key, x := range o {
				if is(key) {
					v[name] = called(x)
				}
			}
		}
		if v[name] == "" {
			return nil, false
		}
	}
	return v, true
}

// called is what an object, or a plain value that stands for it, is called in a path.
func called(x any) string {
	switch x := x.(type) {
	case string:
		return segment(x)
	case json.Number:
		return x.String()
	case map[string]any:
		for _, key := range []string{"slug", "login", "username", "handle", "key", "path", "name"} {
			if s, ok := x[key].(string); ok && segment(s) != "" {
				return s
			}
		}
	}
	return ""
}

// segment is a text that could stand in a path; "" when it could not.
func segment(s string) string {
	if s == "" || len(s) > maxKey || strings.ContainsAny(s, " /\\?#\n") {
		return ""
	}
	return s
}
