package routes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// Bounds of the inventory.
const (
	maxRoutes    = 20_000
	maxBindings  = 20 // of one route
	maxNotes     = 200
	maxSightings = 50_000
)

// The sources, best first: names of parameters come from the best.
const (
	fromOpenAPI  = "openapi"
	fromResource = "resource"
	fromGraphQL  = "graphql"
	fromHAR      = "har"
	fromCrawl    = "crawl"
)

func rank(source string) int {
	return slices.Index([]string{fromOpenAPI, fromResource, fromLogin, fromGraphQL, fromHAR, fromCrawl}, source)
}

// entry is a route on its way into the inventory, with what only classifying needs.
type entry struct {
	artifact.Route
	operation string // its name in the contract
	answers   string // media type of its answer
	listing   bool   // its answer is known to be a list
	fails     int    // answers that said there is nothing here
	succeeds  int
}

// sighting is a concrete request somebody made or a page offers.
type sighting struct {
	method string
	place
	source  string
	who     string
	form    bool
	media   string // of the answer
	shape   string // of the answer, for telling ids from pages
	body    []byte // JSON sample
	bodyOf  string // its content type
	absent  bool   // the answer said there is nothing here
	present bool   // the answer showed something
}

// builder merges what the sources say.
type builder struct {
	entries   map[string]*entry // by key
	matcher   matcher
	sightings []sighting
	owned     map[string]bool // ids that identities own: certain parameters
	logins    map[string]bool // requests of forms that sign in
	notes     []artifact.Note
	gaps      []string // sources that could not be read
	more      int      // notes left out
}

func newBuilder() *builder {
	return &builder{entries: map[string]*entry{}, owned: map[string]bool{}, logins: map[string]bool{}}
}

// own notes the ids that name an identity. Plain words are left out: an
// identity called admin does not make a parameter of every "/admin".
func (b *builder) own(i artifact.Identity) {
	for _, fact := range append([]string{i.User}, i.Facts...) {
		if len(fact) >= 3 && strings.ContainsAny(fact, "0123456789@") {
			b.owned[fact] = true
		}
	}
}

// gap notes a source that could not be read.
func (b *builder) gap(source, format string, args ...any) {
	const most = 5
	if len(b.gaps) < most {
		b.gaps = append(b.gaps, fmt.Sprintf(format, args...))
	}
	b.note(source, format, args...)
}

func (b *builder) note(source, format string, args ...any) {
	n := artifact.Note{Source: source, Message: fmt.Sprintf(format, args...)}
	if len(b.notes) >= maxNotes {
		b.more++
		return
	}
	if !slices.Contains(b.notes, n) {
		b.notes = append(b.notes, n)
	}
}

// canonical blanks the names of a template's parameters: by it routes are one.
func canonical(template string) string {
	var out strings.Builder
	for rest := template; ; {
		before, after, open := strings.Cut(rest, "{")
		_, more, closed := strings.Cut(after, "}")
		if !open || !closed {
			out.WriteString(rest)
			return out.String()
		}
		out.WriteString(before + "{}")
		rest = more
	}
}

// add merges a route of a source, seen by who ("" when that says nothing).
func (b *builder) add(e entry, source, who string) *entry {
	key := e.Method + " " + e.Origin + canonical(e.Template)
	have := b.entries[key]
	if have == nil {
		if len(b.entries) >= maxRoutes {
			b.note(source, "more than %d routes; the rest was left out", maxRoutes)
			return nil
		}
		e.Params = slices.Clone(e.Params) // an entry may be added once more for somebody else
		have = &e
		b.entries[key] = have
		b.matcher.add(have)
	} else {
		have.merge(e, source)
	}
	if !slices.Contains(have.Sources, source) {
		have.Sources = append(have.Sources, source)
	}
	if who != "" && !slices.Contains(have.SeenAs, who) {
		have.SeenAs = append(have.SeenAs, who)
	}
	return have
}

// merge takes from e what the entry does not know yet, and the names when e's
// source is the better one.
func (have *entry) merge(e entry, source string) {
	best := len(have.Sources)
	for _, s := range have.Sources {
		best = min(best, rank(s))
	}
	if rank(source) < best {
		have.rename(e.PathParams())
	} else {
		e.rename(have.PathParams())
	}
	for _, p := range e.Params {
		i := slices.IndexFunc(have.Params, func(q artifact.Param) bool { return q.Name == p.Name && q.In == p.In })
		if i < 0 {
			have.Params = append(have.Params, p)
			continue
		}
		q := &have.Params[i]
		q.Type, q.Format, q.Example = first(q.Type, p.Type), first(q.Format, p.Format), first(q.Example, p.Example)
		q.Required = q.Required || p.Required
		if q.Enum == nil {
			q.Enum = p.Enum
		}
	}
	for _, v := range e.Bindings {
		have.bind(v)
	}
	have.Kind, have.Noun, have.Resource = first(have.Kind, e.Kind), first(have.Noun, e.Noun), first(have.Resource, e.Resource)
	have.operation, have.answers = first(have.operation, e.operation), first(have.answers, e.answers)
	have.Public, have.OptionalAuth = first(have.Public, e.Public), have.OptionalAuth || e.OptionalAuth
	have.Secured = have.Secured || e.Secured
	have.listing = have.listing || e.listing
	if have.Roles == nil {
		have.Roles, have.RolesFrom = e.Roles, e.RolesFrom
	}
	if have.BodyType == "" {
		have.BodyType = e.BodyType
	}
	if have.BodySchema == nil {
		have.BodySchema = e.BodySchema
	}
	if have.BodySample == nil {
		have.BodySample = e.BodySample
	}
	if have.RespSchema == nil {
		have.RespSchema = e.RespSchema
	}
}

// rename gives the template's parameters new names, by position.
func (have *entry) rename(names []string) {
	old := have.PathParams()
	if len(old) != len(names) || slices.Equal(old, names) {
		return
	}
	as := map[string]string{}
	var out strings.Builder
	rest := have.Template
	for i, name := range names {
		before, after, _ := strings.Cut(rest, "{")
		_, more, _ := strings.Cut(after, "}")
		out.WriteString(before + "{" + name + "}")
		as[old[i]], rest = name, more
	}
	have.Template = out.String() + rest
	for i, p := range have.Params {
		if name, ok := as[p.Name]; ok && (p.In == "path" || strings.Contains(have.Template, "{"+name+"}")) {
			have.Params[i].Name = name
		}
	}
	for i, v := range have.Bindings {
		renamed := artifact.Values{}
		for k, value := range v {
			renamed[first(as[k], k)] = value
		}
		have.Bindings[i] = renamed
	}
}

// bind keeps a concrete binding, each once.
func (have *entry) bind(v artifact.Values) {
	if len(v) == 0 || len(have.Bindings) >= maxBindings ||
		slices.ContainsFunc(have.Bindings, func(w artifact.Values) bool { return maps.Equal(v, w) }) {
		return
	}
	have.Bindings = append(have.Bindings, v)
}
