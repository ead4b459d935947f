package ruling

import (
	"net/url"
	"regexp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/setcookie"
	"github.com/launchready/launchready/check"
)

// SessionCookie is a cookie that is a session, as the checks of cookies judge it.
type SessionCookie struct {
	artifact.Cookie
	Study *artifact.CookieStudy
	Jar   *artifact.CookieJar
	// Sets are the headers that count: the one that made the cookie what it is
	// after signing in, and later ones that say something else.
	Sets []artifact.CookieSet
	// Readable says that scripts may read it by design, for another cookie that
	// is needed beside it they cannot.
	Readable bool
	// Plain says that the portal was reached over plain http from elsewhere:
	// no browser keeps a Secure cookie there.
	Plain bool
}

var forgeryName = regexp.MustCompile(`(?i)xsrf|csrf`)

// SessionCookies reports one finding for each cookie that is a session by rule,
// and for the recipes that have none, or of which that is not known, why.
func SessionCookies(p *check.Pass, rule func(SessionCookie) check.Finding) {
	study := artifact.Cookies.Of(p)
	standing, seen := 0, 0
	for i := range study.Jars {
		jar := &study.Jars[i]
		session := jar.Session()
		switch {
		case jar.Skipped.Reason != "":
			p.Unproven(label(jar), jar.Skipped.Reason, "which cookie is the session is not known: "+jar.Skipped.Why, jar.Control.Ref)
		case !jar.Settled():
			p.Unproven(label(jar), check.NotExamined, "which cookie is the session is not known", jar.Control.Ref)
		case len(session) == 0 && jar.Static:
			standing++
			continue
		case len(session) == 0:
			p.NotApplicable(label(jar), jar.Who+" is signed in without any cookie, and not by cookies alone", jar.Control.Ref, jar.None.Ref, jar.Only.Ref)
		}
		seen++
		for _, c := range session {
			if c.Form == "short" && len(session) > 1 && secret(session) {
				continue // a choice, such as the tenant or the language
			}
			p.Report(rule(sessionCookie(study, jar, c)))
		}
	}
	switch {
	case seen == 0 && standing > 0:
		p.Unproven(p.Check.ID, check.NotExamined, "every identity brings a credential of its own: how people sign in was not seen; describe it under login:")
	case seen == 0:
		p.Unproven(p.Check.ID, check.NotExamined, "no recipe was studied")
	}
}

func label(jar *artifact.CookieJar) string {
	if jar.Recipe == "" {
		return "the login"
	}
	return "login " + jar.Recipe
}

// secret reports whether one of them holds more than a choice.
func secret(session []artifact.Cookie) bool {
	for _, c := range session {
		if c.Form != "short" {
			return true
		}
	}
	return false
}

func sessionCookie(study *artifact.CookieStudy, jar *artifact.CookieJar, c artifact.Cookie) SessionCookie {
	k := SessionCookie{Cookie: c, Study: study, Jar: jar}
	if last, ok := c.Last(); ok {
		k.Sets = append(k.Sets, last)
	}
	for _, s := range c.Set {
		if s.Later && !s.Drops {
			k.Sets = append(k.Sets, s)
		}
	}
	if c.Form == "jwt-part" || forgeryName.MatchString(c.Name) {
		for _, other := range jar.Session() {
			last, ok := other.Last()
			k.Readable = k.Readable || other.Name != c.Name && ok && last.HTTPOnly && other.Form != "short"
		}
	}
	target, err := url.Parse(study.Target)
	k.Plain = err == nil && !setcookie.Trustworthy(target)
	return k
}

// Finding is a finding on the cookie, still without an outcome.
func (k SessionCookie) Finding() check.Finding {
	f := check.Finding{Subject: "cookie " + k.Name}
	if k.Jar.Recipe != "" {
		f.Subject += " of login " + k.Jar.Recipe
	}
	for _, s := range k.Sets {
		if len(f.Exhibits) < check.MaxExamples {
			f.Exhibits = append(f.Exhibits, check.Show("attempt", s.Ref)...)
		}
	}
	f.Exhibits = append(f.Exhibits, check.Show("control", k.Without.Ref)...)
	return f
}
