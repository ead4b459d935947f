package setcookie

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	t.Parallel()
	const there, here = "https://app.example.com/login", "http://127.0.0.1:8080/login"
	type set = artifact.CookieSet
	for _, tc := range []struct {
		name, line, at string
		want           Cookie
		ignored        bool
	}{
		{name: "plain", line: "a=b", want: Cookie{Name: "a", Value: "b"}},
		{name: "everything", line: "a=b; Path=/x; Domain=example.com; Secure; HttpOnly; SameSite=Strict; Max-Age=60; Partitioned", want: Cookie{"a", "b", set{Path: "/x", Domain: "example.com", Secure: true, HTTPOnly: true, SameSite: "Strict", Life: time.Minute, Partitioned: true}}},
		{name: "odd case and blanks", line: " a = b ;PATH=/ ; sEcUrE;HTTPONLY;samesite= nOnE ", want: Cookie{"a", "b", set{Path: "/", Secure: true, HTTPOnly: true, SameSite: "None"}}},
		{name: "quotes belong to the value", line: `a="b c"; Path=/`, want: Cookie{"a", `"b c"`, set{Path: "/"}}},
		{name: "commas and equals signs", line: "a=b,c=d==; HttpOnly", want: Cookie{"a", "b,c=d==", set{HTTPOnly: true}}},
		{name: "flags with a value", line: "a=b; Secure=false; HttpOnly=0", want: Cookie{"a", "b", set{Secure: true, HTTPOnly: true}}},
		{name: "the last attribute wins", line: "a=b; SameSite=None; SameSite=Lax; Path=/x; Path=/y", want: Cookie{"a", "b", set{SameSite: "Lax", Path: "/y"}}},
		{name: "an empty path last", line: "a=b; Path=/x; Path=", want: Cookie{"a", "b", set{}}},
		{name: "a relative path", line: "a=b; Path=x", want: Cookie{"a", "b", set{}}},
		{name: "an unknown SameSite", line: "a=b; SameSite=Later", want: Cookie{"a", "b", set{Odd: "Later"}}},
		{name: "a leading dot", line: "a=b; Domain=.Example.COM", want: Cookie{"a", "b", set{Domain: "example.com"}}},
		{name: "a foreign domain", line: "a=b; Domain=example.org", want: Cookie{"a", "b", set{Domain: "example.org", Refused: "its Domain example.org is not the host's"}}},
		{name: "a domain that only ends alike", line: "a=b; Domain=ple.com", want: Cookie{"a", "b", set{Domain: "ple.com", Refused: "its Domain ple.com is not the host's"}}},
		{name: "no name", line: "=b; Secure", want: Cookie{"", "b", set{Secure: true}}},
		{name: "no equals sign", line: "b; Secure", want: Cookie{"", "b", set{Secure: true}}},
		{name: "nothing", line: "; Secure", ignored: true},
		{name: "a control character", line: "a=b\x01; Secure", ignored: true},
		{name: "a tab", line: "a=\tb\t;\tSecure", want: Cookie{"a", "b", set{Secure: true}}},
		{name: "too long", line: "a=" + strings.Repeat("b", 4096), ignored: true},
		{name: "an attribute too long", line: "a=b; Path=/" + strings.Repeat("x", 1024), want: Cookie{"a", "b", set{}}},
		{name: "Max-Age beats Expires", line: "a=b; Max-Age=10; Expires=Wed, 01 Jan 2020 00:00:00 GMT", want: Cookie{"a", "b", set{Life: 10 * time.Second}}},
		{name: "Max-Age of nonsense", line: "a=b; Max-Age=1h; Expires=Sun, 01 Mar 2026 13:00:00 GMT", want: Cookie{"a", "b", set{Life: time.Hour}}},
		{name: "deleted by Max-Age", line: "a=; Max-Age=-1", want: Cookie{"a", "", set{Drops: true}}},
		{name: "deleted by Expires", line: "a=; Expires=Thu, 01-Jan-1970 00:00:01 GMT", want: Cookie{"a", "", set{Drops: true}}},
		{name: "for ever", line: "a=b; Max-Age=99999999999", want: Cookie{"a", "b", set{Life: mostLife}}},
		{name: "Expires in two digits", line: "a=b; Expires=Sunday, 01-Mar-26 12:00:30 GMT", want: Cookie{"a", "b", set{Life: 30 * time.Second}}},
		{name: "Expires as asctime", line: "a=b; Expires=Sun Mar  1 12:00:30 2026", want: Cookie{"a", "b", set{Life: 30 * time.Second}}},
		{name: "Expires on no day", line: "a=b; Expires=Sun, 31 Feb 2027 12:00:30 GMT", want: Cookie{"a", "b", set{}}},
		{name: "None without Secure", line: "a=b; SameSite=None", want: Cookie{"a", "b", set{SameSite: "None", Refused: "SameSite=None demands Secure"}}},
		{name: "Secure over http", line: "a=b; Secure", at: "http://app.example.com/", want: Cookie{"a", "b", set{Secure: true, Refused: "it is Secure, and was set over plain http"}}},
		{name: "Secure on loopback", line: "__Host-a=b; Secure; Path=/", at: here, want: Cookie{"__Host-a", "b", set{Secure: true, Path: "/"}}},
		{name: "a good prefix", line: "__Host-a=b; Secure; Path=/", want: Cookie{"__Host-a", "b", set{Secure: true, Path: "/"}}},
		{name: "a prefix without Path", line: "__Host-a=b; Secure", want: Cookie{"__Host-a", "b", set{Secure: true, Refused: "the prefix __Host- demands Path=/ and no Domain"}}},
		{name: "a prefix in odd case", line: "__hOsT-a=b; Path=/", want: Cookie{"__hOsT-a", "b", set{Path: "/", Refused: "the prefix __Host- demands Secure"}}},
		{name: "a Secure prefix", line: "__Secure-a=b; Domain=example.com", want: Cookie{"__Secure-a", "b", set{Domain: "example.com", Refused: "the prefix __Secure- demands Secure"}}},
		{name: "a nameless prefix", line: "=__Host-a=b; Secure; Path=/", want: Cookie{"", "__Host-a=b", set{Secure: true, Path: "/", Refused: "it has no name, and its value looks like a prefix"}}},
		{name: "an Http prefix", line: "__Http-a=b; Secure", want: Cookie{"__Http-a", "b", set{Secure: true, Refused: "the prefix __Http- demands HttpOnly"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.at == "" {
				tc.at = there
			}
			at, err := url.Parse(tc.at)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := Parse(tc.line, at, now)
			if ok == tc.ignored {
				t.Fatalf("ok = %v", ok)
			}
			if !ok {
				return
			}
			tc.want.URL = tc.at
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"a=b; Path=/; Secure; HttpOnly; SameSite=Lax", "__Host-a=\"b\"; max-age=1", "=;;;=; domain=.", "a; expires=1:2:3 99 dec 2099", "a=b; Expires=Sun, 31 Feb 27 12:00:30",
		"\x00", "a=b; SameSite", "é=ü; Domain=é", "a=b; Max-Age=-000", "a=b; Max-Age=9223372036854775808",
	} {
		f.Add(line, "https://app.example.com/x")
	}
	f.Fuzz(func(t *testing.T, line, where string) {
		at, err := url.Parse(where)
		if err != nil {
			return
		}
		c, ok := Parse(line, at, now)
		if !ok {
			return
		}
		switch {
		case c.Name == "" && c.Value == "":
			t.Error("neither name nor value")
		case strings.ContainsAny(c.Name, ";=") || strings.Contains(c.Value, ";"):
			t.Errorf("a separator in %q=%q", c.Name, c.Value)
		case c.Life < 0 || c.Life > mostLife || c.Drops && c.Life != 0:
			t.Errorf("life %v, drops %v", c.Life, c.Drops)
		case c.Path != "" && c.Path[0] != '/':
			t.Errorf("path %q", c.Path)
		case c.Refused == "" && strings.HasPrefix(Prefix(c.Name), "__Host-") && (!c.Secure || c.Domain != "" || c.Path != "/"):
			t.Errorf("a browser would not keep %q", line)
		}
	})
}
