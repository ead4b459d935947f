package verdict_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/verdict"
)

// now is when the tests judge.
func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

const doc = "# Every customer sees only their own\n\nWhy.\n\n## Fix\n\nScope the query.\n\n```sql\n## not a heading\n```\n\n## References\n\nNone.\n"

// checks returns a small suite: two blockers and one advice check of authz.
func checks() []check.Check {
	return []check.Check{
		{ID: "authz/swap", Doc: doc, Severity: check.Blocker},
		{ID: "authz/list", Doc: "# Lists are scoped\n", Severity: check.Blocker},
		{ID: "authz/hint", Doc: "# Hints are given\n", Severity: check.Advice},
	}
}

// say is one finding of a check with its severity.
func say(id string, o check.Outcome, subject string) check.Finding {
	f := check.Finding{Check: id, Severity: check.Blocker, Outcome: o, Subject: subject, Message: "said " + subject}
	if id == "authz/hint" {
		f.Severity = check.Advice
	}
	if o == check.Unproven {
		f.Reason = check.NoMarker
	}
	return f
}

func accept(w verdict.Waiver) verdict.Waiver {
	w.By, w.Reason = "Ines Prado", "the vendor mends it in May"
	w.At, w.Until = now().AddDate(0, -1, 0), now().AddDate(0, 1, 0)
	return w
}

func TestRowState(t *testing.T) {
	t.Parallel()
	allOK := []check.Finding{
		say("authz/swap", check.OK, "a"), say("authz/list", check.OK, "a"), say("authz/hint", check.OK, "a"),
	}
	tests := []struct {
		name    string
		said    []check.Finding
		waivers []verdict.Waiver
		want    verdict.Row
	}{
		{
			"every check proven", allOK, nil,
			verdict.Row{State: verdict.OK, Subjects: 3, OK: 3},
		},
		{
			"a blocker failed", append(allOK[:3:3], say("authz/swap", check.Fail, "b")), nil,
			verdict.Row{State: verdict.Fail, Subjects: 4, OK: 3, Failed: 1, Blockers: 1},
		},
		{
			"advice failed", append(allOK[:3:3], say("authz/hint", check.Fail, "b")), nil,
			verdict.Row{State: verdict.OK, Subjects: 4, OK: 3, Failed: 1},
		},
		{
			"a blocker is unproven", append(allOK[:3:3], say("authz/swap", check.Unproven, "b")), nil,
			verdict.Row{State: verdict.Unproven, Subjects: 4, OK: 3, Unproven: 1},
		},
		{
			"advice is unproven", append(allOK[:3:3], say("authz/hint", check.Unproven, "b")), nil,
			verdict.Row{State: verdict.OK, Subjects: 4, OK: 3, Unproven: 1},
		},
		{
			"a check is silent", allOK[:1:1], nil,
			verdict.Row{State: verdict.Unproven, Subjects: 3, OK: 1, Unproven: 2},
		},
		{
			"an advice check is silent", allOK[:2:2], nil,
			verdict.Row{State: verdict.Unproven, Subjects: 3, OK: 2, Unproven: 1, Note: "authz/hint found nothing to examine"},
		},
		{
			"all are silent", nil, nil,
			verdict.Row{State: verdict.Unproven, Subjects: 3, Unproven: 3, Note: "nothing examined"},
		},
		{
			"nothing applies",
			[]check.Finding{
				say("authz/swap", check.NotApplicable, "a"), say("authz/list", check.NotApplicable, "a"), say("authz/hint", check.NotApplicable, "a"),
			},
			nil,
			verdict.Row{State: verdict.NotApplicable, Subjects: 3, NotApplicable: 3},
		},
		{
			"one check does not apply",
			[]check.Finding{allOK[0], say("authz/list", check.NotApplicable, "a"), allOK[2]},
			nil,
			verdict.Row{State: verdict.OK, Subjects: 3, OK: 2, NotApplicable: 1},
		},
		{
			"only advice was examined",
			[]check.Finding{say("authz/swap", check.NotApplicable, "a"), say("authz/list", check.NotApplicable, "a"), allOK[2]},
			nil,
			verdict.Row{State: verdict.Unproven, Subjects: 3, OK: 1, NotApplicable: 2, Note: "nothing examined"},
		},
		{
			"an unproven subject was accepted", append(allOK[:3:3], say("authz/swap", check.Unproven, "b")),
			[]verdict.Waiver{accept(verdict.Waiver{Check: "authz/swap", Subject: "b"})},
			verdict.Row{State: verdict.Waived, Subjects: 4, OK: 3, Waived: 1},
		},
		{
			"a failure was accepted as one", append(allOK[:3:3], say("authz/swap", check.Fail, "b")),
			[]verdict.Waiver{accept(verdict.Waiver{Check: "authz/swap", Subject: "b", Outcome: check.Fail})},
			verdict.Row{State: verdict.Waived, Subjects: 4, OK: 3, Waived: 1},
		},
		{
			"a failure was accepted as unproven", append(allOK[:3:3], say("authz/swap", check.Fail, "b")),
			[]verdict.Waiver{accept(verdict.Waiver{Check: "authz/swap", Subject: "b"})},
			verdict.Row{State: verdict.Fail, Subjects: 4, OK: 3, Failed: 1, Blockers: 1},
		},
		{
			"an outcome nobody knows", append(allOK[:3:3], say("authz/swap", "fine", "b")), nil,
			verdict.Row{State: verdict.Unproven, Subjects: 4, OK: 3, Unproven: 1},
		},
		{
			"a check that is not in the suite failed", append(allOK[:3:3], say("authz/old", check.Fail, "b")), nil,
			verdict.Row{State: verdict.Fail, Subjects: 4, OK: 3, Failed: 1, Blockers: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := verdict.Fold(verdict.Input{Checks: checks(), Findings: tt.said, Waivers: tt.waivers, Now: now()})
			tt.want.ID, tt.want.Title = "authz", "Authorization"
			i := slices.IndexFunc(r.Rows, func(r verdict.Row) bool { return r.ID == "authz" })
			if diff := cmp.Diff(tt.want, r.Rows[i]); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	good := []check.Finding{
		say("authz/swap", check.OK, "a"), say("authz/list", check.OK, "a"), say("authz/hint", check.OK, "a"),
	}
	bad := append(good[:3:3], say("authz/swap", check.Fail, "b"))
	only := []string{"authz"}
	tests := []struct {
		name string
		in   verdict.Input
		want verdict.Verdict
		exit int
	}{
		{"the row asked for is ok", verdict.Input{Findings: good, Only: only}, verdict.Ready, 0},
		{"the scorecard is not whole", verdict.Input{Findings: good}, verdict.NotProven, 2},
		{"a blocker", verdict.Input{Findings: bad, Only: only}, verdict.NotReady, 1},
		{"a blocker, and the scorecard is not whole", verdict.Input{Findings: bad}, verdict.NotReady, 1},
		{"a blocker in a row not asked for", verdict.Input{Findings: append(good, say("authn/x", check.Fail, "b")), Only: only}, verdict.Ready, 0},
		{"a row without a check", verdict.Input{Findings: good, Only: []string{"authz", "email"}}, verdict.NotProven, 2},
		{"a row that does not exist", verdict.Input{Findings: good, Only: []string{"authz", "atuhn"}}, verdict.NotProven, 2},
		{"only a row that does not exist", verdict.Input{Findings: good, Only: []string{"atuhn"}}, verdict.NotProven, 2},
		{"an error of ours", verdict.Input{Findings: good, Only: only, Facts: verdict.Facts{Errors: []string{"x"}}}, verdict.NotProven, 4},
		{"an error of ours beside a blocker", verdict.Input{Findings: bad, Only: only, Facts: verdict.Facts{Errors: []string{"x"}}}, verdict.NotReady, 1},
		{"something is left behind", verdict.Input{Findings: bad, Only: only, Facts: verdict.Facts{Leftovers: []string{"x"}}}, verdict.NotReady, 4},
		{"stopped half way", verdict.Input{Findings: good, Only: only, Facts: verdict.Facts{Interrupted: true}}, verdict.NotProven, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.in.Checks, tt.in.Now = checks(), now()
			r := verdict.Fold(tt.in)
			if r.Verdict != tt.want || r.ExitCode() != tt.exit {
				t.Errorf("verdict %s, exit %d; want %s, %d", r.Verdict, r.ExitCode(), tt.want, tt.exit)
			}
		})
	}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	f := say("authz/swap", check.Fail, "GET /api/invoices/{id}")
	f.Who = "bob (globex member)"
	fold := func(w ...verdict.Waiver) *verdict.Report {
		return verdict.Fold(verdict.Input{Checks: checks()[:1], Findings: []check.Finding{f}, Waivers: w, Now: now(), Only: []string{"authz"}})
	}
	named := fold().Findings[0]
	whole := accept(verdict.Waiver{Finding: named.ID, Outcome: check.Fail})
	but := func(change func(*verdict.Waiver)) verdict.Waiver {
		w := whole
		change(&w)
		return w
	}
	tests := []struct {
		name   string
		waiver verdict.Waiver
		counts bool
		note   string
	}{
		{"by id", whole, true, ""},
		{"by fingerprint", but(func(w *verdict.Waiver) { w.Finding = named.Fingerprint }), true, ""},
		{"by check and subject", but(func(w *verdict.Waiver) { w.Finding, w.Check, w.Subject = "", f.Check, f.Subject }), true, ""},
		{"by check alone", but(func(w *verdict.Waiver) { w.Finding, w.Check = "", f.Check }), false, "nothing to waive"},
		{"another id", but(func(w *verdict.Waiver) { w.Finding = "swap-000000" }), false, "nothing to waive"},
		{"unsigned", but(func(w *verdict.Waiver) { w.By = "" }), false, "nobody signed it"},
		{"without a reason", but(func(w *verdict.Waiver) { w.Reason = "" }), false, "no reason"},
		{"for ever", but(func(w *verdict.Waiver) { w.Until = time.Time{} }), false, "never expires"},
		{"expired", but(func(w *verdict.Waiver) { w.Until = now() }), false, "expired on 2026-06-01"},
		{"not begun", but(func(w *verdict.Waiver) { w.At = now().AddDate(0, 0, 1) }), false, "starts on 2026-06-02"},
		{"of nothing", but(func(w *verdict.Waiver) { w.Finding = "" }), false, "names no finding"},
		{"as unproven", but(func(w *verdict.Waiver) { w.Outcome = "" }), false, "outcome: fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := fold(tt.waiver)
			if got := r.Findings[0].Waiver != nil; got != tt.counts {
				t.Errorf("waived = %v, want %v", got, tt.counts)
			}
			if got := r.Verdict == verdict.Ready; got != tt.counts {
				t.Errorf("verdict %s with a waiver that counts: %v", r.Verdict, tt.counts)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, tt.note) || (tt.note == "") != (notes == "") {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}

func TestFinding(t *testing.T) {
	t.Parallel()
	owner, stranger := evidence.RefOf([]byte("owner")), evidence.RefOf([]byte("stranger"))
	f := say("authz/swap", check.Fail, "GET /api/invoices/{id}")
	f.Who, f.Route = "bob (globex member)", "GET /api/invoices/{id}"
	f.Exhibits = append(check.Show("owner", owner), append(check.Show("stranger", stranger), check.Show("control", owner)...)...)
	r := verdict.Fold(verdict.Input{
		Checks: checks()[:1], Findings: []check.Finding{f}, Only: []string{"authz"}, Now: now(),
		Curl: func(ref evidence.Ref) string { return "curl " + ref.Short() },
	})
	got := r.Findings[0]
	if !strings.HasPrefix(got.ID, "swap-") || len(got.ID) != len("swap-")+6 || !strings.HasPrefix(got.Fingerprint, got.ID[5:]) {
		t.Errorf("id %q of fingerprint %q", got.ID, got.Fingerprint)
	}
	want := verdict.Finding{
		ID: got.ID, Fingerprint: got.Fingerprint, Check: "authz/swap", Row: "authz", Title: "Every customer sees only their own",
		Severity: check.Blocker, Outcome: check.Fail, Subject: f.Subject, Route: f.Route, Message: f.Message, Who: f.Who,
		Evidence: []evidence.Ref{owner, stranger}, Exhibits: f.Exhibits,
		Replay: []string{"curl " + owner.Short(), "curl " + stranger.Short(), "curl " + owner.Short()},
		Fix:    "Scope the query.\n\n```sql\n## not a heading\n```",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("finding (-want +got):\n%s", diff)
	}
	if found, ok := r.Finding(got.Fingerprint); !ok || found.ID != got.ID {
		t.Errorf("Finding by fingerprint = %v, %v", found.ID, ok)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	of := func(who, subject string) string {
		f := say("authz/swap", check.Fail, subject)
		f.Who = who
		return verdict.Fold(verdict.Input{Findings: []check.Finding{f}, Now: now()}).Findings[0].Fingerprint
	}
	base := of("bob (globex member)", "a")
	tests := []struct {
		name, who, subject string
		same               bool
	}{
		{"another member of that tenant", "zoe (globex member)", "a", true},
		{"another role", "zoe (globex admin)", "a", false},
		{"nobody", evidence.Anonymous, "a", false},
		{"another subject", "bob (globex member)", "b", false},
	}
	for _, tt := range tests {
		if got := of(tt.who, tt.subject); (got == base) != tt.same {
			t.Errorf("%s: fingerprint %s against %s, want same %v", tt.name, got, base, tt.same)
		}
	}
}

func TestTwinsAreNamedApart(t *testing.T) {
	t.Parallel()
	var said []check.Finding
	for i := range 5 {
		f := say("authz/swap", check.Fail, "a")
		f.Message = fmt.Sprint(i)
		said = append(said, f)
	}
	seen := map[string]bool{}
	for _, f := range verdict.Fold(verdict.Input{Findings: said, Now: now()}).Findings {
		seen[f.ID] = true
	}
	if len(seen) != len(said) {
		t.Errorf("%d ids for %d findings", len(seen), len(said))
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	said := []check.Finding{
		say("authz/swap", check.OK, "a"),
		say("authz/swap", check.NotApplicable, "a"),
		say("authz/hint", check.Fail, "a"),
		say("authz/list", check.Unproven, "z"),
		say("authz/list", check.Fail, "a"),
		say("authz/swap", check.Fail, "z"),
		say("authz/swap", check.Fail, "c"),
		say("authn/new", check.Fail, "z"),
	}
	r := verdict.Fold(verdict.Input{
		Checks: checks(), Findings: said, Now: now(),
		Waivers: []verdict.Waiver{accept(verdict.Waiver{Check: "authz/swap", Subject: "c", Outcome: check.Fail})},
	})
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprint(f.Outcome, " ", f.Check, " ", f.Subject))
	}
	want := []string{
		"fail authn/new z", "fail authz/swap z", "fail authz/list a", "fail authz/hint a", "unproven authz/list z",
		"fail authz/swap c", "not-applicable authz/swap a", "ok authz/swap a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[check.Reason]int{check.NoMarker: 1}, r.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	inv := &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /a"},
		{ID: "GET /b"},
		{ID: "GET /c"},
		{ID: "GET /catalog", Shared: true},
		{ID: "GET /health", Public: "declared"},
		{ID: "GET /app.js", Kind: "static"},
	}}
	at := func(id string, o check.Outcome, route string) check.Finding {
		f := say(id, o, route)
		f.Route = route
		return f
	}
	r := verdict.Fold(verdict.Input{
		Checks: checks(), Inventory: inv, Now: now(),
		Findings: []check.Finding{
			at("authz/swap", check.OK, "GET /a"), at("authz/list", check.Unproven, "GET /a"),
			at("authz/swap", check.Fail, "GET /b"), at("authz/swap", check.Unproven, "GET /c"),
			at("cors/x", check.OK, "GET /a"), at("input/x", check.OK, "GET /a"),
		},
	})
	want := map[string]verdict.Coverage{
		"authn": {Routes: 4, Unexamined: []string{"GET /a", "GET /b", "GET /c", "GET /catalog"}},
		"authz": {Examined: 2, Routes: 3, Unexamined: []string{"GET /c"}},
		"input": {Examined: 1, Routes: 4, Unexamined: []string{"GET /b", "GET /c", "GET /catalog"}},
	}
	if diff := cmp.Diff(want, r.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestEmptyReportHasItsLists(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(verdict.Fold(verdict.Input{Now: now()}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"findings":[]`, `"coverage":{}`, `"reasons":{}`, `"verdict":"not-proven"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
}
