package verdict_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/verdict"
)

// suite draws checks over a few rows.
func suite() *rapid.Generator[[]check.Check] {
	return rapid.Custom(func(t *rapid.T) []check.Check {
		var out []check.Check
		for _, id := range []string{"authn/a", "authn/b", "authz/a", "authz/b", "session/a"} {
			if rapid.Bool().Draw(t, "has "+id) {
				out = append(out, check.Check{ID: id, Doc: "# " + id, Severity: severities().Draw(t, "severity")})
			}
		}
		return out
	})
}

func severities() *rapid.Generator[check.Severity] {
	return rapid.SampledFrom([]check.Severity{check.Blocker, check.Advice})
}

func findings(checks []check.Check) *rapid.Generator[[]check.Finding] {
	one := rapid.Custom(func(t *rapid.T) check.Finding {
		c := rapid.SampledFrom(checks).Draw(t, "check")
		return check.Finding{
			Check: c.ID, Severity: c.Severity,
			Outcome: rapid.SampledFrom([]check.Outcome{check.OK, check.OK, check.OK, check.OK, check.OK, check.Fail, check.Unproven, check.NotApplicable}).Draw(t, "outcome"),
			Subject: rapid.SampledFrom([]string{"p", "q", "r"}).Draw(t, "subject"),
			Who:     rapid.SampledFrom([]string{"", "anonymous", "bob (globex member)"}).Draw(t, "who"),
			Reason:  check.NoMarker,
		}
	})
	if len(checks) == 0 {
		return rapid.Just([]check.Finding(nil))
	}
	return rapid.SliceOfN(one, 0, 5)
}

func waivers() *rapid.Generator[[]verdict.Waiver] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) verdict.Waiver {
		return accept(verdict.Waiver{
			Check:   rapid.SampledFrom([]string{"authn/a", "authz/a"}).Draw(t, "waived check"),
			Subject: rapid.SampledFrom([]string{"p", "q", "everything"}).Draw(t, "waived subject"),
			Outcome: rapid.SampledFrom([]check.Outcome{"", check.Fail, check.Unproven}).Draw(t, "waived outcome"),
		})
	}), 0, 3)
}

func inputs() *rapid.Generator[verdict.Input] {
	return rapid.Custom(func(t *rapid.T) verdict.Input {
		checks := suite().Draw(t, "suite")
		said := findings(checks).Draw(t, "findings")
		if rapid.Bool().Draw(t, "all spoke") {
			for _, c := range checks {
				said = append(said, say(c.ID, check.OK, "s"))
			}
		}
		return verdict.Input{
			Checks: checks, Findings: said, Now: now(),
			Waivers: waivers().Draw(t, "waivers"),
			Only:    rapid.SliceOfDistinct(rapid.SampledFrom([]string{"authn", "authz", "session"}), rapid.ID).Draw(t, "only"),
		}
	})
}

// rank orders verdicts from the best to the worst.
func rank(v verdict.Verdict) int {
	return map[verdict.Verdict]int{verdict.Ready: 0, verdict.NotProven: 1, verdict.NotReady: 2}[v]
}

func TestReadyMeansProven(t *testing.T) {
	t.Parallel()
	ready := 0
	rapid.Check(t, func(t *rapid.T) {
		in := inputs().Draw(t, "input")
		r := verdict.Fold(in)
		if r.Verdict != verdict.Ready {
			return
		}
		ready++
		for _, f := range r.Findings {
			if f.Open() {
				t.Fatalf("ready, with %s %s open", f.Check, f.Outcome)
			}
		}
		for _, row := range r.Rows {
			if row.OK+row.Waived+row.NotApplicable == 0 {
				t.Fatalf("ready, and row %s has proven nothing", row.ID)
			}
		}
		for _, c := range in.Checks {
			spoke := false
			for _, f := range r.Findings {
				spoke = spoke || (f.Check == c.ID && (f.Reason != check.NotExamined || f.Waiver != nil))
			}
			if inScope := len(in.Only) == 0 || slices.Contains(in.Only, c.Row()); inScope && !spoke {
				t.Fatalf("ready, and %s said nothing", c.ID)
			}
		}
	})
	if ready == 0 {
		t.Error("no input drawn was ready: nothing was tested")
	}
}

func TestAnOpenBlockerDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := verdict.Fold(inputs().Draw(t, "input"))
		failed := false
		for _, f := range r.Findings {
			failed = failed || (f.Open() && f.Outcome == check.Fail)
		}
		if failed != (r.Verdict == verdict.NotReady) {
			t.Fatalf("an open failure: %v; verdict %s", failed, r.Verdict)
		}
	})
}

func TestBadNewsNeverImproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := inputs().Draw(t, "input")
		before := verdict.Fold(in)
		more := check.Finding{
			Check: rapid.SampledFrom([]string{"authn/a", "authz/b", "session/z"}).Draw(t, "check"), Severity: check.Blocker,
			Outcome: rapid.SampledFrom([]check.Outcome{check.Fail, check.Unproven}).Draw(t, "outcome"),
			Subject: "news", Reason: check.SessionDead,
		}
		in.Findings = append(in.Findings[:len(in.Findings):len(in.Findings)], more)
		after := verdict.Fold(in)
		if rank(after.Verdict) < rank(before.Verdict) {
			t.Fatalf("%s became %s by %s of %s", before.Verdict, after.Verdict, more.Outcome, more.Check)
		}
	})
}

func TestFewerWaiversNeverImprove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := inputs().Draw(t, "input")
		with := verdict.Fold(in)
		in.Waivers = nil
		if without := verdict.Fold(in); rank(without.Verdict) < rank(with.Verdict) {
			t.Fatalf("%s became %s without waivers", with.Verdict, without.Verdict)
		}
	})
}

func TestOrderOfFindingsNeverShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := inputs().Draw(t, "input")
		one, err := json.Marshal(verdict.Fold(in))
		if err != nil {
			t.Fatal(err)
		}
		in.Findings = rapid.Permutation(in.Findings).Draw(t, "shuffled")
		two, err := json.Marshal(verdict.Fold(in))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, two) {
			t.Fatalf("not the same report:\n%s\n%s", one, two)
		}
	})
}

func TestCountsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := verdict.Fold(inputs().Draw(t, "input"))
		total := 0
		for _, row := range r.Rows {
			if sum := row.OK + row.Failed + row.Unproven + row.Waived + row.NotApplicable; sum != row.Subjects {
				t.Fatalf("row %+v adds up to %d", row, sum)
			}
			total += row.Subjects
		}
		if total != len(r.Findings) {
			t.Fatalf("rows count %d findings, the report holds %d", total, len(r.Findings))
		}
	})
}
