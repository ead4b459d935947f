package anon

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// How long an opened stream is listened to, and how much of it is kept: enough
// to see that it opened.
const (
	hearing = 300 * time.Millisecond
	heard   = 16 << 10
)

// door reports the routes that open something rather than show data: what
// counts is who is let in. The harvest does not read them.
func door(r artifact.Route) bool {
	return r.Kind == "sse" || r.Kind == "websocket" || r.Kind == "graphql"
}

// knock opens a door as somebody who may, and then with every try.
func knock(ctx context.Context, t *gather.Tools, r artifact.Route, a *artifact.Asked, bad credentials) {
	target, ok := r.Fill(nil)
	if !ok {
		a.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "its address has a parameter that nobody is known to fill"}
		return
	}
	for _, tenant := range t.Tenants() {
		if owner, ok := t.Owner(tenant); ok {
			a.Control = []artifact.Attempt{enter(ctx, t, r, target, owner.Name, try{name: "P"})}
			if opened(t, a.Control[0]) {
				break
			}
		}
	}
	for _, x := range bad.tries(r) {
		a.Tries = append(a.Tries, enter(ctx, t, r, x.at(target), evidence.Anonymous, x))
	}
}

// opened reports whether somebody was let in.
func opened(t *gather.Tools, a artifact.Attempt) bool {
	ex, err := t.Exchange(a.Ref)
	return err == nil && a.Unproven == "" && (ex.Status()/100 == 2 || ex.Status() == http.StatusSwitchingProtocols)
}

// enter asks once and hangs up.
func enter(ctx context.Context, t *gather.Tools, r artifact.Route, target, who string, x try) artifact.Attempt {
	a := artifact.Attempt{Name: x.name, Who: who}
	s := t.As(who)
	if s == nil {
		a.Unproven, a.Why = check.SessionDead, who+" is not signed in"
		return a
	}
	q := wire.Request{Method: r.Method, URL: target, Header: x.header, Effect: portal.Look, By: "anon", For: x.name, Expect5xx: true}
	var ans *wire.Answer
	var err error
	switch r.Kind {
	case "sse":
		q.Header = accept(q.Header, "text/event-stream")
		ans, err = s.Listen(ctx, q, hearing, heard, func(int) {})
	case "websocket":
		conn, shaken, failed := s.WebSocket(ctx, q)
		if ans, err = shaken, failed; conn != nil {
			_ = conn.CloseNow()
		}
		if ans != nil && ans.Status != 0 {
			err = nil // a refused handshake is an answer
		}
	default:
		ans, err = s.Do(ctx, typename(q))
	}
	if ans != nil {
		a.Ref = ans.Ref
	}
	switch {
	case err != nil:
		a.Unproven, a.Why = gather.Refusal(err), err.Error()
	default:
		a.Unproven, a.Why = nuisance(t.Refusals(), ans.Exchange)
	}
	return a
}

// typename makes a request the query that any GraphQL endpoint answers.
func typename(q wire.Request) wire.Request {
	const query = "{__typename}"
	q.Header = accept(q.Header, "application/json")
	if q.Method == http.MethodGet {
		q.URL = try{query: url.Values{"query": {query}}}.at(q.URL)
		return q
	}
	q.Body = []byte(`{"query":"` + query + `"}`)
	q.Header = append(q.Header, evidence.Field{Name: "Content-Type", Value: "application/json"})
	return q
}

func accept(header []evidence.Field, value string) []evidence.Field {
	if evidence.Get(header, "Accept") != "" {
		return header
	}
	return append([]evidence.Field{{Name: "Accept", Value: value}}, header...)
}

func nuisance(j *refusal.Judge, ex *evidence.Exchange) (check.Reason, string) {
	v := normal.Of(ex, normal.Mask{})
	if j.Throttles(v) {
		return check.Throttled, "throttled"
	}
	if what, ok := j.Intercepts(v); ok {
		return check.Intercepted, what
	}
	return "", ""
}
