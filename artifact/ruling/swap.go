package ruling

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Case is one attempt of a stranger with its ruling.
type Case struct {
	Route           string
	Owner, Stranger string
	Kind            string // cases of one kind speak of the same claim: "X", "X header …"
	marker.Ruling
	Try, P, N artifact.Attempt
	// Cached is the ruling on a leak that only a shared cache gives away: the
	// fresh answer, on which the case itself rules, holds nothing.
	Cached *marker.Ruling
}

// Swap rules on the plain swap of a trial and on each way around its refusal.
func (g *Ground) Swap(s artifact.Swap) ([]Case, error) {
	core, err := g.trial(s)
	if err != nil {
		return nil, err
	}
	out := make([]Case, 0, 1+len(s.Variants))
	first, err := g.plain(s, core)
	if err != nil {
		return nil, err
	}
	out = append(out, first)
	for _, v := range s.Variants {
		c, err := g.variant(s, core, v)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// trial loads what all attempts of a swap share.
func (g *Ground) trial(s artifact.Swap) (marker.Trial, error) {
	a, err := g.loadAll(s.Core, "P", "P2", "N", "Q", "A")
	if err != nil {
		return marker.Trial{}, err
	}
	r := g.routes[s.Route]
	return marker.Trial{
		Route: s.Route, ID: s.ID, NoID: s.NoID, Guess: s.Guess, Shared: r.Shared, Declared: s.Marker, Volatile: g.volatile[s.Route],
		P: a[0], P2: a[1], N: a[2], Q: a[3], A: a[4],
		Stranger: g.Shown(s.Stranger), Others: g.Owned(s.Owner), Judge: g.Judge,
	}, nil
}

// Plain rules on the plain swap of a trial alone.
func (g *Ground) Plain(s artifact.Swap) (Case, error) {
	t, err := g.trial(s)
	if err != nil {
		return Case{}, err
	}
	return g.plain(s, t)
}

func (g *Ground) plain(s artifact.Swap, t marker.Trial) (Case, error) {
	c := g.newCase(s, "X")
	var err error
	if t.X, err = g.Load(c.Try); err != nil {
		return c, err
	}
	c.Ruling = marker.Decide(t)
	again, ok := artifact.Find(s.Core, "X fresh")
	if !ok || c.Outcome != check.Fail {
		return c, nil
	}
	fresh := t
	if fresh.X, err = g.Load(again); err != nil {
		return c, err
	}
	r := marker.Decide(fresh)
	// A fresh answer that is refused in another way than an unknown id may only
	// dislike the added query: it does not clear the plain one.
	if r.Outcome == check.OK && fresh.X.Ex.Status() == fresh.N.Ex.Status() {
		leak := c.Ruling
		c.Cached, c.Ruling = &leak, r
	}
	return c, nil
}

// variant rules on a way around a refusal. Only an answer that succeeds or
// leaks says something about the object: an error for an odd request is
// neither a hole nor a gap.
func (g *Ground) variant(s artifact.Swap, t marker.Trial, v artifact.Attempt) (Case, error) {
	c := g.newCase(s, v.Name)
	c.Try = v
	var err error
	if t.X, err = g.Load(v); err != nil {
		return c, err
	}
	t.Sent = append(t.Sent, sentBy(t.X.Ex)...)
	c.Ruling = marker.Decide(t)
	if c.Outcome == check.Unproven && c.Step >= 4 && t.X.Ex.Status() >= 300 {
		c.Ruling = marker.Ruling{Outcome: check.OK, Step: 5, Message: fmt.Sprintf("answered with status %d, and holds nothing of the owner's", t.X.Ex.Status())}
	}
	c.Existence = false // an odd request says nothing about existence
	return c, nil
}

func (g *Ground) newCase(s artifact.Swap, kind string) Case {
	c := Case{Route: s.Route, Owner: s.Owner, Stranger: s.Stranger, Kind: kind}
	c.Try, _ = artifact.Find(s.Core, kind)
	c.P, _ = artifact.Find(s.Core, "P")
	c.N, _ = artifact.Find(s.Core, "N")
	return c
}

// Selector rules on a trial whose variants name the owner's tenant. What the
// stranger gets without naming it is the stranger's own, or another check's leak.
func (g *Ground) Selector(s artifact.Swap) ([]Case, error) {
	t, err := g.trial(s)
	if err != nil {
		return nil, err
	}
	unnamed, err := g.plain(s, t)
	if err != nil {
		return nil, err
	}
	if t.Q, err = g.Load(unnamed.Try); err != nil {
		return nil, err
	}
	var out []Case
	for _, v := range s.Variants {
		c, err := g.variant(s, t, v)
		if err != nil {
			return nil, err
		}
		x, err := g.Load(v)
		if err != nil {
			return nil, err
		}
		switch {
		case unnamed.Outcome == check.Fail:
			c.Ruling = marker.Ruling{Outcome: check.OK, Step: 4, Message: "the choice opens nothing: the same is shown without it"}
		case c.Outcome != check.Fail && x.Unproven == "" && t.Q.Unproven == "" && t.P.Ex.Status()/100 == 2 && normal.Same(view(t.Q.Ex), view(x.Ex)):
			c.Ruling = marker.Ruling{Outcome: check.OK, Step: 4, Message: "the choice is ignored: the same answer as without it"}
		}
		out = append(out, c)
	}
	return out, nil
}

func view(ex *evidence.Exchange) *normal.View { return normal.Of(ex, normal.Mask{}) }

// sentBy returns the values that a request carries in its address, in headers
// of its own and in cookies: an answer that repeats them leaks nothing.
func sentBy(ex *evidence.Exchange) []string {
	if ex == nil {
		return nil
	}
	var out []string
	if u, err := url.Parse(ex.Request.URL); err == nil {
		for _, values := range u.Query() {
			out = append(out, values...)
		}
		for segment := range strings.SplitSeq(u.Path, "/") {
			for part := range strings.SplitSeq(segment, ",") {
				if strings.ContainsAny(part, "0123456789") {
					out = append(out, part)
				}
			}
		}
	}
	for _, f := range ex.Request.Header {
		switch name := strings.ToLower(f.Name); {
		case name == "cookie":
			for pair := range strings.SplitSeq(f.Value, ";") {
				if _, v, ok := strings.Cut(pair, "="); ok {
					out = append(out, strings.TrimSpace(v))
				}
			}
		case strings.HasPrefix(name, "x-") && name != "x-launchready-run":
			out = append(out, f.Value)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
