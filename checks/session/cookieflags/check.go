// Package cookieflags judges the flags of the cookies that are a session.
package cookieflags

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a session cookie is Secure and HttpOnly, and travels
// cross-site only where it must.
var Check = check.Check{
	ID: "session/cookieflags", Doc: doc, Severity: check.Blocker,
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
	var wrong []string
	plain := false
	for _, s := range k.Sets {
		for _, w := range missing(k, s) {
			if s.Later {
				w += " when it is set anew later"
			}
			if !slices.Contains(wrong, w) {
				wrong = append(wrong, w)
			}
		}
		plain = plain || k.Plain && !s.Secure
	}
	switch {
	case len(wrong) > 0:
		f.Outcome, f.Message = check.Fail, "it is the session, and has "+strings.Join(wrong, "; ")
	case plain:
		f.Outcome, f.Reason = check.Unproven, check.Suspected
		f.Message = "no Secure: over plain http no browser would keep it with Secure, so what users get cannot be seen here; give the staging TLS and audit that"
	default:
		f.Outcome, f.Message = check.OK, said(k)
	}
	return f
}

// missing lists what is wrong with one Set-Cookie of a session.
func missing(k ruling.SessionCookie, s artifact.CookieSet) []string {
	var out []string
	if !s.Secure && !k.Plain {
		out = append(out, "no Secure: the browser sends it over plain http too")
	}
	if !s.HTTPOnly && !k.Readable {
		out = append(out, "no HttpOnly: any script on the page can read it")
	}
	if s.SameSite == "None" && len(k.Study.Embedded) == 0 {
		out = append(out, "SameSite=None: every site's requests carry it, though no approved origin is of another site")
	}
	return out
}

func said(k ruling.SessionCookie) string {
	s := k.Sets[0]
	flags := []string{"Secure", "HttpOnly"}
	if k.Readable && !s.HTTPOnly {
		flags[1] = "readable by scripts beside a cookie that is not"
	}
	switch s.SameSite {
	case "":
		flags = append(flags, "no SameSite (Chromium takes it for Lax)")
	case "None":
		flags = append(flags, fmt.Sprintf("SameSite=None for %s", strings.Join(k.Study.Embedded, ", ")))
	default:
		flags = append(flags, "SameSite="+s.SameSite)
	}
	return "it is the session: " + strings.Join(flags, ", ")
}
