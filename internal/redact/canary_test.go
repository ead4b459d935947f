package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
)

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
	for worker := range 2 {
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
	const size = 64 << 10
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
