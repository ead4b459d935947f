package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
)

var fingerprint = regexp.MustCompile(`\[redacted:([a-z0-9]+):[0-9a-f]{8}\]`)

// shown writes placeholders without their fingerprint.
func shown(s string) string { return fingerprint.ReplaceAllString(s, "<$1>") }

const (
	sampleJWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWJ5dGVz"
	samplePEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdef==\n-----END RSA PRIVATE KEY-----"
)

var sampleBcrypt = "$2b$12$" + strings.Repeat("aZ9./", 10) + "abc"

func TestString(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"plain words stay":            {"nothing to see, not even a token or password", "nothing to see, not even a token or password"},
		"jwt":                         {"got " + sampleJWT + ".", "got <jwt>."},
		"jwt without signature":       {"x=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. end", "x=<jwt> end"},
		"bcrypt":                      {"hash " + sampleBcrypt + "!", "hash <bcrypt>!"},
		"argon2":                      {"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", "<argon2>"},
		"django pbkdf2":               {"pbkdf2_sha256$600000$salt$QmFzZTY0SGFzaFZhbHVlMTIz=", "<hash>"},
		"private key":                 {"a\n" + samplePEM + "\nb", "a\n<pem>\nb"},
		"torn private key":            {"a " + samplePEM[:50], "a <pem>"},
		"certificates stay":           {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"},
		"aws key":                     {"id AKIAIOSFODNN7EXAMPLE;", "id <key>;"},
		"github token":                {"ghp_0123456789abcdefghij0123456789abcdef", "<key>"},
		"stripe key":                  {"sk_live_0123456789abcdef", "<key>"},
		"slack token":                 {"xoxb-1234567890-abcdef", "<key>"},
		"part of a longer word stays": {"masks-AKIAIOSFODNN7EXAMPLE", "masks-AKIAIOSFODNN7EXAMPLE"},
		"password in a dsn":           {"postgres://app:s3cr3t@db:5432/x and redis://:pw12@r", "postgres://app:<dsn>@db:5432/x and redis://:<dsn>@r"},
		"port is no password":         {"http://host:8080/a@b", "http://host:8080/a@b"},
		"query keys":                  {"/d?id=7&sig=abcdef&token=x%20yz1&page=2", "/d?id=7&sig=<token>&token=<token>&page=2"},
		"query key in html":           {`<a href="/d?a=1&amp;signature=abcdef">`, `<a href="/d?a=1&amp;signature=<token>">`},
		"fragment":                    {"/cb#access_token=abcdef&x=1", "/cb#access_token=<token>&x=1"},
		"session in the path":         {"/a;jsessionid=ABCDEF12?x=1", "/a;jsessionid=<cookie>?x=1"},
		"code without url stays":      {"status code=1234", "status code=1234"},
		"pair in a script":            {`<script>var s = {"csrfToken": "abc-def", 'apiKey':'k1234'};</script>`, `<script>var s = {"csrfToken": "<csrf>", 'apiKey':'<key>'};</script>`},
		"hidden field":                {`<input type=hidden name="csrf_token" value='a"bc&amp;d'>`, `<input type=hidden name="csrf_token" value='<csrf>'>`},
		"password field":              {`<input type="password" value="hunter22" name=p>`, `<input type="password" value="<password>" name=p>`},
		"value before name":           {`<input value=abcde name=_token />`, `<input value=<token> name=_token />`},
		"other fields stay":           {`<input name="email" value="alice@acme.test">`, `<input name="email" value="alice@acme.test">`},
		"meta":                        {`<meta name="csrf-token" content="abcdef">`, `<meta name="csrf-token" content="<csrf>">`},
		"xml":                         {`<user><password>hunter22</password></user>`, `<user><password><password></password></user>`},
		"echoed header":               {"TRACE / HTTP/1.1\r\nAuthorization: Bearer abcdef\r\nCookie: sid=abcdef; a=1\r\n", "TRACE / HTTP/1.1\r\nAuthorization: Bearer <bearer>\r\nCookie: sid=<cookie>; a=1\r\n"},
		"curl line":                   {"curl -H 'X-Api-Key: abcdef' x", "curl -H 'X-Api-Key: <key>' x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := New([]byte("k"))
			got := r.String(test.in)
			if shown(got) != test.want {
				t.Errorf("got  %s\nwant %s", shown(got), test.want)
			}
			if again := r.String(got); again != got {
				t.Errorf("not idempotent: %s", again)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ name, in, want string }{
		"bearer":               {"Authorization", "Bearer abcdef", "Bearer <bearer>"},
		"empty bearer":         {"Authorization", "Bearer ", "Bearer "},
		"bearer jwt":           {"authorization", "Bearer " + sampleJWT, "Bearer <jwt>"},
		"basic":                {"Authorization", "Basic YWxpY2U6cHc=", "Basic <basic>"},
		"no scheme":            {"Authorization", "abcdef", "<bearer>"},
		"other scheme":         {"Proxy-Authorization", "Token abcdef", "Token <token>"},
		"cookie":               {"Cookie", `sid=abcdef; theme=x; q="uvwxyz"`, `sid=<cookie>; theme=x; q="<cookie>"`},
		"set-cookie":           {"Set-Cookie", "sid=abcdef; Path=/; HttpOnly; SameSite=Lax", "sid=<cookie>; Path=/; HttpOnly; SameSite=Lax"},
		"deleted cookie":       {"Set-Cookie", "sid=deleted; Max-Age=0", "sid=deleted; Max-Age=0"},
		"api key":              {"X-Api-Key", "abcdef", "<key>"},
		"csrf":                 {"X-CSRF-Token", "abcdef", "<csrf>"},
		"x-auth":               {"X-Auth-Thing", "Bearer abcdef", "Bearer <token>"},
		"amazon":               {"X-Amz-Security-Token", "abcdef", "<token>"},
		"location":             {"Location", "/reset?token=abcdef", "/reset?token=<token>"},
		"plain":                {"Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"},
		"www-authenticate":     {"WWW-Authenticate", `Bearer realm="x"`, `Bearer realm="x"`},
		"value of few letters": {"Authorization", "Bearer x", "Bearer x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := New([]byte("k"))
			got := r.Header(test.name, test.in)
			if shown(got) != test.want {
				t.Errorf("got %s, want %s", shown(got), test.want)
			}
			if again := r.Header(test.name, got); again != got {
				t.Errorf("not idempotent: %s", again)
			}
		})
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ kind, in, want string }{
		"json keeps its shape": {
			"application/json",
			`{ "b" : 1.50e3,"a":[true,null, "x"] , "password":"hunter22", "n": {"accessToken" :"abcd" } }`,
			`{ "b" : 1.50e3,"a":[true,null, "x"] , "password":"<password>", "n": {"accessToken" :"<token>" } }`,
		},
		"other types under secret names stay": {
			"application/json",
			`{"password":true,"token":null,"secret":0,"api_key":"","otp":"set","hash":{"a":"b"},"password2":"****"}`,
			`{"password":true,"token":null,"secret":0,"api_key":"","otp":"set","hash":{"a":"b"},"password2":"****"}`,
		},
		"arrays inherit":          {"application/json", `{"tokens":["abcd",["efgh"],{"k":"stay"},"ijkl"],"x":["stay"]}`, `{"tokens":["<token>",["<token>"],{"k":"stay"},"<token>"],"x":["stay"]}`},
		"escapes":                 {"application/json", `{"private_key":"a\"b\u00e9c","x":"a\/b\u00e9"}`, `{"private_key":"<key>","x":"a\/b\u00e9"}`},
		"pem in json":             {"application/json", `{"x":"` + strings.ReplaceAll(samplePEM, "\n", `\n`) + `"}`, `{"x":"<pem>"}`},
		"json in a string":        {"application/json", `{"log":"{\"password\":\"hunter22\",\"n\":1}"}`, `{"log":"{\"password\":\"<password>\",\"n\":1}"}`},
		"header as property":      {"application/json", `{"headers":{"Authorization":"Bearer abcdef","Set-Cookie":["a=bcdefg; Path=/"]}}`, `{"headers":{"Authorization":"Bearer <bearer>","Set-Cookie":["a=<cookie>; Path=/"]}}`},
		"names about credentials": {"application/json", `{"password_changed_at":"2026-01-01","token_type":"bearer","tokenUrl":"/oauth","next_page_token":"abcdef"}`, `{"password_changed_at":"2026-01-01","token_type":"bearer","tokenUrl":"/oauth","next_page_token":"abcdef"}`},
		"torn json":               {"application/json", `{"a":"b","password":"hunter2`, `{"a":"b","password":"<password>`},
		"json of odd quotes":      {"application/json", `{"a":"b"c","token":"abcdef"}`, `{"a":"b"c","token":"<token>"}`},
		"json by its look":        {"text/plain", `{"token":"abcdef"}`, `{"token":"<token>"}`},
		"form":                    {"application/x-www-form-urlencoded", "email=a%40b&password=hunter%2022&user%5Btoken%5D=abcd&x=1", "email=a%40b&password=<password>&user%5Btoken%5D=<token>&x=1"},
		"multipart":               {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter22\r\n--b--", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n<password>\r\n--b--"},
		"binary":                  {"image/png", "\x89PNG\x00\xff\xfe", "\x89PNG\x00\xff\xfe"},
		"invalid stays invalid":   {"application/json", `{"token":"ab\qcd"}`, `{"token":"<token>"}` + notJSON},
		"signed link in json":     {"application/json", `{"url":"/dl/1?expires=99&sig=abcdef"}`, `{"url":"/dl/1?expires=99&sig=<token>"}`},
		"top-level string":        {"application/json", `"` + sampleJWT + `"`, `"<jwt>"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := New([]byte("k"))
			got := string(r.Body(test.kind, []byte(test.in)))
			if shown(got) != test.want {
				t.Errorf("got  %s\nwant %s", shown(got), test.want)
			}
			if again := string(r.Body(test.kind, []byte(got))); again != got {
				t.Errorf("not idempotent: %s", again)
			}
			if json.Valid([]byte(got)) != json.Valid([]byte(test.in)) {
				t.Errorf("validity changed: %s", got)
			}
		})
	}
}

func TestEqualValuesGetEqualPlaceholders(t *testing.T) {
	t.Parallel()
	r := New([]byte("one"))
	r.Add("cookie", "s3ss10n/value+x")
	want := r.placeholder("key", "s3ss10n/value+x")
	for name, got := range map[string]string{
		"header":    strings.TrimPrefix(r.Header("Cookie", "sid=s3ss10n/value+x"), "sid="),
		"bearer":    strings.TrimPrefix(r.Header("Authorization", "Bearer s3ss10n/value+x"), "Bearer "),
		"text":      r.String("s3ss10n/value+x"),
		"escaped":   r.String(url.QueryEscape("s3ss10n/value+x")),
		"json":      strings.Trim(string(r.Body("application/json", []byte(`"s3ss10n\/value\u002bx"`))), `"`),
		"query":     strings.TrimPrefix(r.URL("/?token=s3ss10n%2Fvalue%2Bx"), "/?token="),
		"form":      strings.TrimPrefix(string(r.Body("application/x-www-form-urlencoded", []byte("token=s3ss10n%2Fvalue%2Bx"))), "token="),
		"json name": strings.TrimSuffix(strings.TrimPrefix(string(r.Body("application/json", []byte(`{"token":"s3ss10n/value+x"}`))), `{"token":"`), `"}`),
	} {
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if other := New([]byte("two")).placeholder("cookie", "s3ss10n/value+x"); other == want {
		t.Error("the fingerprint does not depend on the key")
	}
	if r.placeholder("cookie", "another") == want {
		t.Error("different values share a placeholder")
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	r := New([]byte("k"))
	r.Add("password", "abc")  // too short
	r.Add("password", "demo") // a word
	r.Add("nonsense", "hunter-two")
	r.Add("password", "12345678")
	for name, test := range map[string]struct{ in, want string }{
		"too short":               {"abc", "abc"},
		"short secret as a word":  {"the demo.", "the <password>."},
		"short secret in a word":  {"demolition, demo_1", "demolition, demo_1"},
		"unknown kind":            {"xhunter-twox", "x<key>x"},
		"torn by the end":         {"... hunter-tw", "... <key>"},
		"too little left to tell": {"... hunter-", "... hunter-"},
		"number":                  {`{"pin":12345678,"id":123456789}`, `{"pin":"<password>","id":123456789}`},
		"inside a placeholder":    {"[redacted:password:0123abcd] demo", "<password> <password>"},
		"property":                {`{"hunter-two":1}`, `{"<key>":1}`},
	} {
		if got := shown(string(r.Body("", []byte(test.in)))); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestAddHeader(t *testing.T) {
	t.Parallel()
	r := New([]byte("k"))
	r.AddHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("gate:open-sesame")))
	r.AddHeader("X-Gate", "gate-key-123")
	r.AddHeader("Cookie", "a=0123456789abcdef; b=light")
	got := shown(r.String("open-sesame gate-key-123 0123456789abcdef light"))
	if want := "<password> <key> <cookie> light"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCanary plants secrets in every place of an exchange and in every spelling.
func TestCanary(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{
		"password": `P@ss/wörd "1"+<x>&y`, "cookie": "s%3AbC0okieValue.sig/+=", "token": "tok_0p4que-9f8e7d6c", "csrf": "cSrF+/99==", "key": "AbCdEf0123456789",
	}
	r := New([]byte("k"))
	for kind, v := range secrets {
		r.Add(kind, v)
	}
	spell := map[string]func(string) string{
		"raw":       func(s string) string { return s },
		"query":     url.QueryEscape,
		"path":      url.PathEscape,
		"lower":     func(s string) string { return lowerEscapes(url.QueryEscape(s)) },
		"json":      func(s string) string { b, _ := json.Marshal(s); return string(b[1 : len(b)-1]) },
		"html":      html.EscapeString,
		"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"basic":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("alice:" + s)) },
		"basic+1":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("alice1:" + s + "!")) },
		"basic+2":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("alice12:" + s + "!!")) },
		"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
	}
	for kind, v := range secrets {
		for how, f := range spell {
			t.Run(kind+" "+how, func(t *testing.T) {
				t.Parallel()
				w := f(v)
				inJSON, _ := json.Marshal(map[string]string{"note": "x" + w + "y"})
				header := strings.NewReplacer("\"", "", "\n", "").Replace(w)
				e := r.Exchange(&evidence.Exchange{
					Error: "get " + w,
					Request: evidence.Request{
						URL: "http://h/a/" + w + "?q=" + w, Target: "/a;" + w,
						Header: []evidence.Field{{Name: "X-Other", Value: w}, {Name: "Cookie", Value: "a=" + w}},
						Body:   evidence.Body("a=" + w + "&b=" + w),
					},
					Response: &evidence.Response{
						Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Echo", Value: w}, {Name: "Set-Cookie", Value: "sid=" + header}},
						Body:   inJSON,
					},
				})
				stored, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				for spelled, g := range spell {
					for _, needle := range []string{g(v), core(g(v), spelled)} {
						for _, hay := range []string{string(stored), e.Request.URL, string(e.Body()), string(e.Request.Body), e.Error, evidence.Get(e.Request.Header, "X-Other")} {
							if strings.Contains(hay, needle) {
								t.Errorf("%s survives as %s: %s", v, spelled, hay)
							}
						}
					}
				}
				if !json.Valid(e.Body()) {
					t.Errorf("body is no JSON any more: %s", e.Body())
				}
				if diff := cmp.Diff(e, r.Exchange(e)); diff != "" {
					t.Errorf("not idempotent: %s", diff)
				}
			})
		}
	}
}

// core is the part of a base64 text that its neighbours do not change.
func core(s, how string) string {
	if strings.HasPrefix(how, "basic") {
		return s[12 : len(s)-4]
	}
	return s
}

func TestManySecretsAreBounded(t *testing.T) {
	t.Parallel()
	r := New([]byte("k"))
	r.Add("password", "keep-this-password")
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range mostKnown {
				r.Add("cookie", fmt.Sprintf("rotating-session-%d-%d", worker, i))
				_ = r.String("rotating-session-0-1 and more")
			}
		})
	}
	wg.Wait()
	if n := len(r.known.kinds); n > mostKnown+1 {
		t.Errorf("%d secrets are kept", n)
	}
	last := fmt.Sprintf("zz %s keep-this-password", r.known.passing[len(r.known.passing)-1])
	if got := shown(r.String(last)); got != "zz <cookie> <password>" {
		t.Errorf("got %s", got)
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"password":"hunter22","a":[1,2.0,{"token":"abcdef"}]}`, `{"token":"ab\qcd"}`, `{"a":"b"c","token":"abcdef"}`, `"\ud800"`, `[`, `{"a":`,
		`{"cookie":"a=bcdef; c"}`, `{"x":"{\"password\":\"a\\\"b12\"}"}`, `<input name=csrf value=`, `a?token=b&sig=cdefg`, `x://a:b@c`,
		samplePEM, sampleJWT, `{"pin":87654321}`, `[redacted:key:deadbeef]`, `"registered-secret`, `demo demo1`, "Authorization: Bearer abcdef",
	} {
		f.Add(s)
	}
	r := New([]byte("k"))
	for _, v := range []string{"registered-secret", "demo", "87654321", "a\"b\\c/d"} {
		r.Add("password", v)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := string(r.Body("application/json", []byte(s)))
		if json.Valid([]byte(s)) != json.Valid([]byte(got)) {
			t.Errorf("validity changed: %q → %q", s, got)
		}
		if again := string(r.Body("application/json", []byte(got))); again != got {
			t.Errorf("not idempotent: %q → %q → %q", s, got, again)
		}
		if strings.Contains(got, "registered-secret") {
			t.Errorf("secret survives: %q → %q", s, got)
		}
		_ = r.Body("text/html", []byte(s))
		_ = r.Header("Cookie", s)
		_ = r.Header("Authorization", s)
	})
}

func BenchmarkBody(b *testing.B) {
	var rows strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, `{"id":%d,"name":"Invoice number %d","note":"a free text that says something","email":"user%d@acme.test","paid":true},`, i, i, i)
	}
	body := []byte(`{"items":[` + strings.TrimSuffix(rows.String(), ",") + `]}`)
	r := New([]byte("k"))
	for i := range 1000 {
		r.Add("cookie", fmt.Sprintf("%x-session-%d", i*7919, i))
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		r.Body("application/json", body)
	}
}

// TestHostileTexts holds texts that make a careless scanner take quadratic
// time or recurse; the bound is the test's own deadline.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	r := New([]byte("k"))
	r.Add("password", "registered-secret")
	const size = 256 << 10
	for _, s := range []string{
		"Cookie: ", "Authorization: ", `"token":"`, `\"token\":\"`, "<input ", "<input name=csrf value=", "<", "://a:", "&token=", "eyJ", "eyJa.",
		"-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "[redacted:", "registered-secre", "$2b$", `"cookie":"`, "a=", "<password>", `"`, "\\",
	} {
		text := strings.Repeat(s, size/len(s))
		if got := r.String(text); len(got) > 8*size {
			t.Errorf("%q grows to %d bytes", s, len(got))
		}
		_ = r.Body("application/json", []byte(text))
	}
}
