package portal_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/portal"
)

// start is the least a portal.yaml holds; cases append to it from line 5 on.
const start = "version: 1\ntargets:\n  local:\n    url: http://127.0.0.1:8080\n"

// environment gives every variable a value that names it.
func environment(name string) (string, bool) { return "value-of-" + name, true }

func parse(t *testing.T, text string) *portal.Portal {
	t.Helper()
	p, err := portal.Parse("portal.yaml", []byte(text), environment)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return p
}

func TestWholeExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/whole/portal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := portal.Parse("testdata/whole/portal.yaml", data, environment)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	held := map[string]portal.Secret(nil)
	mirrors := true
	want := &portal.Portal{
		Version: 1,
		Name:    "Northwind client portal",
		Targets: []*portal.Target{
			{
				Name: "staging", URL: "https://staging.portal.example.com", Also: []string{"https://api.staging.example.com"},
				Allow: []portal.Effect{portal.Look, portal.SignIn, portal.Write, portal.Burst, portal.LoadRun, portal.Mail},
				Rate:  10, InFlight: 4,
				Headers: []portal.Header{{Name: "Authorization", Value: portal.NewSecret("Basic value-of-STAGING_GATE")}},
				CA:      "testdata/whole/ops/staging-ca.pem",
				Resolve: map[string]string{"staging.portal.example.com": "127.0.0.1:8443"},
			},
			{Name: "production", URL: "https://portal.example.com", Allow: []portal.Effect{portal.Look}, Rate: 10, InFlight: 4},
		},
		Logins: map[string]*portal.Recipe{"": {
			Steps: []portal.Step{
				{
					Request: portal.Call{Method: "GET", Path: "/login"}, Line: 21,
					Capture: []portal.Pair{{Name: "csrf", Value: "input[name=csrf_token]"}},
				},
				{
					Request: portal.Call{Method: "POST", Path: "/login"}, Line: 24,
					Form:   []portal.Pair{{Name: "email", Value: "${user}"}, {Name: "password", Value: "${password}"}, {Name: "csrf_token", Value: "${csrf}"}},
					OK:     &portal.Match{Status: []int{302, 303}, LocationNot: "/login"},
					Failed: &portal.Match{Body: "Incorrect password"},
				},
			},
			Send:   portal.Send{Kind: "cookie"},
			Also:   []portal.AlsoSend{{For: "/api/", Send: portal.Send{Kind: "header", Name: "X-API-Key", Value: "${api_key}"}}},
			Alive:  &portal.Alive{Request: portal.Call{Method: "GET", Path: "/account"}, Contains: "${user}"},
			CSRF:   portal.CSRF{Kind: "header", Name: "X-CSRF-Token", From: "meta[name=csrf-token]"},
			Logout: &portal.Call{Method: "POST", Path: "/logout"},
		}},
		Identities: []*portal.Identity{
			{Name: "alice", Tenant: "acme", Role: "admin", User: "alice@acme.test", Password: portal.NewSecret("value-of-ALICE_PASSWORD"), Extra: held, Line: 44},
			{Name: "amir", Tenant: "acme", Role: "member", User: "amir@acme.test", Password: portal.NewSecret("value-of-AMIR_PASSWORD"), Extra: held, Line: 49},
			{Name: "bob", Tenant: "globex", Role: "admin", User: "bob@globex.test", Token: portal.NewSecret("value-of-BOB_TOKEN"), Extra: held, Line: 50},
			{Name: "zoe", Tenant: "globex", Role: "member", User: "zoe@globex.test", Password: portal.NewSecret("value-of-ZOE_PASSWORD"), Extra: held, Disposable: true, Line: 51},
		},
		Denied: portal.Denied{
			Status: []int{401, 403, 404}, Redirect: "^/login", Body: "(Access denied|You are not logged in)",
			JSON: map[string][]any{"/error/code": {float64(-32602)}}, Empty: []string{"/items"},
		},
		Routes: portal.Routes{
			OpenAPI: []string{"api/openapi.yaml"}, HAR: []string{"captures/*.har"}, Code: []string{"."}, Bundle: []string{"web/dist"}, Crawl: true,
			Public: []portal.Pattern{{Method: "GET", Path: "/health"}, {Method: "POST", Path: "/login"}},
			Shared: []portal.Pattern{{Method: "GET", Path: "/api/catalog/*"}},
			Never:  []portal.Pattern{{Method: "DELETE", Path: "/api/me"}, {Method: "GET", Path: "/createdb"}},
			Allow:  []portal.RoleRule{{Pattern: portal.Pattern{Method: "GET", Path: "/admin/*"}, Roles: []string{"admin"}}},
		},
		Resources: []*portal.Resource{{
			Name: "issues", IDs: []string{"1", "2"}, Line: 71,
			List:   &portal.Call{Method: "GET", Path: "/issues.json"},
			Detail: &portal.Call{Method: "GET", Path: "/issues/${id}.json"},
			Export: &portal.Call{Method: "GET", Path: "/projects/${tenant}/issues.csv"},
			Update: &portal.WriteCall{
				Request: portal.Call{Method: "PUT", Path: "/issues/${id}.json"},
				JSON:    map[string]any{"issue": map[string]any{"subject": "${text}"}},
				Verify:  &portal.IDsAt{Request: portal.Call{Method: "GET", Path: "/issues/${id}.json"}, Pointer: "/issue/subject"},
			},
			Marker: "${tenant} confidential",
		}},
		Source: portal.Source{Repo: ".", Frontend: "web/dist", Deploy: []string{"docker-compose.yml", ".github/workflows", "k8s"}},
		Logs:   []portal.LogSource{{File: "var/log/portal/*.log"}, {Command: "docker logs -f portal"}},
		Domain: portal.Domain{
			Name: "example.com", Hosts: []string{"portal.example.com", "www.example.com"},
			Mail: portal.MailPolicy{From: []string{"portal.example.com"}, Selectors: []string{"mail1"}, Samples: []string{"mail/*.eml"}},
			CDN:  "cloudflare", Origins: []string{"203.0.113.7"},
		},
		Policy: portal.Policy{
			Origins: []string{"https://app.example.com"},
			Latency: portal.Latency{
				P95: 500 * time.Millisecond, Rate: 5, For: 30 * time.Second,
				Actions: []portal.Call{{Method: "GET", Path: "/api/clients"}, {Method: "POST", Path: "/api/notes"}},
			},
			Limits:  map[string]int{"login": 10, "reset": 5, "invite": 10, "export": 10},
			Session: portal.SessionPolicy{MaxAge: 24 * time.Hour, Idle: 30 * time.Minute},
		},
		Monitors: map[string]any{},
		Ops: portal.Ops{
			StagingMirrorsProduction: &mirrors,
			Rollback:                 map[string]string{"command": "./deploy rollback", "version": "GET /version", "rehearsals": "ops/rehearsals.yaml"},
			Handover:                 "ops/handover.md",
			Owners:                   map[string]string{"launch": "…", "on-call": "…"},
			Deadline:                 map[string]string{"date": "2026-12-01", "reason": "onboarding"},
		},
		Waivers: "waivers.yaml",
		File:    "testdata/whole/portal.yaml",
		Dir:     "testdata/whole",
		Held:    map[string]portal.Secret{},
		Warnings: []portal.Problem{{
			Line: 37, Column: 13, Path: "login.also[0].send",
			Message: "login.also[0].send: no identity has api_key, so it is never sent", Hint: "give it to one: vars: {api_key: …}",
		}},
	}
	for _, name := range []string{"Basic value-of-STAGING_GATE", "value-of-STAGING_GATE", "value-of-ALICE_PASSWORD", "value-of-AMIR_PASSWORD", "value-of-BOB_TOKEN", "value-of-ZOE_PASSWORD"} {
		want.Secret = append(want.Secret, portal.NewSecret(name))
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("the architecture's example (-want +got):\n%s", diff)
	}
}
