package routes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/lab"
)

// gist is what the tests look at of a route.
type gist struct {
	Kind, Noun string
	Sources    []string
	Param      string // noun of the last parameter
}

func TestRoutesOfTheLab(t *testing.T) {
	t.Parallel()
	w, err := lab.Start(t.Context(), lab.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	run := gathertest.Start(t, string(w.PortalYAML("look", "sign-in")))
	inv := run.Gather(t, Gatherer()).(*artifact.Inventory)

	want := map[string]gist{
		"GET /api/invoices":                         {"list", "invoice", []string{"openapi"}, ""},
		"GET /api/invoices/{id}":                    {"detail", "invoice", []string{"openapi"}, "invoice"},
		"GET /api/tenants/{tenantId}/invoices/{id}": {"detail", "invoice", []string{"openapi"}, "invoice"},
		"GET /api/projects/{id}/tickets":            {"list", "ticket", []string{"openapi"}, "project"},
		"GET /api/clients/{id}/export.csv":          {"export", "client", []string{"openapi"}, "client"},
		"GET /api/documents/{id}/download":          {"export", "document", []string{"openapi"}, "document"},
		"GET /api/me":                               {"read", "me", []string{"openapi", "crawl"}, ""},
		"GET /clients/{id}":                         {"detail", "client", []string{"crawl"}, "client"},
		"GET /projects/{id}":                        {"detail", "project", []string{"crawl"}, "project"}, // slugs
		"GET /clients":                              {"page", "client", []string{"crawl"}, ""},
		"POST /api/clients":                         {"create", "client", []string{"openapi"}, ""},
		"PATCH /api/clients/{id}":                   {"update", "client", []string{"openapi"}, "client"},
		"DELETE /api/clients/{id}":                  {"delete", "client", []string{"openapi"}, "client"},
		"POST /login":                               {"login", "login", []string{"login", "crawl"}, ""},
		"POST /logout":                              {"logout", "logout", []string{"login", "crawl"}, ""},
		"POST /graphql":                             {"graphql", "graphql", []string{"openapi", "graphql"}, ""},
		"GET /api/events":                           {"sse", "event", []string{"openapi"}, ""},
		"GET /api/ws":                               {"websocket", "ws", []string{"openapi"}, ""},
		"POST /tickets/{id}/comments":               {"create", "comment", []string{"crawl"}, "ticket"},
		"GET /api/tenants/{tenantId}":               {"detail", "tenant", []string{"openapi"}, "tenant"},
	}
	got := map[string]gist{}
	for _, r := range inv.Routes {
		if _, asked := want[r.ID]; !asked {
			continue
		}
		g := gist{Kind: r.Kind, Noun: r.Noun, Sources: r.Sources}
		if names := r.PathParams(); len(names) > 0 {
			last := names[len(names)-1]
			i := slices.IndexFunc(r.Params, func(p artifact.Param) bool { return p.Name == last })
			g.Param = r.Params[i].Noun
		}
		got[r.ID] = g
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	for _, r := range inv.Routes {
		if r.HeldBack != "" || strings.Contains(r.ID, "%") {
			t.Errorf("%s: held back %q", r.ID, r.HeldBack)
		}
	}
	if r := inv.By("GET /api/audit"); r == nil || !slices.Equal(r.Roles, []string{"owner", "admin", "operations"}) || r.RolesFrom != "routes.allow" {
		t.Errorf("GET /api/audit: %+v", r)
	}
	if r := inv.By("GET /api/catalog/{id}"); r == nil || !r.Shared {
		t.Errorf("GET /api/catalog/{id} is not shared: %+v", r)
	}
	if r := inv.By("GET /api/announcements"); r == nil || !r.OptionalAuth || r.Public == "" {
		t.Errorf("GET /api/announcements: %+v", r)
	}
	if r := inv.By("POST /api/me/password"); r == nil || r.Never {
		t.Errorf("POST /api/me/password: %+v", r)
	}
	if n := run.Sent("routes"); n > 400 {
		t.Errorf("%d requests, want at most 400", n)
	}
}
