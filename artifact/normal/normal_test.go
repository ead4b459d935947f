package normal_test

import (
	"testing"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// answer builds an exchange: GET path, status, content type, body, then header name and value pairs.
func answer(path string, status int, media, body string, header ...string) *evidence.Exchange {
	ex := &evidence.Exchange{
		Who:      "bob",
		Request:  evidence.Request{Method: "GET", URL: "https://portal.example.com" + path},
		Response: &evidence.Response{Status: status, Body: evidence.Body(body), Size: int64(len(body))},
	}
	if media != "" {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: "Content-Type", Value: media})
	}
	for i := 0; i+1 < len(header); i += 2 {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: header[i], Value: header[i+1]})
	}
	return ex
}

func view(ex *evidence.Exchange) *normal.View { return normal.Of(ex, normal.Mask{}) }

func TestSame(t *testing.T) {
	t.Parallel()
	const j, h = "application/json", "text/html; charset=utf-8"
	tests := []struct {
		name string
		a, b *evidence.Exchange
		want bool
	}{
		{"identical", answer("/a/1", 200, j, `{"a":1}`), answer("/a/1", 200, j, `{"a":1}`), true},
		{"order of keys", answer("/a/1", 200, j, `{"a":1,"b":2}`), answer("/a/1", 200, j, `{ "b":2, "a":1 }`), true},
		{"echo of the id", answer("/a/17", 404, j, `{"detail":"no record 17"}`), answer("/a/1000017", 404, j, `{"detail":"no record 1000017"}`), true},
		{"echo of the path", answer("/a/17", 404, "text/plain", `cannot GET /a/17`), answer("/x/yy", 404, "text/plain", `cannot GET /x/yy`), true},
		{"another number", answer("/a/17", 200, j, `{"n":50}`), answer("/a/18", 200, j, `{"n":51}`), false},
		{"request id", answer("/a/1", 404, j, `{"e":"x","requestId":"ab12"}`), answer("/a/1", 404, j, `{"e":"x","requestId":"cd34"}`), true},
		{"time", answer("/a/1", 404, j, `{"e":"x","when":"2026-01-02T03:04:05.123Z"}`), answer("/a/1", 404, j, `{"e":"x","when":"2026-01-02T03:04:06Z"}`), true},
		{"date", answer("/a/1", 404, j, `{"due":"2026-01-02"}`), answer("/a/1", 404, j, `{"due":"2026-01-03"}`), false},
		{"epoch", answer("/a/1", 404, j, `{"createdAt":1760000000}`), answer("/a/1", 404, j, `{"createdAt":1760000009}`), true},
		{"unknown uuid", answer("/a/1", 404, j, `{"x":"7d444840-9dc0-11d1-b245-5ffdce74fad2"}`), answer("/a/1", 404, j, `{"x":"7d444840-9dc0-11d1-b245-5ffdce74fad3"}`), true},
		{"status class", answer("/a/1", 200, j, `{"a":1}`), answer("/a/1", 404, j, `{"a":1}`), false},
		{"status in a class", answer("/a/1", 403, j, `{"a":1}`), answer("/a/1", 404, j, `{"a":1}`), true},
		{"family", answer("/a/1", 200, "text/plain", `{"a":1} and`), answer("/a/1", 200, j, `{"a":1}`), false},
		{"redirect target", answer("/a/1", 302, "", ``, "Location", "/login?next=/a/1"), answer("/a/2", 302, "", ``, "Location", "/login?next=/a/2"), true},
		{
			"id in an address that another carries",
			answer("/a/1/copy", 302, h, `<a href="http://p.test/login?back=http%3A%2F%2Fp.test%2Fa%2F1%2Fcopy">redirected</a>`, "Location", "http://p.test/login?back=http%3A%2F%2Fp.test%2Fa%2F1%2Fcopy"),
			answer("/a/1000001/copy", 302, h, `<a href="http://p.test/login?back=http%3A%2F%2Fp.test%2Fa%2F1000001%2Fcopy">redirected</a>`, "Location", "http://p.test/login?back=http%3A%2F%2Fp.test%2Fa%2F1000001%2Fcopy"),
			true,
		},
		{"other redirect", answer("/a/1", 302, "", ``, "Location", "/login"), answer("/a/1", 302, "", ``, "Location", "/home"), false},
		{"nonce and comment", answer("/p", 200, h, `<h1>Hi</h1><script nonce="a1">x()</script><!-- at 1 -->`), answer("/p", 200, h, `<h1>Hi</h1><script nonce="b2">x()</script>`), true},
		{"csrf field", answer("/p", 200, h, `<form><input name=_token value="aXb1"></form>`), answer("/p", 200, h, `<form><input name="_token" value="cYd2"></form>`), true},
		{"csrf placeholder", answer("/p", 200, h, `<p>t=[redacted:csrf:11aa22bb]</p>`), answer("/p", 200, h, `<p>t=[redacted:csrf:33cc44dd]</p>`), true},
		{"password placeholder", answer("/p", 200, h, `<p>t=[redacted:bcrypt:11aa22bb]</p>`), answer("/p", 200, h, `<p>t=[redacted:bcrypt:33cc44dd]</p>`), false},
		{"other words", answer("/p", 200, h, `<h1>Hello</h1>`), answer("/p", 200, h, `<h1>Bye</h1>`), false},
		{"field value", answer("/p", 200, h, `<input name=name value=Ann>`), answer("/p", 200, h, `<input name=name value=Bob>`), false},
		{"no answer", &evidence.Exchange{}, &evidence.Exchange{}, false},
		{"guarded json", answer("/a/1", 200, j, ")]}',\n{\"a\":1}"), answer("/a/1", 200, "text/html", "\ufeff{\"a\":1}"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := normal.Same(view(tt.a), view(tt.b)); got != tt.want {
				t.Errorf("Same = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	const j = "application/json"
	tests := []struct {
		name string
		ex   *evidence.Exchange
		want bool
	}{
		{"object", answer("/a/7", 200, j, `{"id":7,"title":"Roof"}`), true},
		{"short values", answer("/a/7", 200, j, `{"id":7,"status":"open","count":0}`), true},
		{"list", answer("/a", 200, j, `{"items":[{"id":3}],"total":1}`), true},
		{"empty list", answer("/a", 200, j, `{"items":[],"total":0,"page":1}`), false},
		{"array", answer("/a", 200, j, `[]`), false},
		{"null", answer("/a", 200, j, `null`), false},
		{"empty object", answer("/a", 200, j, `{}`), false},
		{"ok", answer("/a", 200, j, `{"status":"ok"}`), false},
		{"only an echo", answer("/a/77", 200, j, `{"id":"77"}`), false},
		{"token alone", answer("/csrf", 200, j, `{"csrfToken":"a1"}`), false},
		{"phrase", answer("/p", 200, "text/html", `<p>Please sign in</p>`), false},
		{"page", answer("/p", 200, "text/html", `<p>One two three four five six seven eight nine ten eleven twelve</p>`), true},
		{"csv", answer("/p", 200, "text/csv", "a,b\n1 2,3 4\n"), true},
		{"nothing", answer("/p", 204, "", ""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := normal.Content(view(tt.ex)); got != tt.want {
				t.Errorf("Content(%s) = %v, want %v", tt.ex.Body(), got, tt.want)
			}
		})
	}
}
