package ruling

import (
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
)

// door reports the routes that open something rather than show data: event
// streams, WebSockets, GraphQL. What counts there is who is let in.
func door(r artifact.Route) bool {
	return r.Kind == "sse" || r.Kind == "websocket" || r.Kind == "graphql"
}

// enters rules on one try at a door. The owner was let in by the very same
// request, so that any refusal is for the missing credential.
func (n *Nobody) enters(r artifact.Route, t marker.AnonTrial) (marker.Ruling, error) {
	p, x := view(t.P.Ex), view(t.X.Ex)
	undecided := func(reason check.Reason, format string, args ...any) (marker.Ruling, error) {
		return marker.Ruling{Outcome: check.Unproven, Reason: reason, Message: fmt.Sprintf(format, args...)}, nil
	}
	if score, places := marker.Hits(x, marker.Learn(marker.Lesson{P: owned(t.P), Stranger: t.Stranger, Declared: t.Declared})); score >= marker.Proof {
		return marker.Ruling{Outcome: check.Fail, Places: places, Message: fmt.Sprintf("opens without a login (status %d) and tells the owner's data", x.Status)}, nil
	}
	switch {
	case t.P.Unproven != "":
		return undecided(t.P.Unproven, "the owner's own request decided nothing: %s", t.P.Why)
	case !n.letIn(r.ID, p):
		return undecided(check.NoPositiveControl, "not even the owner is let in (status %d)", p.Status)
	case t.X.Unproven != "":
		return undecided(t.X.Unproven, "%s", t.X.Why)
	case x.Status == 0:
		return undecided(check.NotExamined, "it was not answered")
	case n.letIn(r.ID, x) && t.A0.Ex != nil && t.A0.Unproven == "" && !n.letIn(r.ID, view(t.A0.Ex)):
		return marker.Ruling{Outcome: check.Fail, Message: fmt.Sprintf("opens (status %d) for a credential that nobody issued, and not for none (status %d)", x.Status, t.A0.Ex.Status())}, nil
	case n.letIn(r.ID, x) && r.Kind == "graphql":
		return n.fields(x)
	case n.letIn(r.ID, x):
		return undecided(check.Suspected, "opens without a login (status %d): whether it tells anything before a login inside it is not known; confirm it in routes.public", x.Status)
	}
	if _, refused := n.Judge.Refuses(r.ID, x); refused || x.Class() == 4 {
		return marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("refused without a login (status %d)", x.Status)}, nil
	}
	return undecided(check.Unstable, "status %d without a login is neither an opening nor a known refusal", x.Status)
}

// letIn reports whether an answer opens the door.
func (n *Nobody) letIn(route string, v *normal.View) bool {
	return v.Status == 101 || v.Class() == 2 && !n.refuses(route, v)
}

// fields rules on a GraphQL endpoint that takes queries from anybody, by what
// its fields gave to a caller without a login.
func (n *Nobody) fields(x *normal.View) (marker.Ruling, error) {
	asked := 0
	if n.graph != nil {
		for _, s := range n.graph.Trials {
			r, ok, err := n.field(s)
			if err != nil || ok && r.Outcome != check.OK {
				return r, err
			}
			if ok {
				asked++
			}
		}
	}
	if asked == 0 {
		return marker.Ruling{
			Outcome: check.Unproven, Reason: check.Suspected,
			Message: fmt.Sprintf("takes queries without a login (status %d), and no field of it is known to have been asked for: confirm it in routes.public", x.Status),
		}, nil
	}
	return marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("takes queries without a login, but %d questions for owners' objects give it nothing", asked)}, nil
}

// field rules on one field as anybody got it; ok is false when it was not asked so.
func (n *Nobody) field(s artifact.Swap) (r marker.Ruling, ok bool, err error) {
	a, err := n.loadAll(s.Core, "P", "P2", "A")
	if err != nil || a[2].Ex == nil && a[2].Unproven == "" {
		return r, false, err
	}
	r = marker.DecideAnonymous(marker.AnonTrial{
		Route: s.Route, Sent: []string{s.ID}, Declared: s.Marker, P: a[0], P2: a[1], X: a[2], Stranger: n.public, Judge: n.Judge,
	})
	if r.Outcome == check.Fail && r.Step == 2 {
		r.Outcome, r.Reason = check.Unproven, check.Suspected // fields may be public on purpose, and cannot be declared so
	}
	r.Message = s.Route + ": " + r.Message
	return r, true, nil
}
