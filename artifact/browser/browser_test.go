package browser

import (
	"testing"

	"github.com/launchready/launchready/artifact"
)

func TestSends(t *testing.T) {
	t.Parallel()
	const portal, evil, sibling = "https://portal.example.com/account", "https://evil.example", "https://blog.example.com"
	cookie := func(sameSite string) artifact.CookieSet {
		return artifact.CookieSet{URL: "https://portal.example.com/login", Path: "/", Secure: true, SameSite: sameSite}
	}
	with := func(c artifact.CookieSet, change func(*artifact.CookieSet)) artifact.CookieSet {
		change(&c)
		return c
	}
	for _, tc := range []struct {
		name   string
		cookie artifact.CookieSet
		r      Request
		want   bool
		note   string
	}{
		{name: "Lax with a link", cookie: cookie("Lax"), r: Request{From: evil, To: portal, Navigates: true}, want: true},
		{name: "Lax with a form", cookie: cookie("lax"), r: Request{From: evil, To: portal, Method: "POST", Navigates: true}, note: NoteLax},
		{name: "Lax with a fetch", cookie: cookie("Lax"), r: Request{From: evil, To: portal}, note: NoteLax},
		{name: "Strict with a link", cookie: cookie("Strict"), r: Request{From: evil, To: portal, Navigates: true}, note: NoteStrict},
		{name: "Strict from a sibling", cookie: cookie("Strict"), r: Request{From: sibling, To: portal, Method: "POST"}, want: true},
		{name: "None with a form", cookie: cookie("None"), r: Request{From: evil, To: portal, Method: "POST", Navigates: true}, want: true},
		{name: "None with a fetch", cookie: cookie("None"), r: Request{From: evil, To: portal, Method: "PUT"}, want: true},
		{name: "None without Secure", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.Secure = false }), r: Request{From: evil, To: portal}, want: true, note: NoteNone},
		{name: "absent with a form", cookie: cookie(""), r: Request{From: evil, To: portal, Method: "POST", Navigates: true}, note: NoteDefault},
		{name: "absent with a link", cookie: cookie(""), r: Request{From: evil, To: portal, Navigates: true}, want: true},
		{name: "another scheme is another site", cookie: with(cookie("Lax"), func(c *artifact.CookieSet) { c.Secure = false }), r: Request{From: "http://portal.example.com", To: portal, Method: "POST", Navigates: true}, note: NoteLax},
		{name: "typed", cookie: cookie("Strict"), r: Request{To: portal}, want: true},
		{name: "host-only to a sibling", cookie: cookie("None"), r: Request{From: evil, To: sibling}, note: "it goes to portal.example.com alone"},
		{name: "domain to a sibling", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.Domain = ".example.com" }), r: Request{From: evil, To: sibling}, want: true},
		{name: "domain to a look-alike", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.Domain = "example.com" }), r: Request{From: evil, To: "https://evilexample.com"}, note: "it goes to example.com alone"},
		{name: "other path", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.Path = "/acc" }), r: Request{From: evil, To: portal}, note: "it goes to paths below /acc alone"},
		{name: "path below", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.Path = "/account/" }), r: Request{From: evil, To: portal + "/1"}, want: true},
		{name: "default path", cookie: with(cookie("None"), func(c *artifact.CookieSet) { c.URL, c.Path = "https://portal.example.com/a/login", "" }), r: Request{From: evil, To: portal}, note: "it goes to paths below /a alone"},
		{name: "Secure over http", cookie: cookie("None"), r: Request{From: evil, To: "http://portal.example.com/"}, note: "it goes over https alone"},
		{
			name: "Secure to loopback", cookie: artifact.CookieSet{URL: "http://127.0.0.1:8080/login", Path: "/", Secure: true, SameSite: "None"},
			r: Request{From: evil, To: "http://127.0.0.1:8080/", Method: "POST", Navigates: true}, want: true,
		},
		{name: "no address", cookie: cookie("None"), r: Request{From: evil, To: "/account"}, note: "the address cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sent, note := Sends(tc.cookie, tc.r)
			if sent != tc.want || note != tc.note {
				t.Errorf("got %v %q, want %v %q", sent, note, tc.want, tc.note)
			}
		})
	}
}

func TestSite(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"portal.example.com":   "example.com",
		"a.b.example.com.":     "example.com",
		"portal.example.co.uk": "example.co.uk",
		"a.acme.github.io":     "acme.github.io",
		"localhost":            "localhost",
		"127.0.0.1":            "127.0.0.1",
		"::1":                  "::1",
	} {
		if got := Site(host); got != want {
			t.Errorf("Site(%q) = %q, want %q", host, got, want)
		}
	}
}

func FuzzSends(f *testing.F) {
	f.Add("https://a.example/login", "", "/", "Lax", "https://evil.example", "https://a.example/x", "POST", true)
	f.Add("://", ".example", "x", "none", "", "http://[::1]:80/..", "", false)
	f.Fuzz(func(t *testing.T, set, domain, path, sameSite, from, to, method string, navigates bool) {
		c := artifact.CookieSet{URL: set, Domain: domain, Path: path, SameSite: sameSite}
		sent, _ := Sends(c, Request{From: from, To: to, Method: method, Navigates: navigates})
		if same, _ := Sends(c, Request{To: to}); sent && !same {
			t.Errorf("sent from %q, and not when typed", from)
		}
	})
}
