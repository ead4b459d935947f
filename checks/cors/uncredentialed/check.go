// Package uncredentialed judges whether any site may read what no login protects but should.
package uncredentialed

import (
	_ "embed"
	"net/netip"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that what an address or a network alone protects is not open to
// every site's scripts.
var Check = check.Check{
	ID: "cors/uncredentialed", Doc: doc, Severity: check.Advice,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	inside := internal(x.Target)
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		f := rule(x, c, inside)
		return &f
	})
	return nil
}

func rule(x *ruling.Crossings, c *ruling.Crossing, inside bool) check.Finding {
	open := c.Of(func(t *ruling.OriginTry) bool { return t.Anybodys() && t.Readable })
	byAddress := c.Kind == "link" || strings.HasPrefix(x.Sends(c.Who), "query")
	if len(open) > 0 && (byAddress || inside && c.Kind != "static") {
		f := c.Finding(open...)
		f.Outcome = check.Fail
		f.Message = "every site's script may read it, and its address is all the credential it needs"
		if !byAddress {
			f.Message = "every site's script may read it through a visitor inside the network, which is all that keeps others out"
		}
		return f
	}
	f := c.Finding(open...)
	if reason, why := c.Undecided((*ruling.OriginTry).Anybodys); reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	f.Outcome, f.Message = check.OK, "no foreign script may read it"
	switch {
	case len(open) > 0 && c.Who == evidence.Anonymous:
		f.Message = "every site's script may read it, without anybody's login: it is public"
	case len(open) > 0:
		f.Message = "every site's script may read it, but none without the credential, which browsers do not send by themselves"
	}
	return f
}

// internal reports a host that only its own network reaches. This machine is
// not one: it is where tests run.
func internal(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsPrivate() || a.IsLinkLocalUnicast()
	}
	for _, end := range []string{".internal", ".intranet", ".local", ".lan", ".corp", ".home.arpa"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
