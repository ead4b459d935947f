// Package vary judges whether caches keep answers apart by origin.
package vary

import (
	_ "embed"
	"regexp"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that an answer which depends on the origin says so to caches.
var Check = check.Check{
	ID: "cors/vary", Doc: doc, Severity: check.Advice,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	var failed error
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		plain, err := p.Exchange(c.Plain.Ref)
		if err != nil {
			failed = err
		}
		f := rule(c, crossorigin.Of(plain))
		return &f
	})
	return failed
}

func rule(c *ruling.Crossing, plain crossorigin.Answer) check.Finding {
	depends := func(t *ruling.OriginTry) bool {
		for _, o := range c.Tries {
			if o.Answer.Status != 0 && o.Answer.Status/100 == 2 && o.Answer.AllowsOrigin() != t.Answer.AllowsOrigin() {
				return true
			}
		}
		return plain.Status/100 == 2 && plain.AllowsOrigin() != t.Answer.AllowsOrigin()
	}
	dynamic := c.Of(func(t *ruling.OriginTry) bool {
		return t.Answer.Status/100 == 2 && t.Answer.AllowsOrigin() != "" && depends(t)
	})
	bad := dynamic[:0:0]
	for _, t := range dynamic {
		if cacheable(t.Answer) && !crossorigin.Varies(t.Answer) {
			bad = append(bad, t)
		}
	}
	f := c.Finding(bad...)
	if len(bad) > 0 {
		f.Outcome = check.Fail
		f.Message = "caches may keep the answer made for " + ruling.Origins(bad) + " and give it to others: it depends on the Origin, and Vary does not say so"
		return f
	}
	if reason, why := c.Undecided(func(t *ruling.OriginTry) bool { return t.Name == "random https" || t.Class == "approved" }); reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	f.Outcome, f.Message = check.OK, "its CORS headers do not depend on the origin"
	if len(dynamic) > 0 {
		f.Message = "its CORS headers depend on the origin, and caches are told or keep nothing"
	}
	return f
}

var fresh = regexp.MustCompile(`(?:^|[\s,])(?:s-maxage|max-age)\s*=\s*"?0*[1-9]`)

// cacheable reports an answer that some cache, the browser's own included, may
// give again without asking (RFC 9111 §3, §4.2).
func cacheable(a crossorigin.Answer) bool {
	control := strings.ToLower(strings.Join(evidence.Values(a.Header, "Cache-Control"), ","))
	switch {
	case strings.Contains(control, "no-store"), strings.Contains(control, "no-cache"):
		return false
	case fresh.MatchString(control):
		return true
	case strings.Contains(control, "max-age"):
		return false
	}
	expires, err := time.Parse(time.RFC1123, evidence.Get(a.Header, "Expires"))
	made, err2 := time.Parse(time.RFC1123, evidence.Get(a.Header, "Date"))
	if err == nil && err2 == nil {
		return expires.After(made)
	}
	return evidence.Get(a.Header, "Expires") == "" && evidence.Get(a.Header, "Last-Modified") != ""
}
