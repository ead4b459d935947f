package login

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/wire"
)

// What a caller branches on.
var (
	// ErrNoProbe says that nothing tells this session alive from dead.
	ErrNoProbe = errors.New("no request tells this session from an anonymous one")
	// ErrRenewals says that a session died too often to be renewed once more.
	ErrRenewals = errors.New("session was renewed too often")
)

// Error is a sign-in that failed, told for the person who wrote the recipe.
type Error struct {
	Who  string // identity
	Step string // "step 2, POST /login"; "" when no single step is to blame
	Said string // what happened
	Tip  string // what to look at
	Err  error  // the cause when the request itself failed; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	text := "sign in " + e.Who + ": "
	if e.Step != "" {
		text += e.Step + ": "
	}
	text += e.Said
	if e.Err != nil {
		if e.Said != "" {
			text += ": "
		}
		text += e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what to look at, or "".
func (e *Error) Hint() string { return e.Tip }

var (
	saysCSRF = regexp.MustCompile(`(?i)csrf|xsrf|forgery|authenticity.?token|page (has )?expired|origin check|cross.?site`)
	saysCode = regexp.MustCompile(`(?i)one.?time (code|pass)|two.?factor|2.?factor|\b2fa\b|\bmfa\b|\btotp\b|\botp\b|authenticat(or|ion) (app|code)|verification code|one-time-code`)
	saysSlow = regexp.MustCompile(`(?i)too many|rate.?limit|locked|try again (later|in)|captcha|temporarily (blocked|disabled)`)

	loginPath = regexp.MustCompile(`(?i)/(log[-_]?in|sign[-_]?in|auth|session|sso)(/|$|\.|s?/new)`)
)

// tip guesses why a step was refused.
func (s *Session) tip(a *wire.Answer, p page) string {
	text := string(a.Body[:min(len(a.Body), 1<<16)])
	switch {
	case a.Status == http.StatusTooManyRequests || saysSlow.MatchString(text):
		return "the portal limits or locked this login; wait, or use another identity"
	case a.Status == 419, saysCSRF.MatchString(text) && a.Status >= 400 && a.Status != http.StatusUnauthorized: // a 401 is about who
		return "the portal misses its CSRF token: capture it in a step before (csrf: input[name=csrf_token]) and send it"
	case saysCode.MatchString(text) && s.Identity.TOTP.IsZero():
		return "the portal asks for a one-time code: give the identity a totp: seed and add a step that sends ${totp}"
	case a.Status == http.StatusNotFound, a.Status == http.StatusMethodNotAllowed:
		return "the path or method of this step is not the portal's; look at the request a browser makes when you log in"
	case a.Status >= 500:
		return "the portal itself failed; its log says why"
	case a.Status == http.StatusBadRequest, a.Status == http.StatusUnprocessableEntity, a.Status == http.StatusUnsupportedMediaType:
		return "a field is missing, has another name, or the portal wants json: instead of form:; a wrong password may answer so too" + p.names()
	}
	return fmt.Sprintf("check user and password of %s by logging in by hand%s", s.Who(), p.names())
}

// names lists the fields of the login form that was seen, for a hint.
func (p page) names() string {
	for _, f := range p.forms {
		if len(f.passwords) > 0 {
			inputs := slices.Compact(slices.Clone(f.inputs))
			return "; the login form has the fields " + strings.Join(inputs, ", ")
		}
	}
	return ""
}
