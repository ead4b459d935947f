package refusal

import (
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

var (
	limiting = regexp.MustCompile(`(?i)\btoo many (requests|attempts|tries)\b|\brate[ -]?limit(s|ed|ing)?\b|\bslow down\b|\bquota exceeded\b`)
	blocking = regexp.MustCompile(`(?i)request (was |has been )?(blocked|rejected)|requested url was rejected|incapsula|sucuri|mod_?security|web application firewall|attention required! \| cloudflare|` +
		`checking your browser|just a moment\.\.\.|verify (that )?you are (a )?human|unusual traffic|ddos protection|security (check|challenge)|support id is|you have been blocked`)
	captcha     = regexp.MustCompile(`(?i)captcha|challenge-platform|cf-chl|turnstile`)
	maintenance = regexp.MustCompile(`(?i)(scheduled|planned|under|down for|undergoing) maintenance|maintenance mode|be (right )?back (soon|shortly)|temporarily (unavailable|offline|down)`)
)

// How many words an answer has at most that only says no: error pages, and
// answers that look like success.
const (
	shortWords  = 200
	shortestSay = 80
)

// Throttled reports whether an answer tells the caller to slow down: 429, 503
// with Retry-After, or a short answer of any status that says so.
func (j *Judge) Throttled(ex *evidence.Exchange) bool {
	return j.Throttles(normal.Of(ex, normal.Mask{}))
}

// Throttles is Throttled on a view without a mask.
func (j *Judge) Throttles(v *normal.View) bool {
	switch v.Status {
	case 0:
		return false
	case 429:
		return true
	case 503:
		if evidence.Get(v.Header(), "Retry-After") != "" {
			return true
		}
	}
	if j.Is(v, "throttle") {
		return true
	}
	said := notice(v)
	return said != "" && limiting.MatchString(said)
}

// Intercepted reports whether something before the application answered — a
// firewall, a captcha, a maintenance page — and names it.
func (j *Judge) Intercepted(ex *evidence.Exchange) (string, bool) {
	return j.Intercepts(normal.Of(ex, normal.Mask{}))
}

// Intercepts is Intercepted on a view without a mask.
func (j *Judge) Intercepts(v *normal.View) (string, bool) {
	switch {
	case v.Status == 0:
		return "", false
	case j.Is(v, "waf"):
		return "the firewall's page", true
	case j.Is(v):
		return "", false // the application's own, whatever words stand in it
	case evidence.Get(v.Header(), "cf-mitigated") != "", evidence.Get(v.Header(), "x-amzn-waf-action") != "":
		return "a challenge", true
	}
	said := notice(v)
	switch {
	case said == "":
	case blocking.MatchString(said):
		return "a firewall's page: " + quote(blocking.FindString(said)), true
	case maintenance.MatchString(said) && (v.Status == 503 || v.Family == normal.HTML):
		return "a maintenance page", true
	}
	refused := v.Status == 403 || v.Status == 503 || v.Status == 405 || v.Status == 406 || v.Status == 202
	if refused && (v.Family == normal.HTML && captcha.MatchString(v.Body()) || captcha.MatchString(said)) {
		return "a captcha", true
	}
	return "", false
}

// notice is what a short answer says to people: the words of a small page or
// text, or the message of an error in JSON. It is "" when the answer holds
// more, so that data that speak of limits are not taken for one.
func notice(v *normal.View) string {
	var b strings.Builder
	words, most := 0, shortWords
	if v.Class() == 2 {
		most = shortestSay
		if v.Family == normal.JSON && !complains(v.JSON) {
			return "" // no error that could say anything
		}
	}
	for i := range v.Fields {
		l := &v.Fields[i]
		switch v.Family {
		case normal.JSON:
			if l.Type != "string" || !normal.Envelope(l.Key) {
				continue
			}
		default:
			if !strings.HasPrefix(l.Pointer, "line ") && !strings.HasPrefix(l.Pointer, "element ") {
				continue
			}
		}
		if words += len(strings.Fields(l.Value)); words > most {
			return ""
		}
		b.WriteString(l.Value)
		b.WriteByte('\n')
	}
	return b.String()
}

func complains(v any) bool {
	object, ok := v.(map[string]any)
	return ok && failing(object) && !holds(object, 0)
}

func quote(s string) string { return "“" + s + "”" }
