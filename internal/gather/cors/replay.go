package cors

import (
	"context"
	"net/http"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// puppet is a session of its own for the replays of one identity: what a
// visitor's browser would hold.
type puppet struct {
	cookies []*http.Cookie
	basic   []evidence.Field // browsers send it by themselves
	skipped artifact.Skip
}

// replay asks once more, as a visitor's browser would, what a foreign script
// may read with credentials: once for each class of origin that got so far.
func (r *run) replay(ctx context.Context) {
	for i := range r.out.Clusters {
		c := &r.out.Clusters[i]
		if c.Who == evidence.Anonymous || c.Kind == "404" {
			continue
		}
		done := map[string]int{}
		for j := range c.Tries {
			o := &c.Tries[j]
			if o.Class == "approved" || o.Class == "odd" || !r.readable(o) {
				continue
			}
			if done[o.Class] >= 1 && !(o.Class == "foreign" && done[o.Class] < 2) {
				continue
			}
			done[o.Class]++
			r.asBrowser(ctx, c, r.spots[i], o)
		}
	}
}

func (r *run) readable(o *artifact.OriginTry) bool {
	ex, err := r.t.Exchange(o.Actual.Ref)
	if err != nil || ex == nil {
		return false
	}
	ok, _ := crossorigin.Readable(crossorigin.Of(ex), o.Origin, true)
	return ok
}

// asBrowser sends the request of a foreign page's script: with the cookies that
// SameSite lets travel, and with no header that only an own script would set.
func (r *run) asBrowser(ctx context.Context, c *artifact.Crossing, s *spot, o *artifact.OriginTry) {
	o.Replay = artifact.Attempt{Name: "as a browser", Who: c.Who}
	p := r.puppet(ctx, c.Who)
	if p.skipped.Reason != "" {
		o.Replay.Unproven, o.Replay.Why = p.skipped.Reason, p.skipped.Why
		return
	}
	from := o.Origin
	if o.Class != "http" && o.Class != "subdomain" && o.Class != "port" {
		from = "https://" + evil // also of null: a frame in a sandbox on a foreign page
	}
	sent := login.Credential{Headers: p.basic}
	to := r.address(o.Actual)
	for _, k := range p.cookies {
		set, known := r.attributes(c.Who, k.Name)
		if !known {
			o.Withheld = append(o.Withheld, k.Name+": how it was set is not known")
			continue
		}
		travels, note := browser.Sends(set, browser.Request{From: from, To: to})
		if !travels {
			o.Withheld = append(o.Withheld, k.Name+": "+note)
			continue
		}
		o.Cookies = append(o.Cookies, k.Name)
		sent.Cookies = append(sent.Cookies, k)
	}
	a, err := r.t.As(c.Who).DoWith(ctx, wire.Request{
		Method: "GET", URL: s.target, By: "cors", For: "as a browser", Effect: portal.Look, Expect5xx: true,
		Header: []evidence.Field{{Name: "Accept", Value: s.accept}, {Name: "Origin", Value: o.Origin}, {Name: "Sec-Fetch-Site", Value: "cross-site"}, {Name: "Sec-Fetch-Mode", Value: "cors"}},
	}, sent)
	if a != nil {
		o.Replay.Ref = a.Ref
	}
	switch {
	case err != nil:
		o.Replay.Unproven, o.Replay.Why = gather.Refusal(err), err.Error()
	case r.t.Refusals().Throttles(normal.Of(a.Exchange, normal.Mask{})):
		o.Replay.Unproven, o.Replay.Why = check.Throttled, "throttled"
	default:
		p.keepUp(a)
	}
}

// keepUp takes over cookies that change on each answer.
func (p *puppet) keepUp(a *wire.Answer) {
	for _, set := range (&http.Response{Header: a.Header}).Cookies() {
		for i, k := range p.cookies {
			if k.Name == set.Name && set.Value != "" && set.MaxAge >= 0 {
				n := *k
				n.Value = set.Value
				p.cookies[i] = &n
			}
		}
	}
}

// puppet signs an identity in once more.
func (r *run) puppet(ctx context.Context, who string) *puppet {
	if p := r.puppets[who]; p != nil {
		return p
	}
	p := &puppet{}
	r.puppets[who] = p
	s := r.t.As(who)
	if s.Sends() == "basic" {
		p.basic = slices.DeleteFunc(s.Credential().Headers, func(f evidence.Field) bool { return f.Name != "Authorization" })
	}
	if len(s.Credential().Cookies) == 0 {
		return p
	}
	fresh, err := s.Fresh(ctx)
	if err != nil {
		p.skipped = artifact.Skip{Reason: check.SessionDead, Why: "a second sign-in failed: " + err.Error()}
		return p
	}
	p.cookies = fresh.Credential().Cookies
	jar := r.jar(who)
	if jar == nil || jar.Skipped.Reason != "" && len(jar.Cookies) == 0 {
		p.skipped = artifact.Skip{Reason: check.NotExamined, Why: "how the cookies were set is not known"}
	}
	return p
}

// jar is the study of the cookies that an identity's recipe leaves.
func (r *run) jar(who string) *artifact.CookieJar {
	study := gather.Made[artifact.CookieStudy](r.t, artifact.Cookies)
	if study == nil {
		return nil
	}
	i := slices.IndexFunc(r.t.Portal.Identities, func(id *portal.Identity) bool { return id.Name == who })
	for j := range study.Jars {
		if i >= 0 && study.Jars[j].Recipe == r.t.Portal.Identities[i].Login && study.Jars[j].Sends == r.t.As(who).Sends() {
			return &study.Jars[j]
		}
	}
	return nil
}

// attributes are those of a cookie as it was last set.
func (r *run) attributes(who, name string) (artifact.CookieSet, bool) {
	jar := r.jar(who)
	if jar == nil {
		return artifact.CookieSet{}, false
	}
	for _, c := range jar.Cookies {
		if c.Name == name {
			return c.Last()
		}
	}
	return artifact.CookieSet{}, false
}

// address is where a try went, as it stood on the wire.
func (r *run) address(a artifact.Attempt) string {
	if ex, err := r.t.Exchange(a.Ref); err == nil && ex != nil {
		return ex.Request.URL
	}
	return r.t.Target.URL
}
