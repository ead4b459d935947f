package portal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/portal"
)

func TestLoadWaivers(t *testing.T) {
	t.Parallel()
	const signed = "  by: Ada\n  reason: mended next week\n  date: 2026-03-01\n"
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, text string
		want       []portal.Waiver
		err        string
	}{
		{"empty", "# none\n", nil, ""},
		{"by finding", "- finding: LR-1\n" + signed + "  expires: 2026-03-20\n", []portal.Waiver{
			{Finding: "LR-1", By: "Ada", Reason: "mended next week", Date: day(1), Expires: day(20), Line: 1},
		}, ""},
		{"by check", "- check: authz/tenantswap\n  subject: GET /a\n  outcome: fail\n  approved-by: Bea\n  control: watched\n" + signed + "  expires: 2026-03-20\n", []portal.Waiver{
			{Check: "authz/tenantswap", Subject: "GET /a", Outcome: "fail", ApprovedBy: "Bea", Control: "watched", By: "Ada", Reason: "mended next week", Date: day(1), Expires: day(20), Line: 1},
		}, ""},
		{"unknown key", "- fnding: LR-1\n" + signed + "  expires: 2026-03-20\n", nil, `:1:3: unknown key "fnding" under [0] (did you mean "finding"?)`},
		{"no expiry", "- finding: LR-1\n" + signed, nil, `:1:3: [0] lacks the key "expires" (when it ends, within 90 days)`},
		{"no finding", "- check: authz/tenantswap\n" + signed + "  expires: 2026-03-20\n", nil, ":1:3: the waiver names no finding (finding: its id, or check: and subject:)"},
		{"two findings", "- finding: LR-1\n  check: a/b\n" + signed + "  expires: 2026-03-20\n", nil, ":1:3: the waiver names its finding twice (keep finding, or check and subject)"},
		{"too long", "- finding: LR-1\n" + signed + "  expires: 2026-06-01\n", nil, ":1:3: the waiver lasts 92 days (a finding is accepted for 90 days at most)"},
		{"backwards", "- finding: LR-1\n" + signed + "  expires: 2026-02-01\n", nil, ":1:3: the waiver ends before it begins"},
		{"approved by oneself", "- finding: LR-1\n  approved-by: Ada\n" + signed + "  expires: 2026-03-20\n", nil, ":1:3: Ada cannot approve their own waiver"},
		{"no date", "- finding: LR-1\n" + signed + "  expires: soon\n", nil, `:5:12: [0].expires: "soon" is not a date (write 2026-03-01)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "waivers.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := portal.LoadWaivers(path)
			if tt.err != "" {
				if err == nil || strings.TrimPrefix(err.Error(), path) != tt.err {
					t.Fatalf("got %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	w := portal.Waiver{Expires: day(20)}
	if w.Expired(day(19)) || !w.Expired(day(20)) {
		t.Error("a waiver ends when its last day begins")
	}
}
