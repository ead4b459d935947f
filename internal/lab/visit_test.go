package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// visitor is somebody who uses the portal in a test.
type visitor struct {
	t      *testing.T
	w      *World
	client *http.Client
	bearer string
	tenant string
}

type reply struct {
	status int
	header http.Header
	body   string
}

// open starts a portal for a test.
func open(t *testing.T, c Config) *World {
	t.Helper()
	w, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("closing the lab: %v", err)
		}
	})
	return w
}

func stranger(t *testing.T, w *World) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, w: w, client: &http.Client{
		Jar: loopbackJar{jar}, Transport: transport, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// loopbackJar sends Secure cookies to this machine over plain http, as browsers do.
type loopbackJar struct{ *cookiejar.Jar }

func (j loopbackJar) Cookies(u *url.URL) []*http.Cookie {
	return j.Jar.Cookies(&url.URL{Scheme: "https", Host: u.Host, Path: u.Path})
}

// signIn signs a user in by the API; "bob@globex" is enough of a name.
func signIn(t *testing.T, w *World, name string) *visitor {
	t.Helper()
	v := stranger(t, w)
	got := v.do("POST", "/api/login", credentials(name))
	var answered struct{ Token string }
	if err := json.Unmarshal([]byte(got.body), &answered); err != nil || answered.Token == "" {
		t.Fatalf("signing in %s: %d %s", name, got.status, got.body)
	}
	v.bearer = answered.Token
	v.tenant = v.get("/api/me").text("tenantId")
	return v
}

func credentials(name string) string {
	user, tenant, _ := strings.Cut(name, "@")
	return fmt.Sprintf(`{"email":"%s@%s.test","password":"%s-%s-pass-2026"}`, user, tenant, user, tenant)
}

var csrfField = regexp.MustCompile(`name="csrf(?:_token|-token)" (?:value|content)="([^"]+)"`)

// browse signs a user in by the form, as a browser would.
func browse(t *testing.T, w *World, name string) *visitor {
	t.Helper()
	v := stranger(t, w)
	user, tenant, _ := strings.Cut(name, "@")
	form := url.Values{"email": {name + ".test"}, "password": {user + "-" + tenant + "-pass-2026"}, "csrf_token": {v.csrf("/login")}}
	if got := v.do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"); got.status != 303 {
		t.Fatalf("signing in %s by form: %d %s", name, got.status, got.body)
	}
	return v
}

func (v *visitor) csrf(page string) string {
	v.t.Helper()
	got := v.get(page)
	found := csrfField.FindStringSubmatch(got.body)
	if found == nil {
		v.t.Fatalf("no CSRF token on %s: %d %s", page, got.status, got.body)
	}
	return found[1]
}

func (v *visitor) get(path string, headers ...string) reply { return v.do("GET", path, "", headers...) }

// do sends a request; headers are names and values in turn.
func (v *visitor) do(method, path, body string, headers ...string) reply {
	v.t.Helper()
	target, err := url.Parse(v.w.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	path, query, _ := strings.Cut(path, "?")
	target.Opaque, target.RawQuery = "//"+target.Host+path, query
	request := &http.Request{Method: method, URL: target, Header: http.Header{}, Host: target.Host}
	if body != "" {
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		request.Header.Set("Content-Type", "application/json")
	}
	if v.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answered, err := v.client.Do(request)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answered.Body.Close() }()
	raw, err := io.ReadAll(answered.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{answered.StatusCode, answered.Header, string(raw)}
}

func (r reply) text(field string) string {
	var object map[string]any
	if json.Unmarshal([]byte(r.body), &object) != nil {
		return ""
	}
	if s, is := object[field].(string); is {
		return s
	}
	if n, is := object[field].(float64); is {
		return fmt.Sprintf("%.0f", n)
	}
	return ""
}

// first is the id of the first object of a list.
func (v *visitor) first(path string) string {
	v.t.Helper()
	got := v.get(path)
	var listed struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(got.body), &listed); err != nil || len(listed.Items) == 0 {
		v.t.Fatalf("GET %s lists nothing: %d %s", path, got.status, got.body)
	}
	switch id := listed.Items[0]["id"].(type) {
	case float64:
		return fmt.Sprintf("%.0f", id)
	case string:
		return id
	}
	v.t.Fatalf("GET %s: the first object has no id", path)
	return ""
}

// make creates an object and returns its id.
func (v *visitor) make(path, body string) string {
	v.t.Helper()
	got := v.do("POST", path, body)
	if got.status != 201 {
		v.t.Fatalf("POST %s: %d %s", path, got.status, got.body)
	}
	return got.text("id")
}
