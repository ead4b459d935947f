package harvest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

func route(template, kind string) *artifact.Route {
	r := &artifact.Route{ID: "GET " + template, Method: "GET", Template: template, Kind: kind}
	for _, p := range r.PathParams() {
		r.Params = append(r.Params, artifact.Param{Name: p, In: "path"})
	}
	return r
}

func TestStems(t *testing.T) {
	t.Parallel()
	s := stems{}
	repo := route("/repos/{owner}/{repo}", "detail")
	s.keep(repo, artifact.Values{"owner": "ada", "repo": "dossier"})
	s.keep(repo, artifact.Values{"owner": "ada", "repo": "dossier"})
	s.keep(repo, artifact.Values{"owner": "ada", "repo": "payroll"})
	s.keep(route("/repos/{owner}/{repo}/file-{name}.txt", "detail"), artifact.Values{"owner": "ada", "repo": "keys", "name": "a"})
	both := []artifact.Values{{"u": "ada", "r": "dossier"}, {"u": "ada", "r": "payroll"}, {"u": "ada", "r": "keys"}}
	for _, tt := range []struct {
		template string
		want     []artifact.Values
		open     []string
	}{
		{"/repos/{u}/{r}/issues", both, nil},
		{"/repos/{u}/{r}/issues/{index}", both, []string{"index"}},
		{"/repos/{u}/search", []artifact.Values{{"u": "ada"}}, nil},
		{"/users/{u}/{r}", nil, nil},
		{"/repos", nil, nil},
	} {
		got, open := s.of(route(tt.template, ""))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: bindings (-want +got):\n%s", tt.template, diff)
		}
		if !slices.Equal(open, tt.open) {
			t.Errorf("%s leaves open %v, want %v", tt.template, open, tt.open)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	h := &harvester{routes: []*artifact.Route{
		route("/me", "read"), route("/repos/{o}/{r}/issues/{n}/comments", "list"), route("/repos/{o}/{r}", "detail"), route("/repos/{o}/{r}/issues/{n}", "detail"),
		route("/repos/{o}/{r}/issues", "list"), route("/users/{id}", "detail"), route("/repos/{o}/{r}/subscription", "read"),
	}}
	var got []string
	for _, group := range h.groups() {
		for _, r := range group {
			got = append(got, r.Template)
		}
	}
	want := []string{
		"/repos/{o}/{r}", "/repos/{o}/{r}/issues", "/repos/{o}/{r}/issues/{n}", "/repos/{o}/{r}/issues/{n}/comments", "/users/{id}", "/repos/{o}/{r}/subscription",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
