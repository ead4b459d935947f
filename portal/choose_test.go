package portal_test

import (
	"strings"
	"testing"

	"github.com/launchready/launchready/portal"
)

func TestTarget(t *testing.T) {
	t.Parallel()
	several := "version: 1\ntargets:\n  production: {url: https://a}\n  staging: {url: https://b}\n  local: {url: http://localhost}\n"
	alone := "version: 1\ntargets:\n  production: {url: https://a}\n"
	for _, tt := range []struct{ name, text, ask, want, err string }{
		{"the first that is not production", several, "", "staging", ""},
		{"the only one", alone, "", "production", ""},
		{"by name", several, "production", "production", ""},
		{"misspelt", several, "stagin", "", `portal.yaml: there is no target "stagin" (did you mean "staging"?)`},
		{"unknown", alone, "elsewhere", "", `portal.yaml: there is no target "elsewhere" (targets: production)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, tt.text).Target(tt.ask)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Fatalf("got %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil || got.Name != tt.want {
				t.Fatalf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestNeedTenants(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, identities, want string }{
		{"two tenants", "a: {tenant: acme}, b: {tenant: globex}", ""},
		{"one tenant", "alice: {tenant: acme}, amir: {tenant: acme}", "portal.yaml: authz needs identities of two tenants; alice and amir are both in acme"},
		{"three of one", "a: {tenant: x}, b: {tenant: x}, c: {tenant: x}", "portal.yaml: authz needs identities of two tenants; a, b and c are all in x"},
		{"one identity", "a: {tenant: x}", "portal.yaml: authz needs identities of two tenants; there is only a of x"},
		{"no tenant", "a: {}, b: {}", "portal.yaml: authz needs identities of two tenants; no identity names its tenant"},
		{"the other is disposable", "a: {tenant: x}, b: {tenant: y, disposable: true}", "portal.yaml: authz needs identities of two tenants; there is only a of x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReplacer("{}", "{token: t}", "{tenant", "{token: t, tenant").Replace(tt.identities)
			err := parse(t, start+"identities: {"+text+"}\n").NeedTenants()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDisposable(t *testing.T) {
	t.Parallel()
	p := parse(t, start+"identities: {a: {token: x}, b: {token: x, disposable: true}}\n")
	if got := p.Disposable(); len(got) != 1 || got[0].Name != "b" {
		t.Errorf("got %v", got)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern portal.Pattern
		call    string
		want    bool
	}{
		{portal.Pattern{Method: "GET", Path: "/health"}, "GET /health", true},
		{portal.Pattern{Method: "GET", Path: "/health"}, "POST /health", false},
		{portal.Pattern{Path: "/health"}, "POST /health?x=1", true},
		{portal.Pattern{Method: "*", Path: "/a/*"}, "PUT /a/b", true},
		{portal.Pattern{Path: "/a/*"}, "GET /a/b/c", true},
		{portal.Pattern{Path: "/a/*"}, "GET /a", false},
		{portal.Pattern{Path: "/a/*/c"}, "GET /a/b/c", true},
		{portal.Pattern{Path: "/a/{id}"}, "GET /a/b", true},
		{portal.Pattern{Path: "/a/{id}"}, "GET /a/b/c", false},
	} {
		method, path, _ := strings.Cut(tt.call, " ")
		if got := tt.pattern.Match(method, path); got != tt.want {
			t.Errorf("%s matches %s: got %t, want %t", tt.pattern, tt.call, got, tt.want)
		}
	}
}
