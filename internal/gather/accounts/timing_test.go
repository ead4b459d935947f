package accounts

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/authn/enumeration"
)

// TestTiming times a login that hashes only the passwords of accounts that
// exist, and one that does the same work for all. The difference is far larger
// than what a busy machine adds.
func TestTiming(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		works func(user string) bool
		want  check.Outcome
		pairs int // of the second round
	}{
		{"for accounts that exist", func(user string) bool { return user == "dora@acme.test" }, check.Unproven, timed},
		{"for all", func(string) bool { return true }, check.OK, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &site{failed: func(w http.ResponseWriter, user string) {
				if tc.works(user) {
					time.Sleep(120 * time.Millisecond)
				}
				w.WriteHeader(http.StatusUnauthorized)
			}}
			r := portalOf(t, s, "look, sign-in, burst", true)
			r.Gather(t, Gatherer())
			p := r.Gather(t, Timing()).(*artifact.Timings).Pairs[0]
			if len(p.Known) != timed || len(p.Unknown) != timed || len(p.KnownAgain) != tc.pairs {
				t.Errorf("%d, %d and %d attempts, want %d of each and %d again", len(p.Known), len(p.Unknown), len(p.KnownAgain), timed, tc.pairs)
			}
			for _, f := range r.Judge(t, enumeration.Check) {
				if strings.HasPrefix(f.Subject, "time of login") && (f.Outcome != tc.want || f.Outcome == check.Unproven && f.Reason != check.Suspected) {
					t.Errorf("got %s %s (%s), want %s", f.Outcome, f.Reason, f.Message, tc.want)
				}
			}
		})
	}
}

// TestTimingLocked tells of a lock on the way instead of a time.
func TestTimingLocked(t *testing.T) {
	t.Parallel()
	s := &site{locks: 5}
	r := portalOf(t, s, "look, sign-in, burst", true)
	p := r.Gather(t, Timing()).(*artifact.Timings).Pairs[0]
	if p.Skipped.Reason != check.Throttled {
		t.Errorf("skipped %+v, want the lock", p.Skipped)
	}
}
