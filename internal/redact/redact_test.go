package redact

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
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
		"aws key":                     {"id AKIAIOSFODNN7EXAMPLE;", "id <cloud>;"},
		"github token":                {"ghp_0123456789abcdefghij0123456789abcdef", "<cloud>"},
		"stripe key":                  {"sk_live_0123456789abcdef", "<cloud>"},
		"slack token":                 {"xoxb-1234567890-abcdef", "<cloud>"},
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
		"environment file":            {"APP_ENV=prod\nDB_PASSWORD=hunter22\nAPP_KEY=k\nJWT_SECRET=abcdef\n", "APP_ENV=prod\nDB_PASSWORD=<password>\nAPP_KEY=k\nJWT_SECRET=<key>\n"},
		"connection string":           {"Server=db;User Id=sa;Password=Gr4nite;Timeout=5", "Server=db;User Id=sa;Password=<password>;Timeout=5"},
		"libpq string":                {"host=db user=app password=hunter22 dbname=x", "host=db user=app password=<password> dbname=x"},
		"prose with a token stays":    {"set token=abcdef in the script", "set token=abcdef in the script"},
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
		"a sentence goes as one": {
			"application/json",
			`{"secret":"where the harbour keys hang","api_secret":"k8 x9 q7 z1","client_secret":"correct-horse"}`,
			`{"secret":"<prose>","api_secret":"<key>","client_secret":"<key>"}`,
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
