package jwt

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/session/jwtclaims"
	"github.com/launchready/launchready/checks/session/jwtkeys"
	"github.com/launchready/launchready/checks/session/jwtverify"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/lab"
)

// outcomes judges what a run gathered: check → outcome of the worst finding.
func outcomes(t *testing.T, r *gathertest.Run) map[string]check.Outcome {
	t.Helper()
	out := map[string]check.Outcome{}
	rank := []check.Outcome{check.NotApplicable, check.OK, check.Unproven, check.Fail}
	for name, c := range map[string]check.Check{"verify": jwtverify.Check, "keys": jwtkeys.Check, "claims": jwtclaims.Check} {
		out[name] = check.NotApplicable
		for _, f := range r.Judge(t, c) {
			t.Logf("%s %s %s %s: %s", name, f.Outcome, f.Reason, f.Subject, f.Message)
			if slices.Index(rank, f.Outcome) > slices.Index(rank, out[name]) {
				out[name] = f.Outcome
			}
		}
	}
	return out
}

func TestLab(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flaw                 string
		verify, keys, claims check.Outcome
	}{
		{"", check.OK, check.OK, check.OK},
		{"jwt-unsigned", check.Fail, check.Unproven, check.Unproven},
		{"jwt-none", check.Fail, check.OK, check.OK},
		{"jwt-blank", check.Fail, check.OK, check.OK},
		{"jwt-zero", check.Fail, check.OK, check.OK},
		{"jwt-weak", check.OK, check.Fail, check.OK},
		{"jwt-confusion", check.OK, check.Fail, check.OK},
		{"jwt-jwk", check.OK, check.Fail, check.OK},
		{"jwt-jku", check.OK, check.Fail, check.OK},
		{"jwt-kid", check.OK, check.Fail, check.OK},
		{"jwt-claims", check.Unproven, check.OK, check.Fail},
		{"jwt-refresh", check.OK, check.OK, check.Fail},
		{"jwt-aud", check.OK, check.OK, check.Fail},
	} {
		t.Run("flaw "+tt.flaw, func(t *testing.T) {
			t.Parallel()
			c := lab.Config{Seed: 7}
			if tt.flaw != "" {
				c.Flaws = []string{tt.flaw}
			}
			w, err := lab.Start(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.Close() })
			r := gathertest.Start(t, string(w.PortalYAML("look", "sign-in")))
			r.Gather(t, Gatherer())
			want := map[string]check.Outcome{"verify": tt.verify, "keys": tt.keys, "claims": tt.claims}
			if diff := cmp.Diff(want, outcomes(t, r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			study := r.Artifact(artifact.Tokens.Name()).(*artifact.TokenStudy)
			t.Logf("%d requests, %d kinds", r.Sent(name), len(study.Types))
			if len(study.Types) != 1 || study.Types[0].Who != "dirk" {
				t.Errorf("studied %+v, want one kind of token, with the disposable identity", study.Types)
			}
		})
	}
}
