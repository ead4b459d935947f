package lab

import (
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"

	"github.com/launchready/launchready/portal"
)

func TestContract(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	document, err := libopenapi.NewDocument([]byte(stranger(t, w).get("/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	operations, gated := 0, 0
	for path := range model.Model.Paths.PathItems.FromOldest() {
		item := model.Model.Paths.PathItems.GetOrZero(path)
		for _, op := range item.GetOperations().FromOldest() {
			operations++
			if op.Extensions.GetOrZero("x-roles") != nil {
				gated++
			}
		}
	}
	if operations < 55 || gated < 20 {
		t.Errorf("%d operations, %d of them with x-roles", operations, gated)
	}
}

func TestGraph(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	alice, bob := signIn(t, w, "alice@acme"), signIn(t, w, "bob@globex")
	id := alice.first("/api/clients")
	for _, tc := range []struct {
		name, query, want string
		who               *visitor
	}{
		{"introspection", `{__schema{queryType{name}types{name fields{name type{kind name ofType{name}}}}}}`, `"name":"Invoice"`, alice},
		{"own node", `{node(id:\"` + id + `\"){__typename id label ... on Client{notes}}}`, clientSecret, alice},
		{"foreign node", `{node(id:\"` + id + `\"){id label}}`, `"node":null`, bob},
		{"list with a reference", `{invoices{title client{name}}}`, "Harbour Light Ferries", alice},
		{"alias", `{a:me{email} b:me{role}}`, `"role":"admin"`, alice},
		{"mutation", `mutation{createTicket(subject:\"by graph\"){id subject}}`, "by graph", alice},
		{"unknown field", `{nothing}`, "errors", alice},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.who.do("POST", "/graphql", `{"query":"`+tc.query+`"}`); !strings.Contains(got.body, tc.want) {
				t.Errorf("got %d %s, want %s in it", got.status, got.body, tc.want)
			}
		})
	}
	if got := alice.get("/graphql?query=mutation{deleteTicket(id:1)}"); got.status != 400 {
		t.Errorf("a mutation by GET: got %d, want 400", got.status)
	}
}

// TestPortalYAML holds the description to the reader that audits use.
func TestPortalYAML(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	none := func(string) (string, bool) { return "", false }
	described, err := portal.Parse("portal.yaml", w.PortalYAML("look", "sign-in"), none)
	if err != nil {
		t.Fatal(err)
	}
	if got := described.Targets[0].URL; got != w.URL {
		t.Errorf("target %s, want %s", got, w.URL)
	}
	tenants, roles, tokens, disposable := map[string]bool{}, map[string]bool{}, 0, 0
	for _, id := range described.Identities {
		tenants[id.Tenant], roles[id.Role] = true, true
		if id.Disposable {
			disposable++
		}
		if id.Login == "api" {
			tokens++
		}
	}
	if len(tenants) != 2 || len(roles) < 3 || tokens != 1 || disposable != 2 {
		t.Errorf("%d tenants, %d roles, %d tokens, %d disposable", len(tenants), len(roles), tokens, disposable)
	}
}
