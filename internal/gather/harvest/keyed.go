package harvest

import (
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
)

// maxKey bounds a value that names an object in a path.
const maxKey = 128

// keys are the names under which lists hold what names their objects, by the
// path of the list: a portal with GET /books and GET /books/{book_title} tells
// books apart by a key that looks like no id.
type keys map[string]map[string]bool

func keysOf(routes []artifact.Route) keys {
	out := keys{}
	for i := range routes {
		r := &routes[i]
		for _, name := range r.PathParams() {
			before, _, _ := strings.Cut(r.Template, "{"+name+"}")
			list := r.Origin + strings.TrimSuffix(before, "/")
			if out[list] == nil {
				out[list] = map[string]bool{}
			}
			out[list][plainKey(name)] = true
		}
		if r.Kind == "list" && r.Noun != "" { // "hostid" of a list of hosts
			list := r.Origin + strings.TrimSuffix(r.Template, "/")
			if out[list] == nil {
				out[list] = map[string]bool{}
			}
			out[list][plainKey(r.Noun)+"id"] = true
		}
	}
	return out
}

func plainKey(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// in returns what the objects of a list are named by, as ids of the list's noun.
func (k keys) in(r *artifact.Route, v *normal.View) []normal.ID {
	named := k[r.Origin+strings.TrimSuffix(r.Template, "/")]
	if len(named) == 0 || r.Noun == "" || v.Family != normal.JSON {
		return nil
	}
	var out []normal.ID
	for i := range v.Fields {
		l := &v.Fields[i]
		if l.Type != "string" && l.Type != "number" || l.Value == "" || len(l.Value) > maxKey || strings.Contains(l.Value, "/") ||
			!named[plainKey(l.Key)] || !strings.Contains(l.Star, "*") {
			continue
		}
		out = append(out, normal.ID{Pointer: l.Pointer, Key: l.Key, Noun: r.Noun, Value: l.Value, Format: normal.Format(l.Value)})
	}
	return out
}
