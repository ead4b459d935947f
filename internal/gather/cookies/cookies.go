// Package cookies finds out which cookies are the session of each recipe, by
// taking them away, and how they were set. It works on sessions of its own.
package cookies

import (
	"context"
	"net/url"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/portal"
)

const (
	// mostCookies of a jar are studied; a client without scripts is rarely given three.
	mostCookies = 20
	// perJar bounds the requests of one jar: signing in, up to four requests a
	// cookie, and signing in again where the portal ends a session for a missing cookie.
	perJar = 120
)

// Gatherer returns the gatherer of the cookie study.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "cookies",
		Doc:     "signs in once more by each recipe and asks the alive probe without each of the cookies",
		Makes:   artifact.Cookies.Name(),
		Needs:   []string{artifact.SignIns.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Corpora.Name()},
		Effects: []portal.Effect{portal.SignIn},
		Budget:  func(t *gather.Tools) int { return perJar * max(1, len(chosen(t))) },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if err := t.Nobody(); err != nil {
				return nil, err
			}
			out := &artifact.CookieStudy{Target: t.Target.URL, Embedded: embedded(t)}
			for _, who := range chosen(t) {
				if ctx.Err() != nil {
					return nil, context.Cause(ctx)
				}
				out.Jars = append(out.Jars, study(ctx, t, who))
			}
			return out, nil
		},
	}
}

// embedded are the approved origins of other sites: for their sake a cookie may
// have to travel cross-site.
func embedded(t *gather.Tools) []string {
	var out []string
	for _, o := range slices.Concat(t.Portal.Policy.Origins, t.Target.Also) {
		if !browser.SameSite(o, t.Target.URL) && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// chosen picks one identity for each recipe, and for each way of not signing
// in: a disposable one where there is one, for some portals let an account have
// one session only.
func chosen(t *gather.Tools) []*portal.Identity {
	type way struct {
		recipe string
		static bool
	}
	at := map[way]int{}
	var out []*portal.Identity
	for _, person := range t.People() {
		i := slices.IndexFunc(t.Portal.Identities, func(id *portal.Identity) bool { return id.Name == person.Name })
		if i < 0 {
			continue
		}
		id := t.Portal.Identities[i]
		w := way{id.Login, static(t, id)}
		if j, has := at[w]; !has {
			at[w] = len(out)
			out = append(out, id)
		} else if id.Disposable && !out[j].Disposable {
			out[j] = id
		}
	}
	return out
}

// static reports whether nothing is sent to sign an identity in.
func static(t *gather.Tools, id *portal.Identity) bool {
	r := t.Portal.RecipeOf(id)
	return r == nil || len(r.Steps) == 0
}

// study takes a session of its own apart.
func study(ctx context.Context, t *gather.Tools, id *portal.Identity) artifact.CookieJar {
	jar := artifact.CookieJar{Recipe: id.Login, Who: id.Name, Static: static(t, id)}
	main := t.As(id.Name)
	jar.Sends = main.Sends()
	s := &subject{t: t, main: main, jar: &jar, at: address(t, main)}
	switch why := t.Alive(ctx, id.Name); {
	case why != "":
		jar.Skipped = artifact.Skip{Reason: check.SessionDead, Why: why}
	case s.signIn(ctx):
		s.examine(ctx)
	}
	s.later()
	return jar
}

// address is where the alive probe goes.
func address(t *gather.Tools, s *login.Session) *url.URL {
	base, err := url.Parse(t.Target.URL)
	if err != nil || s.Probe == nil {
		return &url.URL{}
	}
	if u, err := url.Parse(s.Probe.Request.Path); err == nil {
		if !u.IsAbs() && base.Path != "" {
			u.Path = base.Path + u.Path
		}
		return base.ResolveReference(u)
	}
	return base
}
