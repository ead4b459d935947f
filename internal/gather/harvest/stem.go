package harvest

import (
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// maxStems bounds the bindings remembered of one beginning of paths.
const maxStems = perRoute

// stems are what the beginnings of paths were read with: once
// /repos/{owner}/{repo} was, every route below it is asked with the same two,
// for values that look right one by one need not belong together.
type stems map[string][][]string

// cut is a template up to and with each of its parameters, names blanked; it
// ends at a segment that is a parameter in part only.
func cut(r *artifact.Route) (beginnings []string, names []string) {
	path, _, _ := strings.Cut(r.Template, "?")
	at := r.Origin
	for segment := range strings.SplitSeq(path, "/") {
		name, whole := strings.CutPrefix(segment, "{")
		name, closed := strings.CutSuffix(name, "}")
		switch {
		case whole && closed && !strings.ContainsAny(name, "{}"):
			at += "/{}"
			beginnings, names = append(beginnings, at), append(names, name)
		case strings.Contains(segment, "{"):
			return beginnings, names
		case segment != "":
			at += "/" + segment
		}
	}
	return beginnings, names
}

// keep remembers what a route was read with.
func (s stems) keep(r *artifact.Route, v artifact.Values) {
	beginnings, names := cut(r)
	var values []string
	for i, name := range names {
		values = append(values, v[name])
		known := s[beginnings[i]]
		if len(known) < maxStems && !slices.ContainsFunc(known, func(k []string) bool { return slices.Equal(k, values) }) {
			s[beginnings[i]] = append(known, slices.Clone(values))
		}
	}
}

// of returns bindings of the longest beginning of a route that was read, and
// the parameters they leave open.
func (s stems) of(r *artifact.Route) (out []artifact.Values, open []string) {
	beginnings, names := cut(r)
	for i := len(beginnings) - 1; i >= 0; i-- {
		known := s[beginnings[i]]
		if len(known) == 0 {
			continue
		}
		for _, values := range known {
			v := artifact.Values{}
			for j, value := range values {
				v[names[j]] = value
			}
			out = append(out, v)
		}
		return out, slices.DeleteFunc(r.PathParams(), func(name string) bool { return slices.Contains(names[:i+1], name) })
	}
	return nil, nil
}

// groups orders the routes with parameters: the beginnings of others first,
// then lists, the shorter before the longer; whatever feeds nothing comes last.
func (h *harvester) groups() [][]*artifact.Route {
	begins := map[string]bool{}
	for _, r := range h.routes {
		if b, _ := cut(r); len(b) > 0 {
			for _, beginning := range b[:len(b)-1] {
				begins[beginning] = true
			}
			if path, _, _ := strings.Cut(r.Template, "?"); !strings.HasSuffix(path, "}") {
				begins[b[len(b)-1]] = true
			}
		}
	}
	stem, nested := map[int][]*artifact.Route{}, map[int][]*artifact.Route{}
	var rest []*artifact.Route
	for _, r := range h.routes {
		n := len(r.PathParams())
		b, _ := cut(r)
		path, _, _ := strings.Cut(r.Template, "?")
		switch {
		case n == 0:
		case len(b) == n && strings.HasSuffix(path, "}") && begins[b[n-1]]:
			stem[n] = append(stem[n], r)
		case r.Kind == "list":
			nested[n] = append(nested[n], r)
		default:
			rest = append(rest, r)
		}
	}
	depths := slices.Concat(slices.Collect(maps.Keys(stem)), slices.Collect(maps.Keys(nested)))
	slices.Sort(depths)
	var out [][]*artifact.Route
	for _, n := range slices.Compact(depths) {
		out = append(out, stem[n], nested[n])
	}
	return append(out, rest)
}
