package login

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/portal"
)

// formLogin captures the form's token, as a careful recipe does.
func formLogin() *portal.Recipe {
	get := portal.Step{Request: call("GET /login"), Capture: []portal.Pair{{Name: "csrf", Value: "input[name=csrf_token]"}}}
	post := fill("POST /login", "email", "${user}", "password", "${password}", "csrf_token", "${csrf}")
	return cookieRecipe(get, post)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	captured := credentials("POST /api/token")
	captured.Capture = []portal.Pair{{Name: "token", Value: "/data/token"}}
	token := func(id *portal.Identity) { id.Password, id.Token = portal.Secret{}, portal.NewSecret(apiToken) }
	for _, tc := range []struct {
		name   string
		id     *portal.Identity
		recipe *portal.Recipe
		alive  *portal.Alive
		sends  string
	}{
		{name: "form with captured token", recipe: formLogin(), sends: "cookie"},
		{name: "form with a token nobody declared", recipe: cookieRecipe(fill("POST /login", "email", "${user}", "password", "${password}")), sends: "cookie"},
		{name: "page fetched, token not declared", recipe: cookieRecipe(portal.Step{Request: call("GET /login")}, fill("POST /login", "email", "${user}", "password", "${password}")), sends: "cookie"},
		{name: "json to cookie", recipe: cookieRecipe(credentials("POST /api/login")), sends: "cookie"},
		{name: "json to bearer", recipe: &portal.Recipe{Steps: []portal.Step{captured}, Send: portal.Send{Kind: "bearer", Value: "${token}"}}, sends: "bearer"},
		{name: "captured token without send", recipe: &portal.Recipe{Steps: []portal.Step{captured}}, sends: "bearer"},
		{name: "header", id: with(token), recipe: &portal.Recipe{Send: portal.Send{Kind: "header", Name: "X-Auth", Value: "${token}"}}, sends: "header X-Auth"},
		{name: "basic", recipe: &portal.Recipe{Send: portal.Send{Kind: "basic"}}, sends: "basic"},
		{name: "static token beside a cookie recipe", id: with(token), recipe: formLogin(), sends: "bearer"},
		{name: "static token without recipe", id: with(token), sends: "bearer"},
		{name: "query", id: with(token), recipe: &portal.Recipe{Send: portal.Send{Kind: "query", Name: "key"}}, sends: "query key"},
		{
			name: "json field", id: with(token), sends: "json-field auth",
			recipe: &portal.Recipe{
				Send:  portal.Send{Kind: "json-field", Name: "auth", Value: "${token}"},
				Alive: &portal.Alive{Request: call("POST /api/me"), Contains: "${user}"},
			},
		},
		{
			name: "two steps with a one-time code", sends: "cookie",
			id:     with(func(id *portal.Identity) { id.TOTP = portal.NewSecret("jbsw y3dp ehpk 3pxp") }),
			recipe: cookieRecipe(fill("POST /first", "email", "${user}", "password", "${password}"), fill("POST /second", "code", "${totp}")),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			if tc.id == nil {
				tc.id = alice()
			}
			by := way(t, w.URL)
			by.Now = func() time.Time { return w.now }
			s, anonymous := New(tc.id, tc.recipe, by), New(nil, nil, by)
			if err := s.SignIn(t.Context()); err != nil {
				t.Fatalf("sign in: %v", err)
			}
			probe, err := ChooseProbe(t.Context(), s, nil, nil, anonymous)
			if err != nil {
				t.Fatalf("choose probe: %v", err)
			}
			if probe.Request.Path != "/api/me" || !slices.ContainsFunc(probe.Needles, func(n string) bool { return n == user }) {
				t.Errorf("probe %s with %q, want /api/me with %s", probe.Request, probe.Needles, user)
			}
			if alive, _, err := s.Alive(t.Context()); !alive || err != nil {
				t.Errorf("alive: %v, %v", alive, err)
			}
			if got := s.Sends(); got != tc.sends {
				t.Errorf("sends %q, want %q", got, tc.sends)
			}
		})
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	described := fill("POST /login", "email", "${user}", "password", "${password}")
	described.OK = &portal.Match{Status: []int{302, 303}, LocationNot: "/login"}
	described.Failed = &portal.Match{Body: "Incorrect password"}
	bounced := fill("POST /bounce", "email", "${user}", "password", "${password}")
	strict := bounced
	strict.OK = &portal.Match{Status: []int{302, 303}, LocationNot: "^/login"}
	loose := fill("POST /login", "email", "${user}", "password", "${password}")
	loose.OK = &portal.Match{Status: []int{200, 302}}
	lost := portal.Step{Request: call("GET /login"), Capture: []portal.Pair{{Name: "csrf", Value: "input[name=nonce]"}}}
	tokenless := fill("POST /login", "email", "${user}", "password", "${password}", "csrf_token", "made-up")
	for _, tc := range []struct {
		name   string
		recipe *portal.Recipe
		change func(*portal.Identity)
		want   string
		tip    string
	}{
		{name: "401", recipe: cookieRecipe(credentials("POST /api/login")), want: "step 1, POST /api/login: answered 401: wrong user or password", tip: "check user and password of alice"},
		{name: "200 with the form again", recipe: cookieRecipe(fill("POST /login", "email", "${user}", "password", "${password}")), want: "answered 200 with the login form again: wrong user or password", tip: "check user"},
		{name: "200 declared ok with the form again", recipe: cookieRecipe(loose), want: "with the login form again", tip: "check user"},
		{name: "200 as described", recipe: cookieRecipe(described), want: "answered 200 as failed: describes: wrong user or password", tip: "check user"},
		{name: "302 back to the login", recipe: cookieRecipe(bounced), want: "step 1, POST /bounce: answered 200 with the login form again", tip: "check user"},
		{name: "302 back, described", recipe: cookieRecipe(strict), want: "answered 302, and its Location matches ^/login", tip: "check user"},
		{name: "200 with an envelope", recipe: cookieRecipe(credentials("POST /api/envelope")), want: "answered 200 with an error inside: wrong user or password", tip: "check user"},
		{name: "400", recipe: &portal.Recipe{Steps: []portal.Step{credentials("POST /api/token")}, Send: portal.Send{Kind: "bearer"}}, want: "answered 400", tip: "a wrong password may answer so too"},
		{name: "made-up token", recipe: cookieRecipe(portal.Step{Request: call("GET /login")}, tokenless), want: "step 2, POST /login: answered 403", tip: "CSRF token"},
		{name: "wrong path", recipe: cookieRecipe(credentials("POST /api/signin")), want: "answered 404", tip: "not the portal's"},
		{name: "capture finds nothing", recipe: cookieRecipe(lost), want: "step 1, GET /login: capture csrf: input[name=nonce]: finds nothing in an answer 200 text/html of", tip: "correct the expression"},
		{name: "unknown variable", recipe: cookieRecipe(fill("POST /login", "email", "${mail}")), want: "${mail} has no value (known: name, password, role, tenant, user)", tip: "give the identity mail:"},
		{name: "no cookie, but a token", change: func(id *portal.Identity) { id.Password = portal.NewSecret(password) }, recipe: cookieRecipe(credentials("POST /api/token")), want: "sign in alice: no cookie was set on the way", tip: "capture it (token: /data/token)"},
		{name: "one-time code wanted", change: func(id *portal.Identity) { id.Password = portal.NewSecret(password) }, recipe: cookieRecipe(fill("POST /first", "email", "${user}", "password", "${password}"), fill("POST /second", "code", "${totp}")), want: "${totp} has no value", tip: "give the identity totp:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			id := with(func(id *portal.Identity) { id.Password = portal.NewSecret("wrong") })
			if tc.change != nil {
				tc.change(id)
			}
			s := New(id, tc.recipe, way(t, open(t).URL))
			err := s.SignIn(t.Context())
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %s\nwant %s", err, tc.want)
			}
			if !strings.Contains(e.Hint(), tc.tip) {
				t.Errorf("got hint  %s\nwant hint %s", e.Hint(), tc.tip)
			}
			if strings.Contains(err.Error()+e.Hint(), "wrong\"") {
				t.Errorf("the password is told: %s", err)
			}
		})
	}
}

// TestWrongPasswordWithoutWords is the worst case: the recipe claims success and only the probe can tell.
func TestWrongPasswordWithoutWords(t *testing.T) {
	t.Parallel()
	step := fill("POST /bounce", "email", "${user}", "password", "${password}")
	step.OK = &portal.Match{Status: []int{302}, Header: "Location"}
	by := way(t, open(t).URL)
	recipe := &portal.Recipe{Steps: []portal.Step{step}, Send: portal.Send{Kind: "cookie"}}
	s := New(with(func(id *portal.Identity) { id.Password = portal.NewSecret("wrong") }), recipe, by)
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v, want the recipe's ok to hold", err)
	}
	_, err := ChooseProbe(t.Context(), s, nil, nil, New(nil, nil, by))
	if !errors.Is(err, ErrNoProbe) {
		t.Errorf("choose probe: %v, want ErrNoProbe", err)
	}
	if alive, _, _ := s.Alive(t.Context()); alive {
		t.Error("the session counts as alive")
	}
}

func TestOneTimeCodes(t *testing.T) {
	t.Parallel()
	w := open(t)
	by := way(t, w.URL)
	by.Now = func() time.Time { return w.now.Add(10 * time.Second) } // the portal's clock is a period behind
	id := with(func(id *portal.Identity) { id.TOTP = portal.NewSecret(seed) })
	recipe := cookieRecipe(fill("POST /first", "email", "${user}", "password", "${password}"), fill("POST /second", "code", "${totp}"))
	s := New(id, recipe, by)
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in with clocks apart: %v", err)
	}
	_, err := s.Fresh(t.Context())
	if err == nil {
		t.Error("a second session got in although the portal's only code was used")
	}
}

func TestLearnedFacts(t *testing.T) {
	t.Parallel()
	step := credentials("POST /api/token")
	step.Capture = []portal.Pair{{Name: "token", Value: "/data/token"}}
	by := way(t, open(t).URL)
	s := New(alice(), &portal.Recipe{Steps: []portal.Step{step}, Send: portal.Send{Kind: "bearer", Value: "${token}"}}, by)
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	if _, err := ChooseProbe(t.Context(), s, nil, nil, New(nil, nil, by)); err != nil {
		t.Fatalf("choose probe: %v", err)
	}
	want := []string{user, "alice", userID, "org_9b1c77", "ten_44aa10"}
	if d := cmp.Diff(want, s.Facts()); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
}
