package csrf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

func TestFormOf(t *testing.T) {
	t.Parallel()
	const page = `<form action="/search"><input name="q"></form>
<form method="POST" action="profile"><input type="hidden" name="csrf_token" value="x"><input type="hidden" name="version" value="3">
<input name="user[name]" value="Ann"><textarea name="bio">Hello</textarea><input type="password" name="current">
<select name="lang"><option value="de"><option value="en" selected></select><input type="checkbox" name="news" value="1" checked><input type="checkbox" name="beta" value="1">
<button name="go">Save</button></form>`
	got, ok := formOf([]byte(page), "/account/edit", artifact.Route{Method: "POST", Template: "/account/profile"})
	want := map[string]any{"version": "3", "user[name]": "Ann", "bio": "Hello", "lang": "en", "news": "1"}
	if diff := cmp.Diff(want, got.fields); diff != "" || !ok || got.text != "bio" || got.was != "Hello" {
		t.Errorf("found %v, text %q, was %q; fields (-want +got):\n%s", ok, got.text, got.was, diff)
	}
	if _, ok := formOf([]byte(page), "/account/edit", artifact.Route{Method: "POST", Template: "/elsewhere"}); ok {
		t.Error("a form that leads elsewhere was taken")
	}
}

func FuzzFormOf(f *testing.F) {
	f.Add(`<form method=post action=""><input name=name value=x><select name=a><option>`, "/account")
	f.Add(`<form method=post action="//[::1"><textarea name=bio><p>`, "")
	f.Fuzz(func(t *testing.T, page, at string) {
		if s, ok := formOf([]byte(page), at, artifact.Route{Method: "POST", Template: "/account"}); ok && s.text == "" {
			t.Error("a form without a text was taken")
		}
	})
}

func TestPlainHidesTheEqualsSign(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		o    order
		want string
	}{
		{order{fields: map[string]any{"text": "lrw-a"}, sign: "lrw-a"}, `{"text":"lrw-a="}`},
		{order{fields: map[string]any{"n": 1}}, `{"lr":"=","n":1}`},
		{order{}, `{"lr":"="}`},
	} {
		if got := strings.TrimSuffix(string(plain(tc.o)), "\r\n"); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}

func TestChangedTokenKeepsItsForm(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"abc-DEF_019", "zZ9", "", "="} {
		got := changed(token)
		if len(got) != len(token) || strings.ContainsAny(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") && got == token {
			t.Errorf("changed(%q) = %q", token, got)
		}
	}
}
