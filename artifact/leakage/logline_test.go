package leakage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line string
		want []string
	}{
		"jwt":                  {"token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln ok", []string{LogJWT}},
		"bearer":               {`headers={"authorization":"Bearer tok_0p4que9f8e7d6c"}`, []string{LogAuthorization}},
		"password in json":     {`{"body":{"email":"-","password":"hunter22"}}`, []string{LogPassword}},
		"password in a form":   {`POST /login password=hunter22&x=1`, []string{LogPassword}},
		"password escaped":     {`{"body":"{\"password\":\"hunter22\"}"}`, []string{LogPassword}},
		"token in a query":     {`"GET /reset?token=abcdef123456 HTTP/1.1" 200`, []string{LogToken}},
		"cookie":               {`Cookie: sid=0123456789abcdef0123; theme=dark`, []string{LogCookie}},
		"aws key":              {`using AKIAIOSFODNN7EXAMPLQ`, []string{LogKey}},
		"dsn":                  {`connect postgres://app:hunter22@db/x`, []string{LogDSN}},
		"private key":          {`-----BEGIN RSA PRIVATE KEY-----`, []string{LogPrivateKey}},
		"card named":           {`cardNumber=4111111111111111`, []string{LogCard}},
		"card in groups":       {`pay 4111 1111 1111 1111 now`, []string{LogCard}},
		"iban":                 {`paid to GB82 WEST 1234 5698 7654 32`, []string{LogIBAN}},
		"address":              {`sign-in failed for jan@example.com`, []string{LogEmail}},
		"address encoded":      {`GET /api/users?email=jan%40example.com`, []string{LogEmail}},
		"masked password":      {`{"password":"--redacted--"} password=*** pwd=[FILTERED] secret="<hidden>"`, nil},
		"masked header":        {`Authorization: Bearer ****, Cookie: sid=[REDACTED]`, nil},
		"masked card":          {`card ************1111, 411111******1111`, nil},
		"masked address":       {`user j***@example.com`, nil},
		"a word on passwords":  {`password: invalid; password=incorrect`, nil},
		"a path on passwords":  {`POST /api/password/reset 202 token expired`, nil},
		"nanoseconds":          {`t=1732406400123456789 id=4111111111111112`, nil},
		"ids and times":        {`2026-01-01T10:00:00.123456789Z span 4bf92f3577b34da6a3ce929d0e0e4736 user 73012345`, nil},
		"basic word":           {`basic authentication is off, bearer tokens are on`, nil},
		"package with version": {`GET /npm/react@18.2.0/index.js node@10.0.0.1`, nil},
		"masked query":         {`GET /reset?token=--redacted--&signature=***`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, h := range Line(test.line) {
				got = append(got, h.Kind)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("kinds of %q (-want +got):\n%s", test.line, diff)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"password=hunter22", "Cookie: a=0123456789abcdef0", "4111111111111111", "GB82WEST12345698765432", "a@b.cc", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c", "İ password=İİİİ", strings.Repeat("a@", 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, h := range Line(line) {
			if h.From < 0 || h.To > len(line) || h.From >= h.To {
				t.Errorf("hit %+v lies outside of a line of %d bytes", h, len(line))
			}
		}
	})
}

func BenchmarkLine(b *testing.B) {
	line := `{"time":"2026-01-01T10:00:00.123456789Z","level":"info","msg":"request","requestId":"8f2c61d07a","method":"GET","target":"/api/invoices/7301?page=--redacted--","status":200,"tookMs":12}`
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		Line(line)
	}
}
