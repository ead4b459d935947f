package cli

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/verdict"
)

// What a portal of 60 operations, with two identities in each of two tenants,
// may cost: ten minutes of a staging's patience at ten requests a second.
const (
	operations    = 60
	wholeRequests = 6000
	quickRequests = 1500
)

// TestRequests audits the lab's first 60 operations, whole and quick.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		quick bool
		most  int
	}{{"whole", false, wholeRequests}, {"quick", true, quickRequests}} {
		if !tt.quick && !*all {
			continue // the longer one belongs to the run over every flaw
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := auditSixty(t, tt.quick)
			t.Logf("%d requests", r.Requests.Sent)
			if r.Requests.Sent > tt.most {
				t.Errorf("%d requests, want at most %d", r.Requests.Sent, tt.most)
			}
			if got := failing(r); len(got) > 0 {
				t.Errorf("failing checks of a well-kept portal: %v", got)
			}
			if tt.quick && r.Verdict == verdict.Ready {
				t.Error("a quick run leaves things out, and yet it says ready")
			}
		})
	}
}

func auditSixty(t *testing.T, quick bool) *verdict.Report {
	t.Helper()
	w, err := lab.Start(t.Context(), lab.Config{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	dir := t.TempDir()
	write := func(name string, raw []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("sixty.json", sixty(t, w.URL))
	f := auditFlags{run: filepath.Join(dir, "run"), quick: quick, quiet: true}
	f.config = write("portal.yaml", fourPeople(w.PortalYAML()))
	s, err := load(f)
	if err != nil {
		t.Fatal(err)
	}
	s.target.Rate, s.target.InFlight = 2000, 8
	picked, err := selected(nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := conduct(t.Context(), s, picked, f, progressFor(os.Stderr, true))
	if err != nil {
		t.Fatal(err)
	}
	return o.report
}

// sixty is the lab's contract cut to so many operations, path by path.
func sixty(t *testing.T, url string) []byte {
	t.Helper()
	client := &http.Client{}
	answer, err := client.Get(url + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var contract map[string]any
	if err := json.Unmarshal(raw, &contract); err != nil {
		t.Fatal(err)
	}
	paths, _ := contract["paths"].(map[string]any)
	kept, n := map[string]any{}, 0
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		methods := 0
		for method := range paths[path].(map[string]any) {
			if method != "parameters" {
				methods++
			}
		}
		if n+methods <= operations {
			n += methods
			kept[path] = paths[path]
		}
	}
	if n != operations {
		t.Fatalf("the contract has %d operations, want %d", n, operations)
	}
	contract["paths"] = kept
	out, err := json.Marshal(contract)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var person = regexp.MustCompile(`(?m)^  (\w+):\n(?:    .*\n)+`)

// fourPeople leaves two identities in each tenant and the short contract.
func fourPeople(yaml []byte) []byte {
	head, rest, _ := strings.Cut(string(yaml), "identities:\n")
	people, tail, _ := strings.Cut(rest, "routes:\n")
	people = person.ReplaceAllStringFunc(people, func(block string) string {
		if name := person.FindStringSubmatch(block)[1]; !slices.Contains([]string{"alice", "dora", "gus", "zoe"}, name) {
			return ""
		}
		return block
	})
	tail = strings.Replace(tail, "- openapi: /openapi.json", "- openapi: sixty.json", 1)
	return []byte(head + "identities:\n" + people + "routes:\n" + strings.Replace(tail, "    - crawl: true\n", "", 1))
}
