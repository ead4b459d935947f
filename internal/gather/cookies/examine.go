package cookies

import (
	"context"
	"net/http"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

// examine asks with everything, with nothing, and without one cookie at a time.
func (s *subject) examine(ctx context.Context) {
	lives := &s.jar.Lives
	lives.Control, s.jar.Control = s.ask(ctx, "control", s.whole)
	if !lives.Control {
		s.undecided(s.jar.Control, check.SessionDead, "the alive probe does not work with the credential alone")
		return
	}
	without := s.whole
	without.Cookies = nil
	lives.None, s.jar.None = s.ask(ctx, "no cookie", without)
	if lives.None && bare(without) {
		s.skip(check.NoPositiveControl, "the alive probe names the caller without any credential")
		return
	}
	if s.undecided(s.jar.None, "", "") || !s.alive(ctx, lives.None) {
		return
	}
	if bare(without) {
		lives.Only, s.jar.Only = true, s.jar.Control
		s.jar.Only.Name = "cookies alone"
	} else if len(s.whole.Cookies) > 0 {
		lives.Only, s.jar.Only = s.ask(ctx, "cookies alone", login.Credential{Cookies: s.whole.Cookies})
		if s.undecided(s.jar.Only, "", "") || !s.alive(ctx, lives.Only) {
			return
		}
	}
	s.rebase()
	if lives.None && !lives.Only || len(s.whole.Cookies) == 0 {
		return // no cookie matters
	}
	s.takeAway(ctx)
}

// bare reports whether a credential without its cookies is none.
func bare(c login.Credential) bool {
	return len(c.Headers) == 0 && len(c.Query) == 0 && len(c.JSON) == 0
}

// undecided gives the study up when an attempt decides nothing, or for the
// reason given.
func (s *subject) undecided(a artifact.Attempt, reason check.Reason, why string) bool {
	if a.Unproven != "" {
		reason, why = a.Unproven, a.Name+": "+a.Why
	}
	if reason == "" {
		return false
	}
	s.skip(reason, why)
	return true
}

// alive proves the session alive after an attempt that found it dead, and
// starts another one when the portal has ended it.
func (s *subject) alive(ctx context.Context, already bool) bool {
	if already {
		return true
	}
	for {
		ok, a := s.ask(ctx, "control again", s.whole)
		switch {
		case ok:
			return true
		case s.undecided(a, "", ""):
			return false
		case !s.signIn(ctx):
			return false
		}
	}
}

// takeAway asks without each cookie. Where no removal kills, several are enough
// by themselves: then each is asked alone.
func (s *subject) takeAway(ctx context.Context) {
	killed := false
	for _, name := range s.names() {
		died, ok := s.without(ctx, name)
		if !ok {
			return
		}
		s.cookie(name).Session = died
		killed = killed || died
	}
	if killed {
		return
	}
	for _, name := range s.names() {
		k := s.cookie(name)
		k.Session, k.Alone = s.ask(ctx, "alone "+name, login.Credential{Cookies: keep(s.base.Cookies, name, true)})
		if s.undecided(k.Alone, "", "") || !s.alive(ctx, k.Session) {
			return
		}
	}
	if len(s.jar.Session()) == 0 {
		s.skip(check.Suspected, "no single cookie is the session: the probe lives without each of them, and by none of them alone")
	}
}

// without asks without one cookie. A death counts when the session is alive
// afterwards with it, or when it dies of it twice.
func (s *subject) without(ctx context.Context, name string) (died, ok bool) {
	for try := range 2 {
		c := s.base
		c.Cookies = keep(c.Cookies, name, false)
		lives, a := s.ask(ctx, "without "+name, c)
		s.cookie(name).Without = a
		if lives || s.undecided(a, "", "") {
			return false, lives
		}
		before := s.signed
		if !s.alive(ctx, false) {
			return false, false
		}
		if s.signed == before || try > 0 {
			break
		}
	}
	return true, true
}

func (s *subject) names() []string {
	var out []string
	for _, k := range s.base.Cookies {
		if len(out) < mostCookies && s.has(k.Name) {
			out = append(out, k.Name)
		}
	}
	return out
}

// keep returns the cookie of that name, or all others.
func keep(cookies []*http.Cookie, name string, it bool) []*http.Cookie {
	return slices.DeleteFunc(slices.Clone(cookies), func(k *http.Cookie) bool { return (k.Name == name) != it })
}

// mostReadings of the harvest are looked through for later Set-Cookie headers.
const mostReadings = 600

// later notes how other answers of the run set the jar's cookies anew: the last
// one counts for a browser.
func (s *subject) later() {
	corpus := gather.Made[artifact.Corpus](s.t, artifact.Corpora)
	if corpus == nil {
		return
	}
	same := map[string]bool{}
	for _, id := range s.t.Portal.Identities {
		same[id.Name] = id.Login == s.jar.Recipe && static(s.t, id) == s.jar.Static
	}
	for i, r := range corpus.Readings {
		if i >= mostReadings {
			return
		}
		if !same[r.Who] || r.First.Unproven != "" || !r.OK {
			continue
		}
		ex, err := s.t.Exchange(r.First.Ref)
		if err != nil || ex == nil {
			continue
		}
		for _, c := range read(ex) {
			if s.has(c.Name) && !c.Drops {
				s.add(c.Name, c.CookieSet, r.First)
			}
		}
	}
}

// add keeps a later Set-Cookie that differs from those known.
func (s *subject) add(name string, set artifact.CookieSet, from artifact.Attempt) {
	k := s.cookie(name)
	set.Ref, set.Later = from.Ref, true
	if !slices.ContainsFunc(k.Set, func(x artifact.CookieSet) bool { return alike(x, set) }) {
		k.Set = append(k.Set, set)
	}
}
