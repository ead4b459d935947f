// Package checktest runs checks over their cases: artifacts and evidence in,
// findings out. A case is a txtar file in the testdata folder of a check:
//
//	artifact/NAME.json   an artifact; a string "@REF" in it becomes the ref of that exchange
//	evidence/REF.json    an exchange, as evidence.Exchange in JSON
//	evidence/REF.http    an exchange, short: see Exchange
//	missing/NAME         why an artifact was not gathered: "reason why in words"
//	want                 a line per finding: "outcome[ reason] | subject | part of the message"
//
// The findings of a case are compared as a set: none may be missing, none
// too many. Test with -update to rewrite what is wanted.
package checktest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// updating reports whether the test binary was asked to rewrite its cases; it
// shares the flag with the other golden tests of a package.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// RunDir runs a check over every case in dir. It fails when there is none,
// and returns the outcomes that the cases reached.
func RunDir(t *testing.T, c check.Check, dir string) map[check.Outcome]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Errorf("check %s has no cases in %s", c.ID, dir)
	}
	reached := map[check.Outcome]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, f := range runFile(t, c, file) {
				reached[f.Outcome] = true
			}
		})
	}
	return reached
}

// RunSuite runs every check over its cases, in root/<row>/<check>/testdata,
// and holds each to the three-outcome rule: its cases must reach ok, fail and
// unproven. A check whose property can only be proven absent is no check.
func RunSuite(t *testing.T, suite []check.Check, root string) {
	t.Helper()
	for _, c := range suite {
		t.Run(c.ID, func(t *testing.T) {
			reached := RunDir(t, c, filepath.Join(root, filepath.FromSlash(c.ID), "testdata"))
			for _, o := range []check.Outcome{check.OK, check.Fail, check.Unproven} {
				if !reached[o] {
					t.Errorf("no case of %s reaches %s", c.ID, o)
				}
			}
		})
	}
}

// runFile runs one case and returns its findings.
func runFile(t *testing.T, c check.Check, file string) []check.Finding {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	src, err := load(c, ar)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	findings, err := judge(c, src)
	if err != nil {
		t.Fatalf("%s: judge %s: %v", file, c.ID, err)
	}
	for _, f := range findings {
		if err := sound(f, src); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if updating() {
		update(t, ar, findings, file)
		return findings
	}
	if problem := compare(wanted(ar), findings); problem != "" {
		t.Errorf("%s: findings differ (- wanted, + got):\n%s", file, problem)
	}
	return findings
}

// judge runs a check as the engine does: what it needs and was not gathered
// makes it unproven without calling Judge.
func judge(c check.Check, src *source) ([]check.Finding, error) {
	pass := check.NewPass(c, check.NewRun(src))
	for _, need := range c.Needs {
		if !gathered(need) {
			continue
		}
		if _, missing := src.Artifact(need.Name()); missing != nil {
			pass.Unproven(c.ID, missing.Reason, missing.Why)
			return pass.Findings(), nil
		}
	}
	if err := c.Judge(pass); err != nil {
		return nil, err
	}
	return pass.Findings(), nil
}

// maker is an artifact's handle: it makes an empty value to decode into.
type maker interface{ New() any }

// gathered reports whether a need is an artifact rather than derived from some.
func gathered(n check.Need) bool {
	_, ok := n.(maker)
	return ok
}

// sound reports findings that no report could show.
func sound(f check.Finding, src *source) error {
	switch {
	case f.Subject == "" || f.Message == "":
		return fmt.Errorf("finding %+v lacks a subject or a message", f)
	case (f.Outcome == check.Unproven) != (f.Reason != ""):
		return fmt.Errorf("finding on %s is %s with reason %q; exactly the unproven have one", f.Subject, f.Outcome, f.Reason)
	}
	for _, e := range f.Exhibits {
		if _, err := src.Exchange(e.Ref); err != nil {
			return fmt.Errorf("finding on %s shows %s: %w", f.Subject, e.Part, err)
		}
	}
	return nil
}

// source is the artifacts and the evidence of a case.
type source struct {
	artifacts map[string]any
	missing   map[string]*check.Missing
	exchanges map[evidence.Ref]*evidence.Exchange
}

// Artifact implements check.Source. What a case does not speak of was not gathered.
func (s *source) Artifact(name string) (any, *check.Missing) {
	if v, ok := s.artifacts[name]; ok {
		return v, nil
	}
	if m := s.missing[name]; m != nil {
		return nil, m
	}
	return nil, &check.Missing{Reason: check.NotExamined, Why: "the case does not hold " + name}
}

// Exchange implements check.Source.
func (s *source) Exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	if ex := s.exchanges[ref]; ex != nil {
		return ex, nil
	}
	return nil, fmt.Errorf("no exchange %s", ref)
}

// load reads the files of a case.
func load(c check.Check, ar *txtar.Archive) (*source, error) {
	src := &source{artifacts: map[string]any{}, missing: map[string]*check.Missing{}, exchanges: map[evidence.Ref]*evidence.Exchange{}}
	refs := map[string]evidence.Ref{}
	for i, f := range ar.Files {
		name, ok := strings.CutPrefix(f.Name, "evidence/")
		if !ok {
			continue
		}
		ex, err := readExchange(name, f.Data, i)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		stored, err := json.Marshal(ex)
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", f.Name, err)
		}
		ref := evidence.RefOf(stored)
		src.exchanges[ref] = ex
		refs["@"+strings.TrimSuffix(name, filepath.Ext(name))] = ref
	}
	for _, f := range ar.Files {
		switch {
		case strings.HasPrefix(f.Name, "evidence/"), f.Name == "want":
		case strings.HasPrefix(f.Name, "missing/"):
			reason, why, _ := strings.Cut(strings.TrimSpace(string(f.Data)), " ")
			src.missing[strings.TrimPrefix(f.Name, "missing/")] = &check.Missing{Reason: check.Reason(reason), Why: strings.TrimSpace(why)}
		case strings.HasPrefix(f.Name, "artifact/") && strings.HasSuffix(f.Name, ".json"):
			name := strings.TrimSuffix(strings.TrimPrefix(f.Name, "artifact/"), ".json")
			value, err := decode(c, name, f.Data, refs)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", f.Name, err)
			}
			src.artifacts[name] = value
		default:
			return nil, fmt.Errorf("file %s: want artifact/NAME.json, evidence/NAME.http or .json, missing/NAME or want", f.Name)
		}
	}
	return src, nil
}

// decode reads an artifact through its handle, strictly: a misspelt field in
// a case would otherwise test nothing.
func decode(c check.Check, name string, data []byte, refs map[string]evidence.Ref) (any, error) {
	for _, need := range slices.Concat(c.Needs, c.Wants) {
		m, ok := need.(maker)
		if !ok || need.Name() != name {
			continue
		}
		resolved, err := resolve(data, refs)
		if err != nil {
			return nil, err
		}
		value := m.New()
		d := json.NewDecoder(strings.NewReader(resolved))
		d.DisallowUnknownFields()
		if err := d.Decode(value); err != nil {
			return nil, err
		}
		return value, nil
	}
	return nil, fmt.Errorf("check %s neither needs nor wants it", c.ID)
}

// resolve replaces every string "@NAME" that names an exchange by its ref.
func resolve(data []byte, refs map[string]evidence.Ref) (string, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var unknown []string
	v = replace(v, func(s string) string {
		if ref, ok := refs[s]; ok {
			return string(ref)
		}
		if strings.HasPrefix(s, "@") {
			unknown = append(unknown, s)
		}
		return s
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("no evidence for %s", strings.Join(unknown, ", "))
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}

func replace(v any, f func(string) string) any {
	switch x := v.(type) {
	case string:
		return f(x)
	case []any:
		for i := range x {
			x[i] = replace(x[i], f)
		}
	case map[string]any:
		for k := range x {
			x[k] = replace(x[k], f)
		}
	}
	return v
}

// update rewrites the want file of a case.
func update(t *testing.T, ar *txtar.Archive, findings []check.Finding, file string) {
	t.Helper()
	text := []byte(strings.Join(lines(findings), "\n") + "\n")
	i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		ar.Files = append(ar.Files, txtar.File{Name: "want"})
		i = len(ar.Files) - 1
	}
	if string(ar.Files[i].Data) == string(text) || compare(wanted(ar), findings) == "" {
		return
	}
	ar.Files[i].Data = text
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}
