package harvest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// canary is a text planted to be found again.
var canary = regexp.MustCompile(`lrc-[a-z2-7]{12}`)

// item is an id that an answer lists, with what stands beside it.
type item struct {
	noun, value string
	key         string // under which it stands
	pointer     string // array indexes as *
	self        bool   // it is the object's own id, not a reference
	main        bool   // of the kind the route lists, not a reference to something else
	tenantID    string // value of a field beside it that names a tenant
	words       map[string]bool
	canary      bool
}

// id names the object across answers: ids that are unique in the world by
// themselves, others together with their noun.
func (i item) id() string { return idOf(i.noun, i.value) }

func idOf(noun, value string) string {
	if normal.Unique(normal.Format(value)) {
		return value
	}
	return noun + "\x00" + value
}

// digest reads an answer for what the harvest needs, so that its body can go.
func (h *harvester) digest(w want, a gather.Answered) *read {
	target, _ := w.route.Fill(w.values)
	r := &read{
		Reading: artifact.Reading{Route: w.route.ID, Who: w.who.Name, Values: w.values, First: a.Attempt},
		route:   w.route, tenant: w.who.Tenant, path: target,
	}
	if a.Answer == nil || a.Unproven != "" {
		return r
	}
	v := normal.Of(a.Answer.Exchange, normal.Mask{})
	_, denied := h.Refusals().Denied(w.route.ID, a.Answer.Exchange)
	r.given = v.Class() == 2
	r.OK = v.Class() == 2 && !denied && normal.Content(v)
	if v.Class() != 2 || denied {
		return r
	}
	r.items = itemsOf(v, w.route, h.keys)
	h.addDeclared(r, v)
	r.IDs = idsByNoun(r.items)
	text := v.Body()
	r.json = v.Family == normal.JSON
	r.canary = canary.MatchString(text)
	r.facts = h.tenantsNamed(text)
	r.marked = h.markersIn(w.route, text)
	r.words = map[string]bool{}
	for i := range v.Fields {
		r.rich += richness(&v.Fields[i])
		addWord(r.words, &v.Fields[i])
	}
	h.follow(w, r, v)
	if w.who.Name != evidence.Anonymous {
		h.rows(w, v)
	}
	return r
}

// richness is how much a value is worth as a marker.
func richness(l *normal.Leaf) int {
	switch {
	case l.Type != "string" || len(l.Value) < 12 || normal.Timestamp(l.Key, l.Value):
		return 0
	case strings.Contains(l.Value, " "):
		return 2
	}
	return 1
}

// addWord notes a telling value, to tell two objects with one id apart.
func addWord(words map[string]bool, l *normal.Leaf) {
	if len(words) < maxWords && (l.Type == "string" && len(l.Value) >= 5 || l.Type == "number" && len(l.Value) >= 4) &&
		len(l.Value) < 500 && !normal.Timestamp(l.Key, l.Value) && !normal.Envelope(l.Key) {
		words[l.Key+"="+l.Value] = true
	}
}

// itemsOf returns the ids of an answer with what stands beside each.
func itemsOf(v *normal.View, r *artifact.Route, k keys) []item {
	home := normal.NounOf(pathOf(v.URL))
	keyed := k.in(r, v)
	named := map[string]bool{}
	for _, id := range keyed {
		named[id.Pointer] = true
	}
	all := append(keyed, normal.IDs(v)...)
	besides := besidesOf(v)
	count := map[string]int{}
	var out []item
	for n, id := range all {
		if n >= len(keyed) && named[id.Pointer] {
			continue
		}
		noun := id.Noun
		if noun == "" || noun == home || wrapper(noun) {
			noun = r.Noun
		}
		if noun == "" || strings.HasPrefix(id.Value, "[redacted:") || count[noun] >= maxIDs {
			continue
		}
		count[noun]++
		i := item{noun: noun, value: id.Value, key: id.Key, pointer: starred(id.Pointer), self: n < len(keyed) || selfKey(id.Key, noun)}
		i.main = noun == r.Noun && i.self
		if b := besides[parent(id.Pointer)]; b != nil {
			i.words, i.tenantID, i.canary = b.words, b.tenantID, b.canary
		}
		out = append(out, i)
	}
	return out
}

// selfKey reports a key under which an object holds its own id.
func selfKey(key, noun string) bool {
	k := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))
	switch k {
	case "id", "uuid", "guid", "key", "slug", "ref", "number", "code", "href", "self", "url", "data-id":
		return true
	}
	return normal.Singular(normal.NounOf(key)) == noun || key == ""
}

// wrapper reports nouns that stand for any collection.
func wrapper(noun string) bool {
	switch noun {
	case "record", "item", "entry", "object", "row", "result", "node", "edge", "datum", "data", "value", "resource", "collection":
		return true
	}
	return false
}

// idsByNoun is the ids of an answer as the corpus keeps them.
func idsByNoun(items []item) map[string][]string {
	if len(items) == 0 {
		return nil
	}
	out := map[string][]string{}
	seen := map[string]bool{}
	for _, i := range items {
		if key := i.noun + "\x00" + i.value; !seen[key] {
			seen[key] = true
			out[i.noun] = append(out[i.noun], i.value)
		}
	}
	return out
}

// addDeclared adds the ids that stand where the description says.
func (h *harvester) addDeclared(r *read, v *normal.View) {
	for _, res := range h.Portal.Resources {
		if res.IDsAt == nil || !h.isCall(r, res.IDsAt.Request.Method, res.IDsAt.Request.Path) {
			continue
		}
		noun := normal.Singular(res.Name)
		for _, found := range normal.Lookup(v.JSON, res.IDsAt.Pointer) {
			value := scalar(found)
			if value == "" || len(r.items) > maxIDs {
				continue
			}
			known := slices.IndexFunc(r.items, func(i item) bool { return i.value == value && i.noun == noun })
			if known < 0 {
				r.items = append([]item{{noun: noun, value: value, key: "id", pointer: res.IDsAt.Pointer, self: true, main: true}}, r.items...)
			} else {
				r.items[known].main = true
			}
		}
	}
}

// isCall reports whether a reading is the answer to a declared call.
func (h *harvester) isCall(r *read, method, path string) bool {
	s := h.As(r.Who)
	if s == nil || !strings.EqualFold(method, r.route.Method) {
		return false
	}
	want, err := s.Expand(path)
	return err == nil && want == r.path || r.route.Template == variables.ReplaceAllString(path, "{$1}")
}

var variables = regexp.MustCompile(`\$\{([A-Za-z_][\w.-]*)\}`)

// markersIn returns the tenants whose declared marker of the route's resource
// stands in a text.
func (h *harvester) markersIn(r *artifact.Route, text string) []string {
	var out []string
	for _, p := range h.people {
		if m := h.marker(r, p); m != "" && strings.Contains(text, m) && !slices.Contains(out, p.Tenant) {
			out = append(out, p.Tenant)
		}
	}
	return out
}

// marker is the declared text that only the tenant's records of a route's
// resource hold, or "".
func (h *harvester) marker(r *artifact.Route, p artifact.Identity) string {
	for _, res := range h.Portal.Resources {
		if res.Marker == "" || res.Name != r.Resource && normal.Singular(res.Name) != r.Noun {
			continue
		}
		s := h.As(p.Name)
		if s == nil {
			return ""
		}
		if m, err := s.Expand(res.Marker); err == nil && len(m) >= 5 {
			return m
		}
	}
	return ""
}

// follow notes the links of an answer that lead to routes with parameters.
func (h *harvester) follow(w want, r *read, v *normal.View) {
	if w.who.Name == evidence.Anonymous {
		return
	}
	n := 0
	for i := range v.Fields {
		l := &v.Fields[i]
		if l.Type != "string" || len(l.Value) > 1024 || !strings.HasPrefix(l.Value, "/") && !strings.Contains(l.Value, "://") && !attribute(l.Key) {
			continue
		}
		route, values := h.paths.find(l.Value, h.Target.URL, r.path)
		if route == nil {
			continue
		}
		if n++; n > 500 {
			return
		}
		h.pools[w.who.Name].offer(route, values, source{route: w.route.ID, pointer: l.Star, param: lastParam(route), why: "link"})
		for _, p := range route.Params {
			if value := values[p.Name]; value != "" && p.Noun != "" && p.In == "path" {
				r.items = append(r.items, item{noun: p.Noun, value: value, key: "href", pointer: l.Star, self: true, main: p.Noun == w.route.Noun})
			}
		}
	}
}

func attribute(key string) bool { return key == "href" || key == "action" || key == "src" }

// lastParam names the object of a route: its last path parameter.
func lastParam(r *artifact.Route) string {
	names := r.PathParams()
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}
