package jwt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

// ask asks the alive probe with a credential and nothing else. What throttles,
// intercepts or breaks decides nothing; an error of the portal's own is asked
// for twice and then counts as its way to refuse.
func (d *desk) ask(ctx context.Context, what string, c login.Credential, names ...string) artifact.Proof {
	p := artifact.Proof{Attempt: artifact.Attempt{Name: what, Who: d.who.Name}}
	for try := 0; ; try++ {
		alive, ans, err := d.cur.AliveWith(ctx, c, name, what)
		if ans != nil {
			p.Ref = ans.Ref
		}
		p.Alive, p.Unproven, p.Why = alive, "", ""
		if err != nil {
			p.Unproven, p.Why = gather.Refusal(err), err.Error()
			return p
		}
		seen := normal.Of(ans.Exchange, normal.Mask{})
		judge := d.t.Refusals()
		switch kind, intercepted := judge.Intercepts(seen); {
		case alive:
			return p
		case ans.Status/100 == 2 && naming(string(ans.Body), names):
			p.Alive = true
			return p
		case d.admitted(seen):
			p.Unproven, p.Why = check.Suspected, "answered as a signed-in caller's request, but it names nobody that is known"
			return p
		case judge.Throttles(seen):
			p.Unproven, p.Why = check.Throttled, fmt.Sprintf("answered %d: throttled", ans.Status)
		case intercepted:
			p.Unproven, p.Why = check.Intercepted, kind
		case ans.Status > 501:
			p.Unproven, p.Why = check.Unstable, fmt.Sprintf("answered %d", ans.Status)
		case ans.Status < 500, d.crash != nil && normal.Same(d.crash, seen):
			return p
		case try > 0:
			d.crash = seen
		}
		if try > 0 {
			return p
		}
		if p.Unproven == check.Throttled {
			rest(ctx, time.Second)
		}
	}
}

func naming(body string, names []string) bool {
	body = strings.ToLower(body)
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(body, strings.ToLower(n)) })
}

// admitted reports whether an answer is what a signed-in caller gets, though it
// names nobody that is known: a portal may take any token for its first user,
// or for a guest.
func (d *desk) admitted(seen *normal.View) bool {
	good, none := d.view(d.out.Control.Attempt), d.view(d.out.None.Attempt)
	return good != nil && none != nil && seen.Class() == 2 && good.Class() == 2 &&
		normal.Jaccard(good, seen) >= alike && normal.Jaccard(none, seen) < alike
}

func (d *desk) view(a artifact.Attempt) *normal.View {
	if !a.Sent() {
		return nil
	}
	ex, err := d.t.Exchange(a.Ref)
	if err != nil || ex == nil {
		return nil
	}
	return normal.Of(ex, normal.Mask{})
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
