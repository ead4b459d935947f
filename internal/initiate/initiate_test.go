package initiate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/internal/initiate"
	"github.com/launchready/launchready/portal"
)

// serve answers fixed pages; a body that starts with "=>" redirects.
func serve(t *testing.T, pages map[string]string) initiate.Options {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			body, ok = pages["*"]
		}
		if to, redirects := strings.CutPrefix(body, "=>"); redirects {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return initiate.Options{URL: srv.URL, Get: getter(srv.URL, srv.Client())}
}

// getter fetches below base and follows nothing, as the caller of Find does.
func getter(base string, client *http.Client) func(context.Context, string) (int, http.Header, []byte, error) {
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, path string) (int, http.Header, []byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return 0, nil, nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, nil, nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header, body, err
	}
}

// written finds, writes, and reads back what was written.
func written(t *testing.T, o initiate.Options) (initiate.Findings, string, *portal.Portal) {
	t.Helper()
	found, err := initiate.Find(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := found.Write(&b); err != nil {
		t.Fatal(err)
	}
	p, err := portal.Parse("portal.yaml", b.Bytes(), func(name string) (string, bool) { return "value of " + name, true })
	if err != nil {
		t.Fatalf("what was written does not parse: %v\n%s", err, b.String())
	}
	if lines := strings.Count(b.String(), "\n"); lines >= 60 {
		t.Errorf("the file has %d lines:\n%s", lines, b.String())
	}
	return found, b.String(), p
}

const loginPage = `<!doctype html><title>Northwind: clients</title>
<form action=/search><input name=q></form>
<form method=post action="session">
<input type=hidden name=authenticity_token value=Zm9vYmFyYmF6cXV4cXV1eA>
<input type=hidden name=utf8 value=yes>
<input type=email name="user[email]"><input type=password name="user[password]">
<input type=checkbox name=remember value=1><button name=commit value="Log in">Log in</button></form>`

func TestForm(t *testing.T) {
	t.Parallel()
	_, text, p := written(t, serve(t, map[string]string{"/": "=>/account/sign-in", "/account/sign-in": loginPage, "/robots.txt": "User-agent: *\nDisallow: /admin/ # closed\n"}))
	want := []portal.Step{
		{Request: portal.Call{Method: "GET", Path: "/account/sign-in"}, Capture: []portal.Pair{{Name: "csrf", Value: `input[name="authenticity_token"]`}}},
		{Request: portal.Call{Method: "POST", Path: "/account/session"}, Form: []portal.Pair{
			{Name: "authenticity_token", Value: "${csrf}"},
			{Name: "utf8", Value: "yes"},
			{Name: "user[email]", Value: "${user}"},
			{Name: "user[password]", Value: "${password}"},
			{Name: "commit", Value: "Log in"},
		}},
	}
	got := p.Logins[""].Steps
	for i := range got {
		got[i].Line = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s\n%s", diff, text)
	}
	if p.Name != "Northwind: clients" || p.Targets[0].Name != "local" || p.Logins[""].Send.Kind != "cookie" {
		t.Errorf("name %q, target %q, send %q", p.Name, p.Targets[0].Name, p.Logins[""].Send.Kind)
	}
	if !strings.Contains(text, "keeps visitors out of /admin:") {
		t.Errorf("robots.txt is not mentioned:\n%s", text)
	}
	if err := p.NeedTenants(); err != nil {
		t.Error(err)
	}
}

const contract = `{"openapi": "3.0.3", "info": {"title": "Northwind"}, "paths": {
  "/users/{id}": {"get": {"responses": {"200": {"description": "x"}}}},
  "/auth/refresh-token": {"post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"email": {}, "password": {}}}}}}, "responses": {}}},
  "/auth/login": {"post": {
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Login"}}}},
    "responses": {"200": {"description": "x", "content": {"application/json": {"schema": {"properties": {"data": {"type": "object", "properties": {"accessToken": {"type": "string"}}}}}}}}}}}},
 "components": {"schemas": {"Login": {"type": "object", "required": ["email", "password"], "properties": {"email": {"type": "string"}, "password": {"type": "string"}}}}}}`

func TestContract(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		pages map[string]string
		where string
	}{
		{"at a usual place", map[string]string{"/v3/api-docs": contract}, "/v3/api-docs"},
		{"shown by a documentation page", map[string]string{"/docs": `<script>ui({url: '/spec/v1.json'})</script>`, "/spec/v1.json": contract}, "/spec/v1.json"},
		{"behind a redirect", map[string]string{"/swagger.json": "=>/static/swagger.json", "/static/swagger.json": contract}, "/static/swagger.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, text, p := written(t, serve(t, tt.pages))
			if diff := cmp.Diff([]string{tt.where}, p.Routes.OpenAPI); diff != "" {
				t.Errorf("openapi (-want +got):\n%s", diff)
			}
			want := portal.Step{
				Request: portal.Call{Method: "POST", Path: "/auth/login"},
				JSON:    map[string]any{"email": "${user}", "password": "${password}"},
				Capture: []portal.Pair{{Name: "token", Value: "/data/accessToken"}},
			}
			got := p.Logins[""].Steps[0]
			got.Line = 0
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("step (-want +got):\n%s\n%s", diff, text)
			}
			if p.Logins[""].Send.Kind != "bearer" || p.Identity("bob").Password.Reveal() != "value of BOB_PASSWORD" {
				t.Errorf("send %+v, bob %+v", p.Logins[""].Send, p.Identity("bob"))
			}
		})
	}
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	o := serve(t, map[string]string{
		"/app/":             "=>/app/login",
		"/app/login":        strings.Replace(loginPage, "session", "/app/session", 1),
		"/app/openapi.json": strings.Replace(contract, `"paths"`, `"servers": [{"url": "/app"}], "paths"`, 1),
	})
	o.URL += "/app/"
	o.Get = getter(strings.TrimRight(o.URL, "/"), &http.Client{})
	found, _, _ := written(t, o)
	if found.Form == nil || found.Form.Page != "/login" || found.Form.Action != "POST /session" {
		t.Errorf("form %+v", found.Form)
	}
	if found.API == nil || found.API.Request != "POST /auth/login" {
		t.Errorf("operation %+v", found.API)
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	down := initiate.Options{URL: "http://127.0.0.1:1", Get: func(context.Context, string) (int, http.Header, []byte, error) {
		return 0, nil, nil, errors.New("connection refused")
	}}
	for name, o := range map[string]initiate.Options{
		"nothing at all":            {},
		"portal that is down":       down,
		"portal of 404":             serve(t, nil),
		"shell that answers all":    serve(t, map[string]string{"*": "<!doctype html><title>App</title><div id=root></div>"}),
		"portal that redirects":     serve(t, map[string]string{"*": "=>/round"}),
		"portal that leaves":        serve(t, map[string]string{"*": "=>https://sso.example.com/login"}),
		"folder that is not there":  {Repo: filepath.Join(t.TempDir(), "none")},
		"registration, not a login": serve(t, map[string]string{"/": `<form method=post><input name=email><input type=password name=a><input type=password name=b></form>`}),
	} {
		found, text, p := written(t, o)
		if found.Form != nil || found.API != nil || len(found.Contracts) != 0 {
			t.Errorf("%s: found %+v", name, found)
		}
		if strings.Count(text, "FILL IN") < 3 || p.Identity("alice").Token.IsZero() {
			t.Errorf("%s: does not say what to fill in:\n%s", name, text)
		}
	}
}

// TestHostilePortal asserts that no page can make portal.yaml read the
// environment or a file, or put keys into it.
func TestHostilePortal(t *testing.T) {
	t.Parallel()
	page := `<title>x` + "\n" + `waivers: /etc/passwd ${env:HOME}</title><form method=post action="/login?x=${env:SECRET}"><input name=user><input type=password name=p></form>
<form method=post action="/login"><input type=hidden name=a value="${env:SECRET}"><input type=hidden name="${file:/etc/passwd}" value=b>
<input type=hidden name="c: d&#10;e" value=f><input name="user"><input type=password name=p></form>`
	_, text, p := written(t, serve(t, map[string]string{
		"/": page, "/robots.txt": "Disallow: /x\rwaivers: y\n", "/openapi.json": strings.ReplaceAll(contract, "/auth/login", "/login/${env:SECRET}"),
	}))
	for _, c := range []string{"${env:SECRET}", "${file:", "${env:HOME}"} {
		if strings.Contains(text, c) {
			t.Errorf("the page put %s into the file:\n%s", c, text)
		}
	}
	if p.Waivers != "" || len(p.Held) != 0 || len(p.Logins[""].Steps) != 1 || len(p.Logins[""].Steps[0].Form) != 2 {
		t.Errorf("the page changed the file:\n%s", text)
	}
}

func TestRepository(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"web/package.json":                  `{"dependencies": {"next": "15.0.0", "react": "19.0.0"}}`,
		"api/requirements.txt":              "# app\nfastapi==0.115\n",
		"Gemfile":                           "gem 'rails', '~> 8.0'\n",
		"src/Portal/Portal.csproj":          `<Project Sdk="Microsoft.NET.Sdk.Web">`,
		"web/dist/index.html":               "<html>",
		"docker-compose.yml":                "services: {}\n",
		".github/workflows/deploy.yml":      "on: push\n",
		"api/openapi.yaml":                  "openapi: 3.1.0\ninfo: {title: Northwind}\npaths:\n  /a:\n    get: {responses: {}}\n",
		"web/node_modules/x/package.json":   `{"dependencies": {"express": "1"}}`,
		"web/node_modules/x/openapi.json":   contract,
		"web/src/swagger-broken.json":       "{",
		"deep/er/than/this/is/package.json": `{"dependencies": {"express": "1"}}`,
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, text, p := written(t, initiate.Options{Repo: root})
	want := []string{"Rails (Gemfile)", "FastAPI (api/requirements.txt)", "ASP.NET Core (src/Portal/Portal.csproj)", "Next.js (web/package.json)", "React (web/package.json)"}
	if diff := cmp.Diff(want, found.Frameworks); diff != "" {
		t.Errorf("frameworks (-want +got):\n%s", diff)
	}
	wantSource := portal.Source{
		Repo: root, Frontend: filepath.ToSlash(filepath.Join(root, "web/dist")),
		Deploy: []string{filepath.ToSlash(filepath.Join(root, "docker-compose.yml")), filepath.ToSlash(filepath.Join(root, ".github/workflows"))},
	}
	if diff := cmp.Diff(wantSource, p.Source); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{filepath.ToSlash(filepath.Join(root, "api/openapi.yaml"))}, p.Routes.OpenAPI); diff != "" {
		t.Errorf("openapi (-want +got):\n%s\n%s", diff, text)
	}
}

func TestLooksAreBounded(t *testing.T) {
	t.Parallel()
	asked := 0
	o := initiate.Options{URL: "http://127.0.0.1:9", Get: func(_ context.Context, path string) (int, http.Header, []byte, error) {
		asked++
		body := strings.Repeat(fmt.Sprintf(`<a href="/login%d">log in</a> url: "/spec%d" `, asked, asked), 100)
		return http.StatusOK, http.Header{"Content-Type": {"text/html"}}, []byte(body), nil
	}}
	if _, err := initiate.Find(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if asked > 40 {
		t.Errorf("%d requests for a first look", asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := initiate.Find(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled look: got %v", err)
	}
}
