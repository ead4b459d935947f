// Package cors asks the portal as scripts of other origins would: every kind
// of answer, under origins that a careless comparison takes for approved ones.
// What may be read with cookies is read again as a browser would ask.
package cors

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// most bounds the requests of a run.
const (
	most      = 400
	mostQuick = 100
)

// Gatherer returns the gatherer of the cross-origin transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "cors",
		Doc:     "reads and preflights a route of each kind under foreign, look-alike and approved origins",
		Makes:   artifact.Crossed.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Corpora.Name(), artifact.Cookies.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget: func(t *gather.Tools) int {
			if t.Quick {
				return mostQuick
			}
			return most
		},
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if err := t.Nobody(); err != nil {
				return nil, err
			}
			r := &run{t: t, origins: list(t)}
			return r.gather(ctx)
		},
	}
}

// run is one gathering.
type run struct {
	t       *gather.Tools
	origins *origins
	out     *artifact.CrossOrigin
	spots   []*spot // what clusters are made of, in the order of out.Clusters
	puppets map[string]*puppet
}

func (r *run) gather(ctx context.Context) (*artifact.CrossOrigin, error) {
	r.out = &artifact.CrossOrigin{Target: r.t.Target.URL, Own: r.origins.own, Approved: r.origins.approved}
	r.puppets = map[string]*puppet{}
	spots := r.survey(ctx)
	r.pick(spots)
	r.first(ctx)
	r.all(ctx)
	r.replay(ctx)
	return r.out, context.Cause(ctx)
}

// first asks each cluster without an Origin, and as those whose answers tell
// whether the cluster knows CORS at all.
func (r *run) first(ctx context.Context) {
	var b gather.Batch
	for i := range r.out.Clusters {
		c, s := &r.out.Clusters[i], r.spots[i]
		s.add(&b, "no origin", c.Who, "", func(a gather.Answered) { c.Plain = a.Attempt })
		if c.Who != evidence.Anonymous {
			s.add(&b, "nobody", evidence.Anonymous, "", func(a gather.Answered) { c.Nobody = a.Attempt })
		}
		for _, o := range r.origins.tries {
			if o.Class == "approved" || o.Name == "random https" || o.Class == "null" {
				r.try(&b, i, o, true)
			}
		}
	}
	b.Send(ctx, r.t)
}

// all tries every origin where somebody's data is, and where CORS is spoken:
// a comparison goes wrong for one origin and right for all others.
func (r *run) all(ctx context.Context) {
	var b gather.Batch
	preflights := 1 // one list of origins serves both; where it does not, the first origins tell
	for i := range r.out.Clusters {
		private := r.spots[i].private()
		speaks := r.spots[i].speaks
		switch {
		case r.t.Quick && i > 0:
			r.out.Left = append(r.out.Left, r.out.Clusters[i].Subject)
			continue
		case !private && !speaks && i > 0:
			continue
		}
		for _, o := range r.origins.tries {
			if o.Class == "approved" || o.Name == "random https" || o.Class == "null" {
				continue
			}
			if !private && !slices.Contains(brief, o.Name) {
				continue // nobody's data is there
			}
			r.try(&b, i, o, preflights > 0 && o.Class != "odd" && private)
		}
		if private {
			preflights--
		}
	}
	b.Send(ctx, r.t)
}

// brief are the look-alikes that tell whether a comparison is careless at all.
var brief = []string{"prefix with a dot", "suffix of the domain", "a dot as any character", "plain http", "any subdomain", "local development"}

// try asks a cluster under one origin: the request itself, and its preflight.
func (r *run) try(b *gather.Batch, i int, o artifact.OriginTry, preflight bool) {
	c, s := &r.out.Clusters[i], r.spots[i]
	at := len(c.Tries)
	c.Tries = append(c.Tries, o)
	s.add(b, o.Name, c.Who, o.Origin, func(a gather.Answered) {
		c.Tries[at].Actual = a.Attempt
		s.listen(a)
	})
	if !preflight {
		return
	}
	method, headers := "DELETE", "authorization,content-type"
	if o.Class == "approved" {
		method, headers = "POST", r.needs()
	}
	b.Add(gather.Ask{Name: "preflight " + o.Name, Who: evidence.Anonymous, Request: wire.Request{
		Method: http.MethodOptions, URL: s.target, Expect5xx: true,
		Header: []evidence.Field{
			{Name: "Origin", Value: o.Origin},
			{Name: "Access-Control-Request-Method", Value: method},
			{Name: "Access-Control-Request-Headers", Value: headers},
		},
	}}, func(a gather.Answered) {
		a.Name = method
		c.Tries[at].Preflights = append(c.Tries[at].Preflights, a.Attempt)
		s.listen(a)
	})
}

// needs are the headers that an approved origin's script sets.
func (r *run) needs() string {
	names := []string{"content-type"}
	for _, p := range r.t.People() {
		s := r.t.As(p.Name)
		if sends := s.Sends(); sends == "cookie" || sends == "basic" {
			continue
		}
		for _, f := range s.Credential().Headers {
			if n := lower(f.Name); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names) // as browsers do
	return strings.Join(names, ",")
}

// listen notes whether an answer speaks of CORS.
func (s *spot) listen(a gather.Answered) {
	if a.Answer == nil {
		return
	}
	x := crossorigin.Of(a.Answer.Exchange)
	s.speaks = s.speaks || x.Speaks() || crossorigin.Varies(x)
}
