package leakage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Leak is a signature in an answer of the run.
type Leak struct {
	Hit
	Route string // route id, or "other addresses below /x"
	How   string // what provoked it: "bad id", or the kind of request
	Who   string
	Ref   evidence.Ref
	// Suspected says that it stands where users' data stands, in an answer to a
	// request made to fail, and was not seen in what users stored.
	Suspected bool
}

// Sweep is what all answers of a run give away.
type Sweep struct {
	Leaks    []Leak
	Answers  int            // answers that were looked at
	Faults   int            // of them those that report an error
	Statuses map[string]int // errors by status, below each prefix: "/api 404"
	Servers  []string       // Server headers, without versions
}

// Swept looks at every answer of the run, once for all checks.
var Swept = check.Derive("leaks", sweep)

// Needs are the artifacts that a check on Swept needs, Wants those it uses.
func Needs() []check.Need { return []check.Need{artifact.Replied, artifact.Provoked} }

// Wants are the artifacts that help.
func Wants() []check.Need { return []check.Need{artifact.Inventories, artifact.Corpora} }

func sweep(p *check.Pass) (*Sweep, error) {
	s := &sweeper{out: &Sweep{Statuses: map[string]int{}}, seen: map[string][]Hit{}, prints: map[string]bool{}, best: map[string]int{}}
	inv, _ := artifact.Inventories.Get(p)
	s.routes = atlasOf(inv)
	s.provoked(artifact.Provoked.Of(p))
	if c, ok := artifact.Corpora.Get(p); ok {
		s.read = map[evidence.Ref]bool{}
		for _, r := range c.Readings {
			s.read[r.First.Ref], s.read[r.Again.Ref] = true, true
		}
	}
	for _, ref := range artifact.Replied.Of(p).Refs {
		ex, err := p.Exchange(ref)
		if err != nil {
			return nil, err
		}
		s.look(ref, ex)
	}
	s.settle()
	return s.out, nil
}

type sweeper struct {
	out      *Sweep
	routes   atlas
	triggers map[evidence.Ref]artifact.Trigger
	read     map[evidence.Ref]bool
	seen     map[string][]Hit // by digest of an answer: the same bytes say the same
	prints   map[string]bool  // of what plain readings show as data
	stored   []Leak
	best     map[string]int // place in out.Leaks by route and signature, plus one
}

func (s *sweeper) provoked(p *artifact.Provocations) {
	s.triggers = map[evidence.Ref]artifact.Trigger{}
	for _, g := range p.Groups {
		for _, t := range g.Triggers {
			if t.Try.Ref != "" {
				s.triggers[t.Try.Ref] = t
			}
		}
	}
	for _, d := range p.Debug {
		if d.Try.Ref != "" {
			s.triggers[d.Try.Ref] = artifact.Trigger{Kind: "debug page", Route: d.Path, Try: d.Try}
		}
	}
}

// look looks at one exchange.
func (s *sweeper) look(ref evidence.Ref, ex *evidence.Exchange) {
	if ex == nil || ex.Response == nil {
		return
	}
	s.out.Answers++
	s.server(ex)
	fault := ex.Status() >= 400
	if fault {
		s.out.Faults++
	}
	hits := s.hits(ex)
	if len(hits) == 0 {
		return
	}
	leak := Leak{Ref: ref, Who: ex.Who, How: provokedBy(ex)}
	leak.Route = s.routes.of(ex.Request.Method, ex.Request.URL)
	if t, ok := s.triggers[ref]; ok {
		leak.How = t.Kind
		if strings.Contains(t.Route, " ") {
			leak.Route = t.Route
		}
		if what, _ := Exposed(t.Route, ex); what != "" {
			return // reported for what it is
		}
	}
	for _, h := range hits {
		leak.Hit = h
		switch {
		case !h.Stored:
			s.keep(leak)
		case s.read[ref]:
			s.prints[h.print] = true
		default:
			if len(s.stored) < 5000 {
				s.stored = append(s.stored, leak)
			}
		}
	}
}

// hits looks at an answer, and at one with the same bytes only once, unless
// something is in it: what the request said counts then.
func (s *sweeper) hits(ex *evidence.Exchange) []Hit {
	r := ex.Response
	key := ""
	if r.Digest != "" && len(r.Body) > 0 {
		key = fmt.Sprint(r.Status, " ", r.Digest, " ", ex.Header("Content-Type"))
		if _, clean := s.seen[key]; clean {
			return Of(bodyless(ex))
		}
	}
	hits := Of(ex)
	if key != "" && !slices.ContainsFunc(hits, func(h Hit) bool { return !strings.HasPrefix(h.Where, "header ") }) && len(s.seen) < 50_000 && !silent(ex) {
		s.seen[key] = nil
	}
	return hits
}

func bodyless(ex *evidence.Exchange) *evidence.Exchange {
	c := *ex
	r := *ex.Response
	r.Body = nil
	c.Response = &r
	return &c
}

// keep keeps one leak of each signature and route: the plainest.
func (s *sweeper) keep(l Leak) {
	key := l.Class + "\x00" + l.Name + "\x00" + l.Route
	if s.best[key] > 0 {
		return
	}
	s.out.Leaks = append(s.out.Leaks, l)
	s.best[key] = len(s.out.Leaks)
}

// settle decides on what stands where users' data stands: what a plain reading
// shows as well is data; what only a request made to fail brought up is suspected.
func (s *sweeper) settle() {
	for _, l := range s.stored {
		_, trigger := s.triggers[l.Ref]
		if !trigger && l.How != "bad input" || s.prints[l.print] || l.low() {
			continue
		}
		l.Suspected = true
		s.keep(l)
	}
	slices.SortStableFunc(s.out.Leaks, func(a, b Leak) int { return strings.Compare(a.Route, b.Route) })
}

func (h Hit) low() bool { return h.Class == Internal || h.Class == Banner }

// provokedBy says in a word what kind of request it was, from who sent it.
func provokedBy(ex *evidence.Exchange) string {
	switch ex.By {
	case "input":
		return "bad input"
	case "":
		return "an ordinary request"
	}
	return "a request of the " + ex.By + " gatherer"
}

func (s *sweeper) server(ex *evidence.Exchange) {
	v := ex.Header("Server")
	if v == "" || len(s.out.Servers) > 4 || version.MatchString(v) || slices.Contains(s.out.Servers, v) {
		return
	}
	s.out.Servers = append(s.out.Servers, v)
}
