// Package cookiescope judges how far a session cookie reaches.
package cookiescope

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/artifact/setcookie"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a session cookie belongs to one host, says when it travels,
// and does not stay for months.
var Check = check.Check{
	ID: "session/cookiescope", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Cookies}, Judge: judge,
}

func judge(p *check.Pass) error {
	ruling.SessionCookies(p, rule)
	return nil
}

func rule(k ruling.SessionCookie) check.Finding {
	f := k.Finding()
	if len(k.Sets) == 0 {
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "it is the session, but how it was set was not seen"
		return f
	}
	var wide []string
	void := false
	for _, s := range k.Sets {
		void = void || !s.Secure
		for _, w := range reaches(k, s) {
			if !slices.Contains(wide, w) {
				wide = append(wide, w)
			}
		}
	}
	switch {
	case len(wide) > 0:
		f.Outcome, f.Message = check.Fail, strings.Join(wide, "; ")
	case k.Plain:
		f.Outcome, f.Reason = check.Unproven, check.Suspected
		f.Message = "over plain http no browser keeps the prefix __Host-: whether users get it cannot be seen here"
	case void:
		f.Outcome, f.Reason = check.Unproven, check.Suspected
		f.Message = "it is not Secure, so no browser holds anybody to its prefix: see session/cookieflags"
	default:
		f.Outcome, f.Message = check.OK, "it goes to one host alone, and no other host can set it"
	}
	return f
}

// reaches lists how a cookie reaches further than a session must.
func reaches(k ruling.SessionCookie, s artifact.CookieSet) []string {
	var out []string
	prefix := setcookie.Prefix(k.Name)
	host := strings.HasPrefix(prefix, "__Host-")
	switch {
	case prefix != "" && s.Refused != "" && s.Secure: // without Secure the prefix is worth nothing: rule says so
		out = append(out, "browsers do not keep it: "+s.Refused)
	case s.Domain != "":
		out = append(out, fmt.Sprintf("Domain=%s hands it to every host below %s, and lets each of them set it", s.Domain, s.Domain))
	case !host && !k.Plain:
		out = append(out, "no __Host- prefix: a sibling host, or anybody on the way of a plain http request, can plant one")
	}
	if base := basePath(k.Study.Target); base != "" && s.Path == "/" && !host {
		out = append(out, "Path=/ hands it to what else this host serves; the portal is "+base)
	}
	if s.SameSite == "" {
		what := "no SameSite"
		if s.Odd != "" {
			what = fmt.Sprintf("SameSite=%q is none that browsers know", s.Odd)
		}
		out = append(out, what+": Chromium takes it for Lax, Firefox and Safari send it along from any site")
	}
	return out
}

// basePath is the folder of the host that the portal is, or "".
func basePath(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}
