package csrf

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// manners are what browsers say of a request that another page makes.
func manners(w reach, q wire.Request, navigates bool) []evidence.Field {
	out := slices.Clone(q.Header)
	add := func(name, value string) { out = append(out, evidence.Field{Name: name, Value: value}) }
	if q.Method != "GET" {
		add("Origin", w.origin)
	}
	if navigates {
		add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		add("Referer", w.origin+"/")
	} else {
		add("Accept", "*/*") // its page has Referrer-Policy: no-referrer
	}
	if u, err := url.Parse(w.target); err == nil && (u.Scheme == "https" || wire.Loopback(w.target)) {
		add("Sec-Fetch-Site", w.site)
		if navigates {
			add("Sec-Fetch-Mode", "navigate")
			add("Sec-Fetch-Dest", "document")
			add("Sec-Fetch-User", "?1")
		} else {
			mode := "no-cors"
			if strings.Contains(evidence.Get(q.Header, "Content-Type"), "json") {
				mode = "cors"
			}
			add("Sec-Fetch-Mode", mode)
			add("Sec-Fetch-Dest", "empty")
		}
	}
	return out
}

// forge sends one request as a page elsewhere would make the victim's browser
// send it, journalled like every write.
func (r *run) forge(ctx context.Context, v *victim, try *artifact.Forged, q wire.Request, w reach, e journal.Entry, then func(gather.Answered) *journal.Entry) gather.Answered {
	got := gather.Answered{Attempt: artifact.Attempt{Name: try.Form, Who: v.session.Who()}}
	if try.Token != "" {
		got.Name += ", " + try.Token + " token"
	}
	try.Site, try.Default, try.Unseen, try.Note, try.Navigates = w.site, w.unset, w.unseen, w.note, navigates(try.Form)
	q.Header = manners(w, q, try.Navigates)
	q.By, q.For, q.Expect5xx = "csrf", got.Name, true
	if q.Effect == "" {
		q.Effect = portal.Write
	}
	log := r.t.Journal
	if e.Kind == "" {
		log = nil // it leaves nothing to undo
	}
	id, err := note(log, e, r.t.Target.Name, q)
	if err != nil {
		got.Unproven, got.Why = check.RunError, err.Error()
		return got
	}
	got.Answer, err = v.session.Forge(ctx, q, func(name string) bool {
		sent := v.sends(name, w, q.Method, try.Navigates)
		if sent {
			try.Cookies = append(try.Cookies, name)
		}
		return sent
	})
	var patch *journal.Entry
	switch {
	case got.Answer == nil:
		got.Unproven, got.Why = gather.Refusal(err), err.Error()
		err = nil
		if log != nil {
			err = log.NotSent(id, got.Why)
		}
	default:
		got.Ref = got.Answer.Ref
		if err != nil {
			got.Unproven, got.Why = gather.Refusal(err), err.Error()
		} else {
			r.hindered(&got)
		}
		if then != nil {
			patch = then(got)
		}
		err = nil
		if log != nil {
			err = log.Done(id, fmt.Sprintf("answered %d", got.Status()), patch)
		}
	}
	if err != nil {
		got.Unproven, got.Why = check.RunError, err.Error()
	}
	return got
}

// note journals a write before it is sent.
func note(log *journal.Journal, e journal.Entry, target string, q wire.Request) (int, error) {
	if log == nil {
		return 0, nil
	}
	e.Target, e.Method, e.Path = target, q.Method, q.URL
	return log.Before(e)
}

// hindered notes an answer that says nothing of the portal's defence: a
// throttle, or somebody in between.
func (r *run) hindered(got *gather.Answered) {
	view := normal.Of(got.Answer.Exchange, normal.Mask{})
	judge := r.t.Refusals()
	if judge.Throttles(view) {
		got.Unproven, got.Why = check.Throttled, fmt.Sprintf("answered %d: throttled", got.Status())
	} else if what, ok := judge.Intercepts(view); ok {
		got.Unproven, got.Why = check.Intercepted, what
	}
}

// preflight asks what a browser asks before it sends JSON from elsewhere, and
// says whether it would go on (Fetch standard §4.8, CORS-preflight fetch).
func (r *run) preflight(ctx context.Context, w reach, method string) (artifact.Attempt, bool) {
	got := r.t.InOrder(ctx, gather.Ask{Name: "preflight", Who: evidence.Anonymous, Request: wire.Request{
		Method: "OPTIONS", URL: w.target, Effect: portal.Look, Expect5xx: true,
		Header: []evidence.Field{
			{Name: "Origin", Value: w.origin},
			{Name: "Access-Control-Request-Method", Value: method},
			{Name: "Access-Control-Request-Headers", Value: "content-type"},
		},
	}})[0]
	if got.Answer == nil {
		return got.Attempt, false
	}
	h := got.Answer.Header
	has := func(name, want string) bool {
		for part := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
			if strings.EqualFold(strings.TrimSpace(part), want) {
				return true
			}
		}
		return false
	}
	return got.Attempt, got.Status()/100 == 2 && h.Get("Access-Control-Allow-Origin") == w.origin &&
		h.Get("Access-Control-Allow-Credentials") == "true" && has("Access-Control-Allow-Headers", "content-type") &&
		(method == "POST" || has("Access-Control-Allow-Methods", method))
}
