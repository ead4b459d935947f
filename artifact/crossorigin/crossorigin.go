// Package crossorigin says what a web browser makes of CORS headers: whether
// the script of another origin may read an answer, and whether it may send a
// request at all. It follows the Fetch standard to the byte. Pure.
package crossorigin

import (
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// Answer is what of an answer decides.
type Answer struct {
	Status int
	Header []evidence.Field
}

// Of returns what of an exchange decides.
func Of(ex *evidence.Exchange) Answer {
	if ex == nil || ex.Response == nil {
		return Answer{}
	}
	return Answer{ex.Response.Status, ex.Response.Header}
}

// get combines the fields of a name as a browser does (Fetch, "get"): several
// make one list, which is equal to no origin.
func (a Answer) get(name string) (string, bool) {
	values := evidence.Values(a.Header, name)
	for i, v := range values {
		values[i] = strings.Trim(v, " \t\r\n")
	}
	return strings.Join(values, ", "), len(values) > 0
}

// AllowsOrigin is the value of Access-Control-Allow-Origin as a browser reads it.
func (a Answer) AllowsOrigin() string {
	v, _ := a.get("Access-Control-Allow-Origin")
	return v
}

// AllowsCredentials reports an Access-Control-Allow-Credentials that browsers
// believe: exactly "true".
func (a Answer) AllowsCredentials() bool {
	v, _ := a.get("Access-Control-Allow-Credentials")
	return v == "true"
}

// Speaks reports whether an answer carries any CORS header that decides.
func (a Answer) Speaks() bool {
	for _, n := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"} {
		if _, has := a.get(n); has {
			return true
		}
	}
	return false
}

// Why a script may not read an answer.
const (
	NoAnswer      = "there is no answer"
	Redirects     = "it redirects: a script is not shown the answer itself"
	NoOrigin      = "no Access-Control-Allow-Origin"
	OtherOrigin   = "Access-Control-Allow-Origin is not the origin"
	Star          = "* does not go with credentials"
	NoCredentials = "no Access-Control-Allow-Credentials: true"
	BadStatus     = "the preflight did not succeed"
	BadList       = "a list in the preflight's answer is malformed"
	NoMethod      = "the preflight does not allow the method"
	NoHeader      = "the preflight does not allow a header"
	StarAlone     = "the preflight's * does not stand for Authorization"
)

// Readable says whether a script of that origin may read the answer (Fetch,
// "CORS check"); credentials says that it asked for cookies to be sent along.
// The origin is compared byte for byte, as it was serialised.
func Readable(a Answer, origin string, credentials bool) (ok bool, why string) {
	if a.Status == 0 {
		return false, NoAnswer
	}
	if _, has := a.get("Location"); has && redirects(a.Status) {
		return false, Redirects
	}
	return a.check(origin, credentials)
}

func (a Answer) check(origin string, credentials bool) (ok bool, why string) {
	allowed, has := a.get("Access-Control-Allow-Origin")
	switch {
	case !has:
		return false, NoOrigin
	case allowed == "*" && !credentials:
		return true, ""
	case allowed == "*":
		return false, Star
	case allowed != origin:
		return false, OtherOrigin
	case credentials && !a.AllowsCredentials():
		return false, NoCredentials
	}
	return true, ""
}

func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// Depends reports whether an answer says that it depends on who asks.
func Depends(a Answer) bool {
	v, _ := a.get("Vary")
	return slices.ContainsFunc(strings.Split(v, ","), func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), "Origin") })
}

// Varies reports whether caches keep an answer apart by origin.
func Varies(a Answer) bool {
	v, _ := a.get("Vary")
	return Depends(a) || slices.ContainsFunc(strings.Split(v, ","), func(name string) bool { return strings.TrimSpace(name) == "*" })
}
