package portal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/portal"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	type pace struct {
		rate     float64
		inFlight int
	}
	for name, tt := range map[string]struct {
		target string
		want   pace
	}{
		"remote":               {"    url: https://portal.example.com", pace{10, 4}},
		"IPv4 loopback":        {"    url: http://127.0.0.1:8080", pace{200, 16}},
		"IPv6 loopback":        {"    url: http://[::1]:8080/", pace{200, 16}},
		"localhost":            {"    url: http://localhost", pace{200, 16}},
		"resolved to loopback": {"    url: https://p.example.com\n    resolve:\n      p.example.com: 127.0.0.1:8443", pace{200, 16}},
		"a minute's rate":      {"    url: http://localhost\n    rate: 300/m\n    in-flight: 2", pace{5, 2}},
		"a bare rate":          {"    url: http://localhost\n    rate: 0.5", pace{0.5, 16}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, "version: 1\ntargets:\n  x:\n"+tt.target+"\n")
			got := pace{p.Targets[0].Rate, p.Targets[0].InFlight}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if diff := cmp.Diff([]portal.Effect{portal.Look, portal.SignIn}, p.Targets[0].Allow); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
			if !p.Routes.Crawl {
				t.Error("crawl is off without being asked for")
			}
		})
	}
	if p := parse(t, start+"routes:\n  from:\n    - crawl: false\n"); p.Routes.Crawl {
		t.Error("crawl: false left it on")
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]portal.Send{
		"cookie":                        {Kind: "cookie"},
		"basic":                         {Kind: "basic"},
		"none":                          {Kind: "none"},
		"bearer":                        {Kind: "bearer", Value: "${token}"},
		"bearer ${token}":               {Kind: "bearer", Value: "${token}"},
		`"header X-Auth: ${token}"`:     {Kind: "header", Name: "X-Auth", Value: "${token}"},
		"\n    header X-Auth: ${token}": {Kind: "header", Name: "X-Auth", Value: "${token}"},
		`"header Cookie: a=${token}"`:   {Kind: "header", Name: "Cookie", Value: "a=${token}"},
		`"json-field auth: ${token}"`:   {Kind: "json-field", Name: "auth", Value: "${token}"},
		`"query key: ${token}"`:         {Kind: "query", Name: "key", Value: "${token}"},
	} {
		p := parse(t, start+"login:\n  send: "+text+"\n")
		if diff := cmp.Diff(want, p.Logins[""].Send); diff != "" {
			t.Errorf("send: %s (-want +got):\n%s", text, diff)
		}
	}
	p := parse(t, start+"login:\n  steps:\n    - request: POST /login\n      capture:\n        token: /token\n")
	if got := p.Logins[""].Send; got != (portal.Send{Kind: "bearer", Value: "${token}"}) {
		t.Errorf("a recipe that captures a token sends %+v", got)
	}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]portal.CSRF{
		"header X-CSRF from meta[name=csrf]":           {Kind: "header", Name: "X-CSRF", From: "meta[name=csrf]"},
		"header X-CSRF from /settings meta[name=csrf]": {Kind: "header", Name: "X-CSRF", From: "/settings meta[name=csrf]"},
		"header X-XSRF-TOKEN from cookie XSRF-TOKEN":   {Kind: "header", Name: "X-XSRF-TOKEN", From: "cookie XSRF-TOKEN"},
		"form-field _token":                            {Kind: "form-field", Name: "_token"},
		"fetch-metadata":                               {Kind: "fetch-metadata"},
		"none":                                         {Kind: "none"},
	} {
		p := parse(t, start+"login:\n  csrf: "+text+"\n")
		if diff := cmp.Diff(want, p.Logins[""].CSRF); diff != "" {
			t.Errorf("csrf: %s (-want +got):\n%s", text, diff)
		}
	}
}

func TestNamedRecipes(t *testing.T) {
	t.Parallel()
	p := parse(t, start+`login:
  web:
    steps:
      - request: POST /login
        form: {u: "${user}"}
  api:
    send: basic
identities:
  alice: {login: web, user: alice}
  bob: {login: api, user: bob, password: x}
  carl: {login: api, token: "${env:T}"}
`)
	if p.Logins["web"].Name != "web" || p.Logins["web"].Send.Kind != "cookie" || p.Logins["api"].Send.Kind != "basic" {
		t.Errorf("recipes: %+v", p.Logins)
	}
	if got := p.RecipeOf(p.Identity("alice")); got != p.Logins["web"] {
		t.Errorf("alice signs in with %+v", got)
	}
	if got := p.RecipeOf(p.Identity("carl")); got.Send != (portal.Send{Kind: "bearer", Value: "${token}"}) {
		t.Errorf("a standing token under a recipe that sends basic travels as %+v", got.Send)
	}
	one := parse(t, start+"login:\n  only:\n    send: basic\nidentities:\n  a: {user: x, password: y}\n")
	if got := one.Identity("a").Login; got != "only" {
		t.Errorf("the one recipe there is was not taken: %q", got)
	}
}

func TestStandingToken(t *testing.T) {
	t.Parallel()
	p := parse(t, start+`login:
  steps:
    - request: POST /login
      capture:
        token: /t
  send: "query key: ${token}"
  logout: POST /logout
identities:
  a: {token: x}
`)
	got := p.RecipeOf(p.Identity("a"))
	want := &portal.Recipe{Send: portal.Send{Kind: "query", Name: "key", Value: "${token}"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("recipe of a standing token (-want +got):\n%s", diff)
	}
	if p.Logins[""].Steps == nil || p.Logins[""].Logout == nil {
		t.Error("the recipe itself was changed")
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	p := parse(t, start+`login:
  steps:
    - request: POST /login
      json: {key: "${api_key}", client: "${client}", app: "${env:APP}", n: 3, big: 12345678901, pin: 0042, on: true, none: ~, list: [1.5, a]}
      headers:
        X-App: ${file:testdata/whole/ops/staging-ca.pem}
      capture:
        org: /org
identities:
  alice:
    user: a
    api_key: ${env:KEY}
    vars: {client: northwind}
resources:
  notes:
    create:
      request: POST /notes
      json: {org: "${org}", text: "${text}", of: "${name}"}
    detail:
      request: POST /rpc
      json: {method: get, id: "${id}"}
`)
	want := map[string]any{
		"key": "${api_key}", "client": "${client}", "app": "${env:APP}", "n": int64(3), "big": int64(12345678901),
		"pin": "0042", "on": true, "none": nil, "list": []any{1.5, "a"},
	}
	if diff := cmp.Diff(want, p.Logins[""].Steps[0].JSON); diff != "" {
		t.Errorf("json (-want +got):\n%s", diff)
	}
	extra := p.Identity("alice").Extra
	for name, value := range map[string]string{"api_key": "value-of-KEY", "client": "northwind", "env:APP": "value-of-APP"} {
		if got := extra[name].Reveal(); got != value {
			t.Errorf("${%s} = %q, want %q", name, got, value)
		}
	}
	if extra["file:testdata/whole/ops/staging-ca.pem"].IsZero() {
		t.Error("the file's text is not among the variables")
	}
	wantCall := &portal.Call{Method: "POST", Path: "/rpc", With: &portal.Payload{JSON: map[string]any{"method": "get", "id": "${id}"}}}
	if diff := cmp.Diff(wantCall, p.Resources[0].Detail); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]portal.Resource{
		"[1, abc]":                         {IDs: []string{"1", "abc"}},
		"7":                                {IDs: []string{"7"}},
		"one":                              {IDs: []string{"one"}},
		"{acme: [1, 2], globex: 3}":        {Owner: map[string][]string{"acme": {"1", "2"}, "globex": {"3"}}},
		"GET /issues.json /issues/*/id":    {IDsAt: &portal.IDsAt{Request: portal.Call{Method: "GET", Path: "/issues.json"}, Pointer: "/issues/*/id"}},
		"GET /issues?limit=9 /issues/*/id": {IDsAt: &portal.IDsAt{Request: portal.Call{Method: "GET", Path: "/issues?limit=9"}, Pointer: "/issues/*/id"}},
		`GET /issues a[href^="/issues/"]`:  {IDsAt: &portal.IDsAt{Request: portal.Call{Method: "GET", Path: "/issues"}, Pointer: `a[href^="/issues/"]`}},
	} {
		p := parse(t, start+"resources:\n  x:\n    ids: "+text+"\n")
		want.Name, want.Line = "x", 6
		if diff := cmp.Diff(&want, p.Resources[0]); diff != "" {
			t.Errorf("ids: %s (-want +got):\n%s", text, diff)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	p := parse(t, start+"    resolve:\n      other.example.com: 127.0.0.1\nroutes:\n  allow:\n    /owners: [proprietor]\nidentities:\n  a: {role: admin, token: x}\n")
	var got []string
	for _, w := range p.Warnings {
		got = append(got, w.Message)
	}
	want := []string{
		"targets.local.resolve: other.example.com is not in scope, so it is never asked",
		`routes.allow./owners: no identity has the role "proprietor"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	p := parse(t, start+"routes:\n  public: &open [GET /health]\n  shared: *open\n")
	if diff := cmp.Diff(p.Routes.Public, p.Routes.Shared); diff != "" || len(p.Routes.Shared) != 1 {
		t.Errorf("an alias is not what it names:\n%s", diff)
	}
}

func TestShortForms(t *testing.T) {
	t.Parallel()
	p := parse(t, start+`login:
  steps:
    - request: POST /login
      json: '{"u": "${user}", "tags": ["a"]}'
  alive: GET /me
`)
	if diff := cmp.Diff(map[string]any{"u": "${user}", "tags": []any{"a"}}, p.Logins[""].Steps[0].JSON); diff != "" {
		t.Errorf("JSON as a text (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&portal.Alive{Request: portal.Call{Method: "GET", Path: "/me"}}, p.Logins[""].Alive); diff != "" {
		t.Errorf("alive as a request (-want +got):\n%s", diff)
	}
}
