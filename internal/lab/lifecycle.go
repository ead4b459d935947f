package lab

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sessionIdle is how long a session lives without a request.
const sessionIdle = 30 * time.Minute

// begin starts the session of a login form; a defect takes the identifier that
// the browser brought along.
func (c *call) begin(user string) answer {
	a := redirect("/dashboard")
	a.cookie = c.w.open(user)
	if brought, err := c.r.Cookie(sessionCookie); err == nil && brought.Value != "" && c.w.flaw("fixation") {
		s := c.w.sessions[a.cookie.Value]
		delete(c.w.sessions, s.id)
		s.id = brought.Value
		c.w.sessions[s.id] = s
		a.cookie.Value = s.id
	}
	if c.w.flaw("tokenplace") {
		a.header["Location"] = "/dashboard?session=" + a.cookie.Value
	}
	return a
}

// identifier names a new session.
func (w *World) identifier() string {
	if w.flaw("entropy") {
		w.serial++
		return fmt.Sprintf("%024d", 7_300_000_000+w.serial)
	}
	return randomText(24)
}

// lifespan is how long a session's cookie stays, and the session with it.
func (w *World) lifespan() time.Duration {
	if w.flaw("endless") {
		return 365 * 24 * time.Hour
	}
	return sessionLife
}

// over reports whether a session has ended by itself.
func (w *World) over(s *session) bool {
	now := time.Now()
	expired := now.After(s.expires) && !w.flaw("expires")
	idle := now.After(s.seen.Add(sessionIdle)) && !w.flaw("idle")
	return expired || idle
}

// cut reports whether half an identifier is taken for the whole.
func (w *World) cut(s *session, id string) bool {
	return w.flaw("expires-truncated") && len(id) >= 12 && strings.HasPrefix(s.id, id)
}

// hangUp ends what signing out ends; defects leave something alive.
func (w *World) hangUp(who *principal) {
	if who.session != nil && !w.flaw("logoutkills") {
		delete(w.sessions, who.session.id)
	}
	switch {
	case who.grant == nil:
	case w.flaw("logoutkills-refresh"):
		who.grant.closed = true
	case w.flaw("logoutkills-access"):
		who.grant.left = true
	default:
		delete(w.grants, who.grant.id)
	}
}

// accessSpan is how long an access token lives.
func (w *World) accessSpan() time.Duration {
	switch {
	case w.flaw("lifetime"):
		return 3 * 24 * time.Hour
	case w.flaw("logoutkills-access"):
		return time.Hour
	}
	return accessLife
}

// roleKept is the role a session acts with: that of today, not that of its beginning.
func (w *World) roleKept(s *session, today string) string {
	if w.flaw("revoked-role") && s.role != "" {
		return s.role
	}
	return today
}

// former are a described user's sessions of earlier, as somebody would keep
// them: one past its end, and one that nobody used for hours.
func (w *World) former(user string, u *row) string {
	now := time.Now()
	keep := func(expires, seen time.Time) string {
		s := &session{id: w.identifier(), user: u.id, csrf: randomText(18), expires: expires, seen: seen, old: map[string]time.Time{}}
		w.sessions[s.id] = s
		return strconv.Quote(s.id)
	}
	switch user {
	case "amir":
		return fmt.Sprintf("    expired: %s\n    idled: %s\n", keep(now.Add(-time.Hour), now), keep(now.Add(time.Hour), now.Add(-2*time.Hour)))
	case "zoe":
		g := &grant{id: randomText(12), user: u.id, expires: now.Add(refreshLife)}
		w.grants[g.id] = g
		return "    expired: " + w.signed(accessType, claimSet{
			"iss": w.URL, "aud": apiAudience, "sub": u.id, "sid": g.id, "jti": randomText(12), "tenant": u.tenant, "role": u.text("role"),
			"iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-2*time.Hour + accessLife).Unix(),
		}) + "\n"
	}
	return ""
}

// stay is how long the cookie of a session stays in the browser.
func (w *World) stay(id string) *http.Cookie {
	return sessionCookieFor(id, int(w.lifespan().Seconds()))
}
