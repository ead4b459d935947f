package portal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func recipeKeys() []key[Recipe] {
	return []key[Recipe]{
		at("steps", many(stepForm()), func(c *Recipe) *[]Step { return &c.Steps }, "requests that sign in, one after another"),
		at("send", sendForm(), func(c *Recipe) *Send { return &c.Send }, "how the credential travels afterwards").or("bearer ${token} when a step captures token, else cookie"),
		at("also", many(alsoForm()), func(c *Recipe) *[]AlsoSend { return &c.Also }, "a second credential for some paths"),
		at("alive", some(aliveForm()), func(c *Recipe) **Alive { return &c.Alive }, "the probe that tells a living session from a dead one, by the caller's own name or id").or("learned"),
		at("csrf", csrfForm(), func(c *Recipe) *CSRF { return &c.CSRF }, "how unsafe requests prove where they come from").or("learned"),
		at("logout", some(request()), func(c *Recipe) **Call { return &c.Logout }, "the request that ends a session"),
		at("refresh", some(refreshForm()), func(c *Recipe) **Refresh { return &c.Refresh }, "the request that exchanges a refresh token for new tokens").or("learned"),
	}
}

// isRecipeKey tells an unnamed recipe from recipes under names.
func isRecipeKey(name string) bool {
	return slices.Contains([]string{"steps", "send", "also", "alive", "csrf", "logout", "refresh"}, name)
}

// logins reads one recipe, or several under names.
func logins() form[map[string]*Recipe] {
	one := mapping("recipe", recipeKeys(), nil)
	several := byName("recipe", one)
	read := func(r *reader, n ast.Node, into *map[string]*Recipe) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "start with steps: or send:")
			return
		}
		*into = map[string]*Recipe{}
		unnamed := false
		for _, e := range entries {
			_, isMapping := r.resolve(e.value).(*ast.MappingNode)
			unnamed = unnamed || isRecipeKey(e.name) || !isMapping
		}
		if unnamed {
			recipe := &Recipe{}
			one.read(r, n, recipe)
			(*into)[""] = recipe
			return
		}
		for _, e := range entries {
			recipe := &Recipe{Name: e.name}
			r.under(e.name, func() { one.read(r, e.value, recipe) })
			(*into)[e.name] = recipe
		}
	}
	return form[map[string]*Recipe]{shape: &shape{kind: kindEither, either: []*shape{one.shape, several.shape}}, read: read}
}

func stepForm() form[Step] {
	f := lined(mapping("step", []key[Step]{
		at("request", request(), func(s *Step) *Call { return &s.Request }, "METHOD /path").must(),
		at("form", pairs("field"), func(s *Step) *[]Pair { return &s.Form }, "fields of a form body"),
		at("json", jsonBody(), func(s *Step) *any { return &s.JSON }, "JSON body"),
		at("body", template(), func(s *Step) *string { return &s.Body }, "raw body"),
		at("headers", pairs("header"), func(s *Step) *[]Pair { return &s.Headers }, "further headers"),
		at("capture", captures(), func(s *Step) *[]Pair { return &s.Capture }, "name: where it stands in the answer"),
		at("ok", some(matchForm()), func(s *Step) **Match { return &s.OK }, "what the answer looks like when it worked").or("learned"),
		at("failed", some(matchForm()), func(s *Step) **Match { return &s.Failed }, "what it looks like when it did not; many portals answer 200").or("learned"),
	}, nil), func(s *Step) *int { return &s.Line })
	return oneBody(f, "form, json and body", func(s *Step) []bool { return []bool{s.Form != nil, s.JSON != nil, s.Body != ""} })
}

// refreshForm reads the exchange of a refresh token: METHOD /path alone where
// the token is a cookie, or with the body that carries it.
func refreshForm() form[Refresh] {
	whole := oneBody(mapping("refresh", []key[Refresh]{
		at("request", request(), func(f *Refresh) *Call { return &f.Request }, "METHOD /path").must(),
		at("form", pairs("field"), func(f *Refresh) *[]Pair { return &f.Form }, "fields of a form body; the token is what a step captured"),
		at("json", jsonBody(), func(f *Refresh) *any { return &f.JSON }, "JSON body: {refresh_token: ${refresh}}"),
		at("ok", some(matchForm()), func(f *Refresh) **Match { return &f.OK }, "what the answer looks like when it worked").or("a new token or cookie"),
	}, nil), "form and json", func(f *Refresh) []bool { return []bool{f.Form != nil, f.JSON != nil} })
	short := request()
	read := func(r *reader, n ast.Node, into *Refresh) {
		if _, is := r.resolve(n).(*ast.MappingNode); !is {
			short.read(r, n, &into.Request)
			return
		}
		whole.read(r, n, into)
	}
	return form[Refresh]{shape: &shape{kind: kindEither, either: []*shape{whole.shape, short.shape}}, read: read}
}

// oneBody refuses a request with two bodies.
func oneBody[T any](f form[T], names string, bodies func(*T) []bool) form[T] {
	return form[T]{shape: f.shape, read: func(r *reader, n ast.Node, into *T) {
		f.read(r, n, into)
		given := slices.DeleteFunc(bodies(into), func(b bool) bool { return !b })
		if len(given) > 1 {
			r.fail(n, "keep one of "+names, "%s has %d bodies", r.where(), len(given))
		}
	}}
}

// pairs reads names and templates in file order.
func pairs(what string) form[[]Pair] {
	value := template()
	return form[[]Pair]{shape: &shape{kind: kindNamed, word: what, of: value.shape}, read: func(r *reader, n ast.Node, into *[]Pair) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "write one "+what+" a line: name: value")
			return
		}
		*into = []Pair{}
		for _, e := range entries {
			p := Pair{Name: e.name}
			r.under(e.name, func() { value.read(r, e.value, &p.Value) })
			*into = append(*into, p)
		}
	}}
}

// captures reads names and expressions.
func captures() form[[]Pair] {
	value := parsed(text(), "JSON pointer, CSS selector, header NAME, cookie NAME or regex …", "", parseCapture)
	return form[[]Pair]{shape: &shape{kind: kindNamed, word: "name", of: value.shape}, read: func(r *reader, n ast.Node, into *[]Pair) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "write name: input[name=…], /json/pointer, header NAME, cookie NAME or regex …")
			return
		}
		for _, e := range entries {
			if !variableName.MatchString(e.name) {
				r.fail(e.key, "letters, digits, _ and -", "%q is no name for a variable", e.name)
				continue
			}
			p := Pair{Name: e.name}
			r.under(e.name, func() { value.read(r, e.value, &p.Value) })
			*into = append(*into, p)
		}
	}}
}

func parseCapture(t string) (expr, wrong, hint string) {
	word, rest, _ := strings.Cut(t, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "":
		return "", "says nowhere to look", "write input[name=…], /json/pointer, header NAME, cookie NAME or regex …"
	case "header", "cookie":
		if !isToken(rest) {
			return "", fmt.Sprintf("%q is no %s name", rest, word), "write " + word + " NAME"
		}
	case "regex":
		if _, err := regexp.Compile(rest); err != nil || rest == "" {
			return "", fmt.Sprintf("%q is not a regular expression", rest), ""
		}
	}
	return t, "", ""
}

func matchForm() form[Match] {
	return mapping("answer", []key[Match]{
		at("status", many(status()), func(m *Match) *[]int { return &m.Status }, "any of these"),
		at("location", expression(), func(m *Match) *string { return &m.Location }, "regular expression the Location must match"),
		at("location-not", expression(), func(m *Match) *string { return &m.LocationNot }, "regular expression the Location must not match"),
		at("body", expression(), func(m *Match) *string { return &m.Body }, "regular expression the body must match"),
		at("body-not", expression(), func(m *Match) *string { return &m.BodyNot }, "regular expression the body must not match"),
		at("header", text(), func(m *Match) *string { return &m.Header }, "a header that must be there"),
		at("cookie", text(), func(m *Match) *string { return &m.Cookie }, "a cookie that must be set"),
	}, nil)
}

func alsoForm() form[AlsoSend] {
	return mapping("second-credential", []key[AlsoSend]{
		at("for", parsed(text(), "start of a path", "^/", parsePrefix), func(a *AlsoSend) *string { return &a.For }, "start of the paths it is sent to").must(),
		at("send", sendForm(), func(a *AlsoSend) *Send { return &a.Send }, "how it travels").must(),
	}, nil)
}

func parsePrefix(t string) (path, wrong, hint string) {
	if !strings.HasPrefix(t, "/") {
		return "", fmt.Sprintf("the path %q does not start with /", t), "write /" + t
	}
	return strings.TrimRight(t, "*"), "", ""
}

// probed is a probe being read together with its body.
type probed struct {
	alive Alive
	json  any
}

// aliveForm reads the probe: METHOD /path alone, or with what its answer holds.
func aliveForm() form[Alive] {
	whole := mapping("alive", []key[probed]{
		at("request", request(), func(a *probed) *Call { return &a.alive.Request }, "METHOD /path").must(),
		at("json", jsonBody(), func(a *probed) *any { return &a.json }, "JSON body, of a portal that is asked by POST"),
		at("contains", template(), func(a *probed) *string { return &a.alive.Contains }, "the caller's own name or id").or("the caller's name, address or id"),
	}, nil)
	short := request()
	read := func(r *reader, n ast.Node, into *Alive) {
		if _, is := r.resolve(n).(*ast.MappingNode); !is {
			short.read(r, n, &into.Request)
			return
		}
		var a probed
		whole.read(r, n, &a)
		*into = a.alive
		if a.json != nil {
			into.Request.With = &Payload{JSON: a.json}
		}
	}
	return form[Alive]{shape: &shape{kind: kindEither, either: []*shape{whole.shape, short.shape}}, read: read}
}
