package crossorigin

import (
	"strings"
	"testing"

	"github.com/launchready/launchready/evidence"
)

const origin = "https://app.example.com"

// fields makes a header of lines.
func fields(lines ...string) []evidence.Field {
	var out []evidence.Field
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		out = append(out, evidence.Field{Name: name, Value: strings.TrimPrefix(value, " ")})
	}
	return out
}

const (
	allow = "Access-Control-Allow-Origin: "
	creds = "Access-Control-Allow-Credentials: "
)

func TestReadable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		status         int
		header         []string
		origin         string
		plain, trusted string // why not, without and with credentials; "" for yes
	}{
		{name: "nothing", plain: NoOrigin, trusted: NoOrigin},
		{name: "the origin", header: []string{allow + origin}, trusted: NoCredentials},
		{name: "the origin with credentials", header: []string{allow + origin, creds + "true"}},
		{name: "star", header: []string{allow + "*"}, trusted: Star},
		{name: "star with credentials", header: []string{allow + "*", creds + "true"}, trusted: Star},
		{name: "TRUE", header: []string{allow + origin, creds + "TRUE"}, trusted: NoCredentials},
		{name: "true twice", header: []string{allow + origin, creds + "true", creds + "true"}, trusted: NoCredentials},
		{name: "a trailing slash", header: []string{allow + origin + "/"}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "another case", header: []string{allow + "https://APP.example.com"}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "two headers", header: []string{allow + origin, allow + origin}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "a list", header: []string{allow + origin + ", https://b.example"}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "blanks around", header: []string{allow + " \t" + origin + " ", creds + "\ttrue "}},
		{name: "an empty value", header: []string{allow}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "null for null", header: []string{allow + "null", creds + "true"}, origin: "null"},
		{name: "null for another", header: []string{allow + "null"}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "a pattern", header: []string{allow + "https://*.example.com"}, plain: OtherOrigin, trusted: OtherOrigin},
		{name: "the name in another case", header: []string{"access-control-allow-ORIGIN: " + origin}, trusted: NoCredentials},
		{name: "an error", status: 500, header: []string{allow + origin, creds + "true"}},
		{name: "a redirect", status: 302, header: []string{allow + origin, creds + "true", "Location: /login"}, plain: Redirects, trusted: Redirects},
		{name: "a redirect to nowhere", status: 302, header: []string{allow + origin, creds + "true"}},
		{name: "no answer", status: -1, plain: NoAnswer, trusted: NoAnswer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := Answer{Status: max(0, tc.status), Header: fields(tc.header...)}
			if tc.status == 0 {
				a.Status = 200
			}
			if tc.origin == "" {
				tc.origin = origin
			}
			for credentials, want := range map[bool]string{false: tc.plain, true: tc.trusted} {
				if ok, why := Readable(a, tc.origin, credentials); why != want || ok != (want == "") {
					t.Errorf("credentials %v: got %v %q, want %q", credentials, ok, why, want)
				}
			}
		})
	}
}

func TestMaySend(t *testing.T) {
	t.Parallel()
	const methods, headers = "Access-Control-Allow-Methods: ", "Access-Control-Allow-Headers: "
	json := fields("Content-Type: application/json")
	for _, tc := range []struct {
		name   string
		status int
		header []string
		r      Request
		want   string
	}{
		{name: "listed", header: []string{methods + "PUT, DELETE"}, r: Request{Method: "DELETE"}},
		{name: "not listed", header: []string{methods + "GET"}, r: Request{Method: "DELETE"}, want: NoMethod},
		{name: "no list", r: Request{Method: "DELETE"}, want: NoMethod},
		{name: "safe methods need no list", header: []string{methods + "PUT", headers + "content-type"}, r: Request{Method: "POST", Header: json}},
		{name: "methods are compared by case", header: []string{methods + "patch"}, r: Request{Method: "PATCH"}, want: NoMethod},
		{name: "delete is put in upper case", header: []string{methods + "DELETE"}, r: Request{Method: "delete"}},
		{name: "patch is not", header: []string{methods + "PATCH"}, r: Request{Method: "patch"}, want: NoMethod},
		{name: "star for methods", header: []string{methods + "*"}, r: Request{Method: "DELETE"}},
		{name: "no star with credentials", header: []string{methods + "*", creds + "true"}, r: Request{Method: "DELETE", Credentials: true}, want: NoMethod},
		{name: "headers without regard to case", header: []string{headers + "CONTENT-TYPE"}, r: Request{Method: "POST", Header: json}},
		{name: "a header is missing", header: []string{headers + "x-a"}, r: Request{Method: "POST", Header: json}, want: NoHeader},
		{name: "star for headers", header: []string{headers + "*"}, r: Request{Method: "POST", Header: json}},
		{name: "star is not for Authorization", header: []string{headers + "*"}, r: Request{Method: "GET", Header: fields("Authorization: x")}, want: StarAlone},
		{name: "Authorization by name", header: []string{headers + "*, authorization"}, r: Request{Method: "GET", Header: fields("Authorization: x")}},
		{name: "no star for headers with credentials", header: []string{headers + "*", creds + "true"}, r: Request{Method: "POST", Header: json, Credentials: true}, want: NoHeader},
		{name: "credentials are not allowed", header: []string{methods + "DELETE"}, r: Request{Method: "DELETE", Credentials: true}, want: NoCredentials},
		{name: "a bad status", status: 401, header: []string{methods + "DELETE"}, r: Request{Method: "DELETE"}, want: BadStatus},
		{name: "a redirect", status: 307, header: []string{methods + "DELETE", "Location: /x"}, r: Request{Method: "DELETE"}, want: BadStatus},
		{name: "no token", header: []string{methods + "PUT; DELETE"}, r: Request{Method: "DELETE"}, want: BadList},
		{name: "empty elements", header: []string{methods + ", DELETE,,"}, r: Request{Method: "DELETE"}},
		{name: "two lists", header: []string{methods + "PUT", methods + "DELETE"}, r: Request{Method: "DELETE"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := Answer{Status: tc.status, Header: fields(append(tc.header, allow+origin)...)}
			if tc.status == 0 {
				a.Status = 204
			}
			tc.r.Origin = origin
			if ok, why := MaySend(a, tc.r); why != tc.want || ok != (tc.want == "") {
				t.Errorf("got %v %q, want %q", ok, why, tc.want)
			}
		})
	}
}

func TestPreflighted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		method string
		header []string
		want   bool
	}{
		{"a get", "GET", nil, false},
		{"a form", "POST", []string{"Content-Type: application/x-www-form-urlencoded"}, false},
		{"text that holds JSON", "POST", []string{"Content-Type: text/plain;charset=UTF-8"}, false},
		{"JSON", "POST", []string{"Content-Type: application/json"}, true},
		{"a token", "GET", []string{"Authorization: Bearer x"}, true},
		{"delete", "DELETE", nil, true},
		{"a plain Accept", "GET", []string{"Accept: */*"}, false},
		{"an odd Accept", "GET", []string{"Accept: a(b"}, true},
		{"a long Accept", "GET", []string{"Accept: " + strings.Repeat("a", 129)}, true},
		{"languages", "GET", []string{"Accept-Language: de-DE,de;q=0.9"}, false},
	} {
		if got := Preflighted(Request{Method: tc.method, Header: fields(tc.header...)}); got != tc.want {
			t.Errorf("%s: got %v", tc.name, got)
		}
	}
}

func TestSendable(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"null": true, "https://a.example": true, "http://a.example:8080": true, "https://a_b.example": true, "https://a`.example": true,
		"https://a.example.": true, "file://": true, "chrome-extension://abc": true, "https://[::1]:3000": true, "http://127.0.0.1": true,
		"https://A.example": false, "https://a.example/": false, "https://a.example:443": false, "http://a.example:80": false, "https://u@a.example": false,
		"https://a%60.example": false, "https://a.example https://b.example": false, "HTTPS://a.example": false, "https://": false, "": false, "a.example": false,
		"https://evil127.0.0.1": false, "https://1.2.3": false, "https://.a": false, "https://a..b": false, "https://a.example:": false, "https://ü.example": false, "https://a.0x7f": false,
	} {
		if got := Sendable(value); got != want {
			t.Errorf("Sendable(%q) = %v", value, got)
		}
	}
}

func TestSerialise(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"https://App.Example.com:443/x?y": "https://app.example.com", "http://127.0.0.1:8080": "http://127.0.0.1:8080",
		"http://a.example:80": "http://a.example", "https://a.example:80": "https://a.example:80", "ftp://a.example": "", "a.example": "", "://": "",
	} {
		if got := Serialise(ref); got != want {
			t.Errorf("Serialise(%q) = %q, want %q", ref, got, want)
		}
	}
}

func TestVaries(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		header []string
		want   bool
	}{
		{nil, false},
		{[]string{"Vary: Accept-Encoding"}, false},
		{[]string{"Vary: accept, ORIGIN"}, true},
		{[]string{"Vary: *"}, true},
		{[]string{"Vary: Cookie", "Vary: Origin"}, true},
		{[]string{"Vary: X-Origin"}, false},
	} {
		if got := Varies(Answer{Status: 200, Header: fields(tc.header...)}); got != tc.want {
			t.Errorf("%q: got %v", tc.header, got)
		}
	}
}

func FuzzReadable(f *testing.F) {
	f.Add("https://a.example", "https://a.example", "true", "PUT", "*", "DELETE")
	f.Add("null", "null", "TRUE", ",,", "a b", "")
	f.Fuzz(func(t *testing.T, from, allowed, credentials, methods, headers, method string) {
		a := Answer{Status: 200, Header: []evidence.Field{
			{Name: "Access-Control-Allow-Origin", Value: allowed},
			{Name: "Access-Control-Allow-Credentials", Value: credentials},
			{Name: "Access-Control-Allow-Methods", Value: methods},
			{Name: "Access-Control-Allow-Headers", Value: headers},
		}}
		plain, _ := Readable(a, from, false)
		trusted, _ := Readable(a, from, true)
		if trusted && !plain {
			t.Errorf("readable only with credentials: %q for %q", allowed, from)
		}
		if trusted && from == "*" {
			return
		}
		r := Request{Origin: from, Method: method, Credentials: true}
		if sent, _ := MaySend(a, r); sent && !trusted {
			t.Errorf("sent with credentials to what may not be read: %q for %q", allowed, from)
		}
		if s := Serialise(from); s != "" && strings.Contains(s, "*") && Sendable(s) && trusted && allowed == "*" {
			t.Errorf("%q", s)
		}
	})
}
