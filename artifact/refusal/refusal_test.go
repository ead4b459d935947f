package refusal_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
)

const (
	jsonType = "application/json"
	htmlType = "text/html"
)

func answer(path string, status int, media, body string, header ...string) *evidence.Exchange {
	ex := &evidence.Exchange{
		Request:  evidence.Request{Method: "GET", URL: "https://portal.example.com" + path},
		Response: &evidence.Response{Status: status, Header: []evidence.Field{{Name: "Content-Type", Value: media}}, Body: evidence.Body(body)},
	}
	for i := 0; i+1 < len(header); i += 2 {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: header[i], Value: header[i+1]})
	}
	return ex
}

func known(kind, prefix string, ex *evidence.Exchange) artifact.Known {
	return artifact.Known{Kind: kind, Prefix: prefix, Status: ex.Status(), Normal: refusal.Fingerprint(ex), Location: ex.Header("Location")}
}

const loginForm = `<form action="/login"><input name="_csrf" value="a1b2"><input name="next" value="/"><input name="user"></form>`

func judge() *refusal.Judge {
	return refusal.New(&artifact.Baseline{
		LoginTargets: []string{"/enter", "https://idp.example.net/authorize"},
		Known: []artifact.Known{
			known("soft404", "/", answer("/lr-x7", 200, htmlType, "<p>Nothing at /lr-x7 here</p>")),
			known("shell", "/", answer("/lr-y8", 200, htmlType, `<div id=app></div><script src=/app.js></script>`)),
			known("login", "/", answer("/enter", 200, htmlType, loginForm)),
			known("waf", "/", answer("/lr-z9", 403, htmlType, "<p>Computer says no</p>")),
			known("throttle", "/", answer("/login", 403, jsonType, `{"wait":"a while, please"}`)),
			known("denial", "/api/", answer("/api/a/1", 422, jsonType, `{"oops":"not yours"}`)),
			{Kind: "denial", Prefix: "/", Status: 302, Normal: "never", Location: "/home"},
		},
		Denied:    artifact.Denied{Status: []int{418}, Redirect: "^/nope", Body: "keep out", JSON: map[string][]any{"/error/code": {-1, "E7"}}, Empty: []string{"/rows"}},
		DeniedFor: map[string]artifact.Denied{"GET /api/x": {Body: "only here"}},
	})
}

func TestDenied(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ex   *evidence.Exchange
		want string // kind; "" when it does not refuse
	}{
		{"nothing", &evidence.Exchange{}, ""},
		{"401", answer("/a", 401, jsonType, "{}"), refusal.Unauthorized},
		{"403", answer("/a", 403, jsonType, "{}"), refusal.Forbidden},
		{"404", answer("/a", 404, jsonType, "{}"), refusal.NotFound},
		{"405", answer("/a", 405, jsonType, "{}"), refusal.NoMethod},
		{"410", answer("/a", 410, jsonType, "{}"), refusal.Gone},

		{"learned login", answer("/a", 302, "", "", "Location", "/enter?next=%2Fa"), refusal.LoginRedirect},
		{"learned login elsewhere", answer("/a", 302, "", "", "Location", "https://idp.example.net/authorize?x=1"), refusal.LoginRedirect},
		{"login by name", answer("/a", 307, "", "", "Location", "/users/sign_in"), refusal.LoginRedirect},
		{"declared redirect", answer("/a", 302, "", "", "Location", "/nope/1"), refusal.DeniedRedirect},
		{"learned redirect", answer("/a", 302, "", "", "Location", "/home?x"), refusal.DeniedRedirect},
		{"other redirect", answer("/a", 302, "", "", "Location", "/a/1"), ""},
		{"redirect to a sheet of logins", answer("/a", 302, "", "", "Location", "/login-history"), ""},
		{"no location", answer("/a", 304, "", ""), ""},

		{"soft 404", answer("/api/b/2", 200, htmlType, "<p>Nothing at /api/b/2 here</p>"), refusal.Soft404},
		{"shell", answer("/b/2", 200, htmlType, `<div id=app></div><script src=/app.js></script>`), refusal.Shell},
		{"login page", answer("/b/2", 200, htmlType, `<form action="/login?next=/b/2"><input name="_csrf" value="c3d4"><input name="user"></form>`), refusal.LoginPage},
		{"learned shape", answer("/api/b/2", 422, jsonType, `{"oops":"not yours"}`), refusal.Learned},
		{"learned shape under another prefix", answer("/web/b/2", 422, jsonType, `{"oops":"not yours"}`), ""},

		{"declared status", answer("/a", 418, "", ""), refusal.Declared},
		{"declared body", answer("/a", 200, "text/plain", "keep out, you"), refusal.Declared},
		{"declared number", answer("/a", 200, jsonType, `{"error":{"code":-1},"rows":[1]}`), refusal.Declared},
		{"declared word", answer("/a", 200, jsonType, `{"error":{"code":"E7"},"rows":[1]}`), refusal.Declared},
		{"declared empty", answer("/a", 200, jsonType, `{"rows":[],"me":"bob"}`), refusal.Declared},
		{"declared for another route", answer("/a", 200, "text/plain", "only here, not there"), ""},

		{"success false", answer("/a", 200, jsonType, `{"success":false,"message":"no"}`), refusal.Envelope},
		{"code 403", answer("/a", 200, jsonType, `{"code":403,"msg":"no","data":null}`), refusal.Envelope},
		{"status fail", answer("/a", 200, jsonType, `{"status":"fail","data":{"why":null}}`), refusal.Envelope},
		{"problem as 400", answer("/a", 400, "application/problem+json", `{"type":"about:blank","title":"Bad","status":400}`), refusal.Envelope},
		{"error object", answer("/a", 200, jsonType, `{"error":{"type":"auth","text":"no"}}`), refusal.Envelope},
		{"false with data", answer("/a", 200, jsonType, `{"ok":false,"data":{"name":"Ann"}}`), ""},
		{"true with data", answer("/a", 200, jsonType, `{"success":true,"data":{"name":"Ann"}}`), ""},
		{"code 200", answer("/a", 200, jsonType, `{"code":200,"data":{"name":"Ann"}}`), ""},
		{"status ok", answer("/a", 200, jsonType, `{"status":"ok"}`), ""},
		{"invoice in error", answer("/a", 200, jsonType, `{"id":7,"status":"error","amount":12}`), ""},
		{"article with a large code", answer("/a", 200, jsonType, `{"code":4711,"name":"Flour"}`), ""},
		{"no error", answer("/a", 200, jsonType, `{"error":null,"user":"ann"}`), ""},
		{"crash with an envelope", answer("/a", 500, jsonType, `{"status":500,"error":"Internal Server Error"}`), ""},

		{"graphql", answer("/a", 200, jsonType, `{"errors":[{"message":"no"}],"data":null}`), refusal.GraphQL},
		{"graphql deep", answer("/a", 200, jsonType, `{"errors":[{"message":"no"}],"data":{"me":{"invoice":null}}}`), refusal.GraphQL},
		{"graphql in part", answer("/a", 200, jsonType, `{"errors":[{"message":"no"}],"data":{"a":null,"b":{"id":7}}}`), ""},

		{"empty array", answer("/a", 200, jsonType, `[]`), refusal.Empty},
		{"null", answer("/a", 200, jsonType, `null`), refusal.Empty},
		{"empty page", answer("/a", 200, jsonType, `{"success":true,"data":{"items":[],"pagination":{"page":1,"total":0}}}`), refusal.Empty},
		{"empty page of many", answer("/a", 200, jsonType, `{"items":[],"total":12}`), ""},
		{"empty beside something", answer("/a", 200, jsonType, `{"items":[],"owner":"ann"}`), ""},
		{"no content", answer("/a", 204, "", ""), refusal.Empty},
		{"page", answer("/a", 200, htmlType, "<p>Hello</p>"), ""},
	}
	j := judge()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kind, ok := j.Denied("GET /a", tt.ex)
			if kind != tt.want && ok || ok != (tt.want != "") {
				t.Errorf("Denied = %q, %v; want %q", kind, ok, tt.want)
			}
		})
	}
	if kind, ok := j.Denied("GET /api/x", answer("/a", 200, "text/plain", "only here, not there")); !ok || kind != refusal.Declared {
		t.Errorf("declared for the route: Denied = %q, %v", kind, ok)
	}
	if !j.NotFoundLike(answer("/q", 200, htmlType, "<p>Nothing at /q here</p>")) || j.NotFoundLike(answer("/q", 404, htmlType, "<p>gone</p>")) {
		t.Error("NotFoundLike does not tell an unknown path's answer from another")
	}
	head := answer("/a", 200, "", "")
	head.Request.Method = "HEAD"
	if kind, ok := j.Denied("GET /a", head); ok {
		t.Errorf("HEAD: Denied = %q, want no refusal", kind)
	}
	put := answer("/a", 204, "", "")
	put.Request.Method = "PUT"
	if kind, ok := j.Denied("PUT /a", put); ok {
		t.Errorf("PUT 204: Denied = %q, want no refusal", kind)
	}
}

func TestNuisance(t *testing.T) {
	t.Parallel()
	long := string(bytes.Repeat([]byte("<p>a long story about a rate limit and a captcha, told in many words</p>"), 20))
	tests := []struct {
		name                   string
		ex                     *evidence.Exchange
		throttled, intercepted bool
	}{
		{"429", answer("/a", 429, "", ""), true, false},
		{"503 with Retry-After", answer("/a", 503, "", "", "Retry-After", "9"), true, false},
		{"503", answer("/a", 503, "text/plain", "no backend"), false, false},
		{"words as 403", answer("/a", 403, htmlType, "<h1>Too many requests</h1>"), true, false},
		{"words as 200", answer("/a", 200, jsonType, `{"error":"Rate limit exceeded"}`), true, false},
		{"data about limits", answer("/a", 200, jsonType, `{"id":7,"title":"Rate limit for partners"}`), false, false},
		{"learned throttle", answer("/b", 403, jsonType, `{"wait":"a while, please"}`), true, false},
		{"long page", answer("/a", 200, htmlType, long), false, false},
		{"learned firewall", answer("/b", 403, htmlType, "<p>Computer says no</p>"), false, true},
		{"incapsula", answer("/a", 200, htmlType, "<p>Request unsuccessful. Incapsula incident ID: 1</p>"), false, true},
		{"rejected", answer("/a", 200, htmlType, "The requested URL was rejected. Your support ID is: 12"), false, true},
		{"challenge header", answer("/a", 403, htmlType, "<p>x</p>", "Cf-Mitigated", "challenge"), false, true},
		{"captcha", answer("/a", 403, htmlType, `<div class="h-captcha"></div>`), false, true},
		{"login with a captcha", answer("/a", 200, htmlType, `<form><div class="h-captcha"></div></form>`), false, false},
		{"the portal's login", answer("/b", 200, htmlType, loginForm), false, false},
		{"ordinary answer through a proxy", answer("/a", 200, jsonType, `{"id":7}`, "CF-Ray", "1"), false, false},
		{"plain 403", answer("/a", 403, jsonType, `{"title":"Forbidden"}`), false, false},
		{"maintenance", answer("/a", 503, htmlType, "<h1>Scheduled maintenance</h1>"), false, true},
		{"data about maintenance", answer("/a", 200, jsonType, `{"id":7,"title":"Scheduled maintenance"}`), false, false},
	}
	j := judge()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := j.Throttled(tt.ex); got != tt.throttled {
				t.Errorf("Throttled = %v, want %v", got, tt.throttled)
			}
			if what, got := j.Intercepted(tt.ex); got != tt.intercepted {
				t.Errorf("Intercepted = %v %q, want %v", got, what, tt.intercepted)
			}
		})
	}
}

func TestLearn(t *testing.T) {
	t.Parallel()
	sample := func(route, owner string, ex *evidence.Exchange) refusal.Sample {
		return refusal.Sample{Route: route, Prefix: "/api/", Owner: answer("/api/"+route, 200, jsonType, owner), Answer: ex, Ref: evidence.Ref("sha256:" + route)}
	}
	no := func(route string) *evidence.Exchange {
		return answer("/api/"+route, 500, jsonType, `{"e":"cannot show /api/`+route+`"}`)
	}
	holds := func(_, ex *evidence.Exchange) bool { return bytes.Contains(ex.Body(), []byte("secret")) }
	tests := []struct {
		name    string
		samples []refusal.Sample
		want    int
	}{
		{"two routes", []refusal.Sample{sample("a1", `{"x":"one"}`, no("a1")), sample("b2", `{"x":"two"}`, no("b2"))}, 1},
		{"one route", []refusal.Sample{sample("a1", `{"x":"one"}`, no("a1")), sample("a1", `{"x":"two"}`, no("a1"))}, 0},
		{"equal owners", []refusal.Sample{sample("a1", `{"x":"one"}`, no("a1")), sample("b2", `{"x":"one"}`, no("b2"))}, 0},
		{"owner without content", []refusal.Sample{sample("a1", `{"x":"one"}`, no("a1")), sample("b2", `{}`, no("b2"))}, 0},
		{"a hole", []refusal.Sample{
			sample("a1", `{"x":"one"}`, answer("/api/a1", 200, jsonType, `{"s":"secret"}`)), sample("b2", `{"x":"two"}`, answer("/api/b2", 200, jsonType, `{"s":"secret"}`)),
		}, 0},
		{"one of them open", []refusal.Sample{
			sample("a1", `{"x":"one"}`, answer("/api/a1", 200, jsonType, `{"x":"one"}`)), sample("b2", `{"x":"two"}`, answer("/api/b2", 200, jsonType, `{"x":"one"}`)),
		}, 0},
		{"throttled", []refusal.Sample{sample("a1", `{"x":"one"}`, answer("/api/a1", 429, "", "")), sample("b2", `{"x":"two"}`, answer("/api/b2", 429, "", ""))}, 0},
		{"firewall", []refusal.Sample{
			sample("a1", `{"x":"one"}`, answer("/api/a1", 403, htmlType, "Request blocked")), sample("b2", `{"x":"two"}`, answer("/api/b2", 403, htmlType, "Request blocked")),
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := refusal.Learn(tt.samples, holds); len(got) != tt.want {
				t.Errorf("learned %d shapes, want %d: %+v", len(got), tt.want, got)
			}
		})
	}
	got := refusal.Learn([]refusal.Sample{
		sample("a1", `{"x":"one"}`, answer("/api/a1", 302, "", "", "Location", "/home?from=a1")), sample("b2", `{"x":"two"}`, answer("/api/b2", 302, "", "", "Location", "/home?from=b2")),
	}, holds)
	if len(got) != 1 {
		t.Fatalf("learned %d redirects, want 1", len(got))
	}
	want := artifact.Known{Kind: "denial", Prefix: "/api/", Status: 302, Location: "/home", Ref: "sha256:a1", Normal: got[0].Normal}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
}

func FuzzDenied(f *testing.F) {
	for _, s := range []string{`{"success":false}`, `{"data":{"a":[null]},"errors":[{"message":"x"}]}`, `[]`, `{"items":[],"page":{"total":0}}`, "<p>x"} {
		f.Add(200, s)
		f.Add(500, s)
	}
	j := judge()
	f.Fuzz(func(t *testing.T, status int, body string) {
		ex := answer("/a", status, jsonType, body)
		kind, ok := j.Denied("GET /a", ex)
		if ok && kind == "" {
			t.Error("a refusal without a kind")
		}
		j.Throttled(ex)
		j.Intercepted(ex)
	})
}
