// Package enumeration judges whether login and reset tell which accounts exist.
package enumeration

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands the same answer for accounts that exist and accounts that do not.
var Check = check.Check{
	ID: "authn/enumeration", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Enumeration}, Wants: []check.Need{artifact.Timed}, Judge: judge,
}

func judge(p *check.Pass) error {
	for _, pair := range artifact.Enumeration.Of(p).Pairs {
		f, err := compare(p, pair)
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if err := limiting.AnswerTimes(p); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no login with a password and no password reset is known")
	}
	return nil
}

func compare(p *check.Pass, pair artifact.AccountPair) (check.Finding, error) {
	f := check.Finding{Subject: pair.Endpoint + ": " + pair.Route, Route: pair.Route}
	if pair.Skipped.Reason != "" {
		return unproven(f, pair.Skipped.Reason, pair.Skipped.Why), nil
	}
	rounds := min(len(pair.Known), len(pair.Unknown))
	if rounds == 0 {
		return unproven(f, check.NotExamined, "it was not asked"), nil
	}
	f.Exhibits = append(check.Show("control", pair.Known[0].Ref), check.Show("anonymous", pair.Unknown[0].Ref)...)
	names := slices.Concat(pair.KnownNames, pair.UnknownNames)
	var known, unknown []face
	for i := range rounds {
		for _, side := range []struct {
			attempt artifact.Attempt
			into    *[]face
		}{{pair.Known[i], &known}, {pair.Unknown[i], &unknown}} {
			a, err := marker.Load(side.attempt, p.Exchange)
			switch {
			case err != nil:
				return f, err
			case a.Unproven != "":
				return unproven(f, a.Unproven, a.Why), nil
			case a.Ex.Status() == 0:
				return unproven(f, check.Unstable, "an answer did not arrive"), nil
			}
			*side.into = append(*side.into, faceOf(a.Ex, names))
		}
	}
	return decide(f, pair, known, unknown), nil
}

// decide compares the rounds: a difference counts when it is there in all of them.
func decide(f check.Finding, pair artifact.AccountPair, known, unknown []face) check.Finding {
	stable, always, never := true, true, true
	for i := range known {
		differ := known[i].differs(unknown[i]) != ""
		always, never = always && differ, never && !differ
		stable = stable && known[i].differs(known[0]) == "" && unknown[i].differs(unknown[0]) == ""
	}
	switch {
	case always && stable:
		f.Outcome, f.Who = check.Fail, evidence.Anonymous
		f.Message = fmt.Sprintf("tells accounts that exist from others, in all of %d rounds: %s", len(known), known[0].differs(unknown[0]))
	case !never:
		return unproven(f, check.Unstable, fmt.Sprintf("the answers differ in some of %d rounds, and not only by whether the account exists", len(known)))
	case pair.Endpoint == "reset" && known[0].status >= 400:
		return unproven(f, check.NoPositiveControl, fmt.Sprintf("not even the reset of an account that exists is accepted (status %d)", known[0].status))
	default:
		f.Outcome, f.Message = check.OK, fmt.Sprintf("the same answer (status %d) for accounts that exist and others, in %d rounds", known[0].status, len(known))
	}
	return f
}

func unproven(f check.Finding, reason check.Reason, why string) check.Finding {
	f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
	return f
}

// face is what of an answer a visitor can tell from another.
type face struct {
	status                                 int
	normal, location, headers, setsCookies string
}

func faceOf(ex *evidence.Exchange, names []string) face {
	v := normal.Of(ex, normal.Mask{Echo: names})
	out := face{status: v.Status, normal: v.Normal(), location: ex.Header("Location")}
	for _, name := range names {
		out.location = strings.NewReplacer(name, "‹name›", url.QueryEscape(name), "‹name›").Replace(out.location)
	}
	var headers, cookies []string
	for _, h := range v.Header() {
		headers = append(headers, strings.ToLower(h.Name))
		if strings.EqualFold(h.Name, "Set-Cookie") {
			name, _, _ := strings.Cut(h.Value, "=")
			cookies = append(cookies, name)
		}
	}
	slices.Sort(headers)
	slices.Sort(cookies)
	out.headers, out.setsCookies = strings.Join(slices.Compact(headers), ", "), strings.Join(cookies, ", ")
	return out
}

// differs says by what two answers differ; "" when they do not.
func (a face) differs(b face) string {
	switch {
	case a.status != b.status:
		return fmt.Sprintf("status %d and %d", a.status, b.status)
	case a.location != b.location:
		return "they redirect to different places"
	case a.setsCookies != b.setsCookies:
		return "they set different cookies"
	case a.headers != b.headers:
		return "they carry different header fields"
	case a.normal != b.normal:
		return "their bodies say different things"
	}
	return ""
}
