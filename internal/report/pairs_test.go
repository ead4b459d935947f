package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/verdict"
)

// TestProvenSaysOfHowMany holds that a statement which does not hold everywhere
// is not shown as one that does.
func TestProvenSaysOfHowMany(t *testing.T) {
	t.Parallel()
	s, r := newSample(t)
	_, proven, found := strings.Cut(render(t, s, r), `<section id="proven"`)
	if !found {
		t.Fatal("nothing is proven")
	}
	proven, _, _ = strings.Cut(proven, "</section>")
	for _, want := range []string{
		`<code>authn/anonymous</code></td><td class="number"><span class="open fail">5 of 6</span>`,
		`<code>authn/badtoken</code></td><td class="number">5</td>`,
		`<code>authz/tenantswap</code></td><td class="number"><span class="open fail">3 of 5</span>`,
	} {
		if !strings.Contains(proven, want) {
			t.Errorf("%q is not in:\n%s", want, proven)
		}
	}
	if strings.Index(proven, "authn/badtoken") > strings.Index(proven, "authz/tenantswap") {
		t.Error("the rows are out of order")
	}
	if strings.Contains(proven, "authz/tenantwrite") {
		t.Error("a check that proved nothing stands among what is proven")
	}
}

// TestPagePairsWhatMatters holds which exchanges stand side by side, and what
// is said of them.
func TestPagePairsWhatMatters(t *testing.T) {
	t.Parallel()
	s := &sample{exchanges: map[evidence.Ref]*evidence.Exchange{}}
	control := s.record(t, "dirk", "GET", "/api/me", "", 200, `{"name":"Dirk"}`)
	nobody := s.record(t, evidence.Anonymous, "GET", "/api/me", "", 401, `{"error":"sign in"}`)
	forged := s.record(t, "dirk", "GET", "/api/me", "", 200, `{"name":"forged"}`)
	list := s.record(t, "alice", "GET", "/api/tickets", "", 200, `{"items":[]}`)
	post := s.record(t, "alice", "POST", "/api/tickets", `{"subject":"x"}`, 201, `{"id":7}`)
	slow := s.record(t, "dirk", "GET", "/api/me", "", 200, `{"name":"Dirk"}`)
	s.exchanges[slow].Took = 812 * time.Millisecond
	s.exchanges[forged].Response.Header = append(s.exchanges[forged].Response.Header, evidence.Field{Name: "Access-Control-Allow-Origin", Value: "https://evil.test"})
	trace := check.Place{Where: "/error", Kind: "Python traceback", Masked: "Traceback (most recent call last)"}
	for _, c := range []struct {
		name           string
		finding        check.Finding
		shown, missing []string
	}{
		{
			"an attempt goes before what nobody gets",
			check.Finding{Check: "session/jwtverify", Who: "whoever", Exhibits: []check.Exhibit{{Part: "control", Ref: control}, {Part: "anonymous", Ref: nobody}, {Part: "attempt", Ref: forged}}},
			[]string{"<strong>Attempt</strong> <span>dirk</span>", "200 <span class=\"quiet\">for both</span>", "1 further exchange", "Access-Control-Allow-Origin: https://evil.test"},
			[]string{"200 → 401"},
		},
		{
			"a caller without a login goes before an attempt where it is the culprit",
			check.Finding{Check: "authn/anonymous", Who: evidence.Anonymous, Exhibits: []check.Exhibit{{Part: "control", Ref: control}, {Part: "attempt", Ref: forged}, {Part: "anonymous", Ref: nobody}}},
			[]string{"200 → 401"},
			nil,
		},
		{
			"a read and a write are not compared",
			check.Finding{Check: "session/csrf", Exhibits: []check.Exhibit{{Part: "before", Ref: list}, {Part: "attempt", Ref: post}}},
			[]string{"<strong>Before</strong>", "<strong>Attempt</strong>"},
			[]string{"Difference", "200 → 201"},
		},
		{
			"times far apart are told",
			check.Finding{Check: "latency/p95", Exhibits: []check.Exhibit{{Part: "control", Ref: control}, {Part: "attempt", Ref: slow}}},
			[]string{"23ms → 812ms"},
			nil,
		},
		{
			"what gives an error away is no private data, and is said once",
			check.Finding{Check: "hygiene/stacktraces", Exhibits: []check.Exhibit{{Part: "attempt", Ref: nobody, Places: []check.Place{trace}}, {Part: "attempt", Ref: forged, Places: []check.Place{trace}}}},
			[]string{"What gives it away"},
			[]string{"Private data"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := c.finding
			f.Severity, f.Outcome, f.Subject, f.Message = check.Blocker, check.Fail, "GET /api/me", "it is so"
			page := render(t, s, verdict.Fold(verdict.Input{Findings: []check.Finding{f}, Now: startedAt()}))
			for _, want := range c.shown {
				if !strings.Contains(page, want) {
					t.Errorf("%q is not in the page", want)
				}
			}
			for _, bad := range c.missing {
				if strings.Contains(page, bad) {
					t.Errorf("%q is in the page", bad)
				}
			}
			if n := strings.Count(page, "<mark>Traceback"); n > 1 {
				t.Errorf("the same place is named %d times", n)
			}
		})
	}
}
