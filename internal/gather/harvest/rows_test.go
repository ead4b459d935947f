package harvest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, template, noun, object string
		want                         artifact.Values
	}{
		{"by name and login", "/repos/{owner}/{repo}", "repo", `{"id":1,"name":"dossier","owner":{"id":2,"login":"ada"}}`, artifact.Values{"owner": "ada", "repo": "dossier"}},
		{"by slug and plain value", "/teams/{team}/boards/{board}", "board", `{"slug":"plan-9","name":"Plan 9","team":"red"}`, artifact.Values{"team": "red", "board": "plan-9"}},
		{"no owner", "/repos/{owner}/{repo}", "repo", `{"id":1,"name":"dossier"}`, nil},
		{"no segment", "/repos/{owner}/{repo}", "repo", `{"name":"my dossier","owner":{"login":"ada"}}`, nil},
		{"of another kind", "/repos/{owner}/{repo}", "issue", `{"name":"dossier","owner":{"login":"ada"}}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := json.NewDecoder(strings.NewReader(tt.object))
			d.UseNumber()
			var o map[string]any
			if err := d.Decode(&o); err != nil {
				t.Fatal(err)
			}
			got, _ := named(route(tt.template, "detail"), o, tt.noun)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("binding (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForeignLinks(t *testing.T) {
	t.Parallel()
	x := indexPaths([]*artifact.Route{route("/api/repos/{owner}/{repo}", "detail"), route("/{page}", "page")})
	for ref, want := range map[string]artifact.Values{
		"https://portal.example/api/repos/ada/dossier": {"owner": "ada", "repo": "dossier"}, // its own first name
		"https://elsewhere.example/about":              nil,
		"/about":                                       {"page": "about"},
	} {
		_, got := x.find(ref, "http://127.0.0.1:8080", "/api/repos")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
	}
}
