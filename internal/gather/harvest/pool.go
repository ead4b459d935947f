package harvest

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
)

// source says where a value came from that feeds a parameter.
type source struct{ route, pointer, param, why string }

// candidate is a value for a parameter.
type candidate struct {
	value string
	key   string // under which it stood
	rank  int    // by that key: an id before a slug before the rest
	from  source
}

// offered is a whole binding of a route: a link that was shown.
type offered struct {
	values artifact.Values
	from   source
}

// pool is what one identity has been shown: ids by noun, by where they were
// listed, and links.
type pool struct {
	nouns map[string][]candidate
	at    map[string][]candidate // by the path of the list they stood in
	links map[string][]offered   // by route
	seen  map[string]bool        // what is in nouns and at
}

func newPool() *pool {
	return &pool{nouns: map[string][]candidate{}, at: map[string][]candidate{}, links: map[string][]offered{}, seen: map[string]bool{}}
}

// learn adds the ids of a reading.
func (p *pool) learn(r *read) {
	path, _, _ := strings.Cut(r.path, "?")
	path = strings.TrimSuffix(path, "/")
	for _, i := range r.items {
		c := candidate{value: i.value, key: i.key, rank: keyRank(i.key), from: source{route: r.Route, pointer: i.pointer}}
		p.insert(p.nouns, i.noun, c)
		if i.main {
			p.insert(p.at, path, c)
		}
	}
}

// insert keeps the candidates of a key in order of rank, then as they came, each value once.
func (p *pool) insert(into map[string][]candidate, key string, c candidate) {
	if once := key + "\x00" + c.value; len(into[key]) < maxPool && !p.seen[once] {
		p.seen[once] = true
		into[key] = ranked(into[key], c)
	}
}

func ranked(all []candidate, c candidate) []candidate {
	at := len(all)
	for at > 0 && all[at-1].rank > c.rank {
		at--
	}
	return slices.Insert(all, at, c)
}

func keyRank(key string) int {
	switch k := strings.ToLower(strings.Trim(key, "_@")); {
	case k == "id", k == "uuid", k == "guid":
		return 0
	case strings.HasSuffix(k, "id"), k == "href":
		return 1
	case k == "slug", k == "key", k == "ref":
		return 2
	}
	return 3
}

// offer keeps a link.
func (p *pool) offer(r *artifact.Route, v artifact.Values, from source) {
	if len(p.links[r.ID]) >= 50 || slices.ContainsFunc(p.links[r.ID], func(o offered) bool { return maps.Equal(o.values, v) }) {
		return
	}
	p.links[r.ID] = append(p.links[r.ID], offered{v, from})
}

// pathIndex finds the route with parameters that a link leads to.
type pathIndex struct {
	literal map[string]bool
	origins map[string]bool // other than the target's own
	entries []pathEntry
}

type pathEntry struct {
	route  *artifact.Route
	re     *regexp.Regexp
	names  []string
	prefix string // literal beginning, to pass by quickly
	params int
}

func indexPaths(routes []*artifact.Route) pathIndex {
	x := pathIndex{literal: map[string]bool{}, origins: map[string]bool{}}
	for _, r := range routes {
		x.origins[r.Origin] = true
		path, query, _ := strings.Cut(r.Template, "?")
		names := r.PathParams()
		if len(names) == 0 {
			x.literal[r.Origin+path] = true
			continue
		}
		if query != "" {
			continue // told apart by more than the path
		}
		quoted := regexp.QuoteMeta(path)
		for _, name := range names {
			quoted = strings.Replace(quoted, regexp.QuoteMeta("{"+name+"}"), "([^/]+)", 1)
		}
		re, err := regexp.Compile("^" + quoted + "$")
		if err != nil { // a template that only looks like one
			continue
		}
		prefix, _, _ := strings.Cut(path, "{")
		x.entries = append(x.entries, pathEntry{r, re, names, prefix, len(names)})
	}
	slices.SortStableFunc(x.entries, func(a, b pathEntry) int { return a.params - b.params })
	return x
}

// find resolves a link found at a path and returns its route and binding.
func (x pathIndex) find(ref, target, at string) (*artifact.Route, artifact.Values) {
	base, err := url.Parse(target)
	if err != nil {
		return nil, nil
	}
	root := strings.TrimRight(base.EscapedPath(), "/")
	from := *base
	from.Path = root + at
	if u, err := url.Parse(at); err == nil && u.Host != "" {
		from = *u
	}
	to, err := from.Parse(ref)
	if err != nil {
		return nil, nil
	}
	path, origin, foreign := to.EscapedPath(), "", false
	if strings.EqualFold(to.Host, base.Host) {
		path = strings.TrimPrefix(path, root)
	} else if origin = strings.ToLower(to.Scheme + "://" + to.Host); !x.origins[origin] {
		// Behind another name a portal goes on linking to its first one; what
		// its links bind is asked of the target, never of that host.
		path, origin, foreign = strings.TrimPrefix(path, root), "", true
	}
	if x.literal[origin+path] {
		return nil, nil
	}
	for _, e := range x.entries {
		if e.route.Origin != origin || !strings.HasPrefix(path, e.prefix) || foreign && e.prefix == "/" {
			continue
		}
		got := e.re.FindStringSubmatch(path)
		if got == nil {
			continue
		}
		v := artifact.Values{}
		for i, name := range e.names {
			plain, err := url.PathUnescape(got[i+1])
			if err != nil {
				return nil, nil
			}
			v[name] = plain
		}
		if e.fits(v) {
			return e.route, v
		}
	}
	return nil, nil
}

// fits reports whether words stand only where words may: "/wiki/3/edit" is no
// object of "/wiki/3/{version}" when all that was seen there are numbers.
func (e pathEntry) fits(v artifact.Values) bool {
	for name, value := range v {
		if normal.Format(value) != normal.FormatSlug {
			continue
		}
		word := func(b artifact.Values) bool { return b[name] == "" || normal.Format(b[name]) == normal.FormatSlug }
		p, seen := paramOf(e.route, name), e.route.Bindings
		if p.Type == "integer" || p.Format == "uuid" || len(seen) > 0 && !slices.ContainsFunc(seen, word) {
			return false
		}
	}
	return true
}

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Path
}

// scalar returns a JSON string or number as an id.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// sameFormat reports whether an id could stand for a parameter of that type.
func sameFormat(p artifact.Param, value string) bool {
	format := normal.Format(value)
	switch {
	case p.Format == "uuid":
		return format == normal.FormatUUID
	case p.Type == "integer":
		return format == normal.FormatInteger
	}
	return normal.Unique(format)
}
