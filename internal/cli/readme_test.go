package cli

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestReadme types what the README's console block types, one command after
// another, and compares what it shows. Times, ports, ids of runs, counts of
// what was tried and versions differ from run to run; "…" stands for anything.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```console\n")
	block, _, closed := strings.Cut(rest, "```\n")
	if !closed {
		t.Fatal("README.md has no console block")
	}
	launchready, err := exec.LookPath("launchready")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, typed := range strings.Split("\n"+block, "\n$ ")[1:] {
		line, want, _ := strings.Cut(typed, "\n")
		args, ours := strings.CutPrefix(line, "go run ./cmd/launchready ")
		if !ours {
			t.Fatalf("the README types %q: only launchready is tried here", line)
		}
		var out, trouble bytes.Buffer
		c := exec.CommandContext(t.Context(), launchready, strings.Fields(args)...)
		c.Dir, c.Stdout, c.Stderr, c.Env = dir, &out, &trouble, append(os.Environ(), "NO_COLOR=1")
		if err := c.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, &trouble)
		}
		if missing, ok := shows(out.String(), want); !ok {
			t.Errorf("%s: the README shows this line, and the command does not (or not there):\n%s\nIt shows:\n%s", line, missing, &out)
		}
	}
}

// shows reports whether got is what want says; else it returns the first line that is not there.
func shows(got, want string) (missing string, ok bool) {
	lines := strings.Split(strings.Trim(steady(got), "\n"), "\n")
	anywhere := false
	for _, w := range strings.Split(strings.Trim(steady(want), "\n"), "\n") {
		if w == "…" {
			anywhere = true
			continue
		}
		like := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(w), "…", ".*") + "$")
		at := 0
		for anywhere && at < len(lines) && !like.MatchString(lines[at]) {
			at++
		}
		if at >= len(lines) || !like.MatchString(lines[at]) {
			return w, false
		}
		lines, anywhere = lines[at+1:], false
	}
	return strings.Join(lines, "\n"), anywhere || len(lines) == 0
}

// steady replaces what differs from run to run.
func steady(s string) string {
	for _, change := range []struct{ from, to string }{
		{`127\.0\.0\.1:\d+`, "HOST"},
		{`\d+ \w{3} \d{4} \d\d:\d\d UTC`, "TIME"},
		{`\d+ requests in [\dms.]+`, "REQUESTS"},
		{`\d{8}-\d{6}(-[0-9a-f]+)*`, "RUN"},
		{`\d+ (ok|unproven)`, "N $1"},
		{`\d+ of \d+ routes`, "N of N routes"},
		{`\d+ attempts`, "N attempts"},
	} {
		s = regexp.MustCompile(change.from).ReplaceAllString(s, change.to)
	}
	return s
}
