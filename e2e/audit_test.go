package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
)

// look is what an audit may do to a target unless its owner grants more.
const look = "look, sign-in"

// result is what these tests read of the result document, report.json version 1.
type result struct {
	Version  int
	Verdict  string
	Rows     []row
	Findings []finding
}

type row struct {
	ID, State                      string
	Subjects, OK, Failed, Unproven int
}

type finding struct {
	Check, Severity, Outcome, Subject, Message string
	Who                                        json.RawMessage
	Evidence                                   []json.RawMessage
}

// exits pairs each verdict with the exit code it must come with.
func exits() map[string]int {
	return map[string]int{"ready": 0, "not-ready": 1, "not-proven": 2}
}

// buildLaunchready builds the binary from the tree around this module.
func buildLaunchready(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "launchready")
	output(t, "..", "go", "build", "-o", binary, "./cmd/launchready")
	return binary
}

// audit describes a portal with a template of testdata and audits its authn and authz rows.
func audit(t *testing.T, binary, description, url, allow string) result {
	t.Helper()
	dir := t.TempDir()
	tmpl, err := template.ParseFiles(filepath.Join("testdata", description))
	if err != nil {
		t.Fatalf("read the description: %v", err)
	}
	var portal bytes.Buffer
	if err := tmpl.Execute(&portal, struct{ URL, Allow string }{url, allow}); err != nil {
		t.Fatalf("fill in %s: %v", description, err)
	}
	if n := bytes.Count(portal.Bytes(), []byte("\n")); n >= 40 {
		t.Errorf("%s has %d lines, want fewer than 40", description, n)
	}
	write(t, filepath.Join(dir, "portal.yaml"), portal.String())

	cmd := exec.CommandContext(t.Context(), binary, "audit", "-c", "portal.yaml",
		"--only", "authn,authz", "--format", "json", "--output", "report.json")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PORTAL_PASSWORD="+password)
	printed, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run launchready: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatalf("launchready exited %d without a report: %v\n%s", cmd.ProcessState.ExitCode(), err, printed)
	}
	var res result
	if err := json.Unmarshal(raw, &res); err != nil {
		t.Fatalf("read report.json: %v\n%s", err, raw)
	}
	if res.Version != 1 {
		t.Errorf("report.json has version %d, want 1", res.Version)
	}
	if want, known := exits()[res.Verdict]; !known || cmd.ProcessState.ExitCode() != want {
		t.Errorf("verdict %q came with exit code %d, want one of %v\n%s", res.Verdict, cmd.ProcessState.ExitCode(), exits(), printed)
	}
	write(t, filepath.Join(dir, "printed"), string(printed))
	wantNoPassword(t, dir)
	return res
}

// wantNoPassword fails the test if any file that a run left, or what it printed, holds the test accounts' password.
func wantNoPassword(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(password)) {
			t.Errorf("%s holds the password of the test accounts", path)
		}
		return err
	})
	if err != nil {
		t.Errorf("read what the run left: %v", err)
	}
}

// find returns the findings that keep says yes to.
func (r result) find(keep func(finding) bool) []finding {
	var kept []finding
	for _, f := range r.Findings {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// blockers returns the findings that stop a launch.
func (r result) blockers() []finding {
	return r.find(func(f finding) bool { return f.Severity == "blocker" && f.Outcome == "fail" })
}

// about returns what a check says, with one outcome, about subjects that name part.
func (r result) about(check, outcome, part string) []finding {
	return r.find(func(f finding) bool {
		return f.Check == check && f.Outcome == outcome && strings.Contains(f.Subject, part)
	})
}

// wantKept fails the test unless the portal has no blocker and tenantswap is proven ok for every part.
func (r result) wantKept(t *testing.T, parts ...string) {
	t.Helper()
	for _, f := range r.blockers() {
		t.Errorf("false blocker %s on %q: %s (who: %s)", f.Check, f.Subject, f.Message, f.Who)
	}
	if r.Verdict == "not-ready" {
		t.Error("a well-kept portal is judged not-ready")
	}
	for _, part := range parts {
		r.wantOK(t, "authz/tenantswap", part)
	}
	for _, id := range []string{"authn", "authz"} {
		i := slices.IndexFunc(r.Rows, func(row row) bool { return row.ID == id })
		if i < 0 || r.Rows[i].OK == 0 {
			t.Errorf("row %s has no subject that is ok; rows: %+v", id, r.Rows)
		}
	}
}

// wantOK fails the test unless a check examined part and found it right.
func (r result) wantOK(t *testing.T, check, part string) {
	t.Helper()
	if len(r.about(check, "ok", part)) == 0 {
		t.Errorf("%s is not proven ok for %s; it says %+v", check, part, r.about(check, "unproven", part))
	}
}

// wantHole fails the test unless the check finds a hole in every part, with evidence, and nothing else is
// called a blocker.
func (r result) wantHole(t *testing.T, check string, parts ...string) {
	t.Helper()
	if r.Verdict != "not-ready" {
		t.Errorf("with the hole open the verdict is %q, want not-ready", r.Verdict)
	}
	for _, part := range parts {
		holes := r.about(check, "fail", part)
		if len(holes) == 0 {
			t.Errorf("%s has no failure that names %s", check, part)
		}
		for _, f := range holes {
			if len(f.Evidence) == 0 || len(f.Who) == 0 {
				t.Errorf("the finding on %q does not say who saw it or has no evidence: %+v", f.Subject, f)
			}
		}
	}
	for _, f := range r.blockers() {
		if !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(f.Subject, part) }) {
			t.Errorf("false blocker %s on %q: %s (who: %s)", f.Check, f.Subject, f.Message, f.Who)
		}
	}
}

func TestPocketBaseAudit(t *testing.T) {
	t.Parallel()
	binary := buildLaunchready(t)
	pb := startPocketBase(t)
	run := func(t *testing.T, allow string) result {
		t.Helper()
		return audit(t, binary, "pocketbase-portal.yaml", pb.url, allow)
	}
	kept := make([]string, 0, len(tenantCollections()))
	for _, c := range tenantCollections() {
		kept = append(kept, "/collections/"+c+"/")
	}
	const invoices, notes = "/collections/invoices/", "/collections/notes/"

	// The steps share one portal, in this order.
	t.Run("kept", func(t *testing.T) { run(t, look).wantKept(t, kept...) })
	t.Run("hole", func(t *testing.T) {
		pb.setRule(t, "invoices", "viewRule", openRule)
		run(t, look).wantHole(t, "authz/tenantswap", invoices)
	})
	t.Run("closed", func(t *testing.T) {
		pb.setRule(t, "invoices", "viewRule", tenantRule)
		run(t, look).wantKept(t, kept...)
	})
	before := pb.snapshot(t)
	t.Run("kept from writes", func(t *testing.T) {
		res := run(t, look+", write")
		res.wantKept(t, kept...)
		res.wantOK(t, "authz/tenantwrite", notes)
	})
	t.Run("write hole", func(t *testing.T) {
		pb.setRule(t, "notes", "updateRule", openRule)
		run(t, look+", write").wantHole(t, "authz/tenantwrite", notes)
	})
	if diff := cmp.Diff(before, pb.snapshot(t)); diff != "" {
		t.Errorf("the audits changed or left records (-before +after):\n%s", diff)
	}
}

func TestRadicaleAudit(t *testing.T) {
	t.Parallel()
	binary := buildLaunchready(t)
	r := startRadicale(t)
	run := func(t *testing.T) result {
		t.Helper()
		return audit(t, binary, "radicale-portal.yaml", r.url, look)
	}

	// The steps share one portal, in this order.
	t.Run("kept", func(t *testing.T) { run(t).wantKept(t, "/contacts/", "/calendar/") })
	t.Run("hole", func(t *testing.T) {
		r.restart(t, everyoneReads)
		run(t).wantHole(t, "authz/tenantswap", "/contacts/", "/calendar/")
	})
	t.Run("closed", func(t *testing.T) {
		r.restart(t, ownerOnly)
		run(t).wantKept(t, "/contacts/", "/calendar/")
	})
}
