package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree lays empty files in a fresh folder and returns it.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range append(files, "checks/doc.go") {
		path := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		files   []string
		want    []folder
		wantErr string
	}{
		{name: "no check yet"},
		{
			name:  "rows in the scorecard's order",
			files: []string{"checks/edge/redirects/check.go", "checks/cors/origins/check.go", "checks/authz/tenantswap/check.go"},
			want:  []folder{{"authz", "tenantswap"}, {"cors", "origins"}, {"edge", "redirects"}},
		},
		{
			name:  "named checks before the others",
			files: []string{"checks/authn/aardvark/check.go", "checks/authn/badtoken/check.go", "checks/authn/anonymous/check.go", "checks/authn/zebra/check.go"},
			want:  []folder{{"authn", "anonymous"}, {"authn", "badtoken"}, {"authn", "aardvark"}, {"authn", "zebra"}},
		},
		{
			name:  "a folder without check.go is none yet",
			files: []string{"checks/authn/anonymous/doc.md"},
		},
		{
			name:    "an unknown row",
			files:   []string{"checks/speed/p95/check.go"},
			wantErr: `"speed" is no row of the scorecard`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := find(filepath.Join(tree(t, tt.files...), "checks"))
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("find error = %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(folder{})); diff != "" {
				t.Errorf("find (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		folders []folder
		want    []string
	}{
		{
			name: "none",
			want: []string{`import (`, `"github.com/launchready/launchready/check"`, `)`, `return []check.Check{}`},
		},
		{
			name:    "report order in the list, path order in the imports",
			folders: []folder{{"session", "csrf"}, {"cors", "origins"}},
			want:    []string{`checks/cors/origins"`, `checks/session/csrf"`, "csrf.Check,", "origins.Check,"},
		},
		{
			name:    "one name in two rows",
			folders: []folder{{"session", "login"}, {"ratelimit", "login"}},
			want: []string{
				`ratelimitlogin "github.com/launchready/launchready/checks/ratelimit/login"`,
				`sessionlogin "github.com/launchready/launchready/checks/session/login"`,
				"sessionlogin.Check,", "ratelimitlogin.Check,",
			},
		},
		{
			name:    "a check named as the package check",
			folders: []folder{{"deploy", "check"}},
			want:    []string{`deploycheck "github.com/launchready/launchready/checks/deploy/check"`, "deploycheck.Check,"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := render(tt.folders)
			if err != nil {
				t.Fatal(err)
			}
			rest := string(got)
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("render lacks %q (in this order) in:\n%s", want, got)
				}
				rest = after
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	root := tree(t, "checks/authn/anonymous/check.go")
	if err := run(root, true); !errors.Is(err, errStale) {
		t.Fatalf("check before the first write = %v, want %v", err, errStale)
	}
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	if err := run(root, true); err != nil {
		t.Errorf("check right after the write = %v, want none", err)
	}
	added := filepath.Join(root, "checks/authz/tenantswap")
	if err := os.MkdirAll(added, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(added, "check.go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(root, true); !errors.Is(err, errStale) {
		t.Errorf("check after a new folder = %v, want %v", err, errStale)
	}
}
