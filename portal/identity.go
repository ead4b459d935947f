package portal

import (
	"regexp"

	"github.com/goccy/go-yaml/ast"
)

// identityName keeps names readable in reports, files and terminals.
var identityName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

func identityForm() form[Identity] {
	return mapping("identity", []key[Identity]{
		at("tenant", text(), func(i *Identity) *string { return &i.Tenant }, "the client it belongs to; two tenants prove isolation"),
		at("role", text(), func(i *Identity) *string { return &i.Role }, "its role there; two roles prove roles"),
		at("login", text(), func(i *Identity) *string { return &i.Login }, "which recipe, when there are several under names"),
		at("user", text(), func(i *Identity) *string { return &i.User }, "the name or address it signs in with; ${user}"),
		at("password", secret(), func(i *Identity) *Secret { return &i.Password }, "${password}; write ${env:NAME}"),
		at("token", secret(), func(i *Identity) *Secret { return &i.Token }, "a standing credential instead of signing in; sent as bearer unless the recipe sends ${token} otherwise"),
		at("totp", secret(), func(i *Identity) *Secret { return &i.TOTP }, "base32 seed of RFC 6238; ${totp} is the code of the moment"),
		at("vars", vars(), func(i *Identity) *map[string]Secret { return &i.Extra }, "further variables for recipes: api_key: ${env:ALICE_KEY} is ${api_key}"),
		at("disposable", yes(), func(i *Identity) *bool { return &i.Disposable }, "used for bursts and lockouts only").or("false"),
		at("expired", secret(), func(i *Identity) *Secret { return &i.Expired }, "a session of earlier that is past its end: the cookie's value, NAME=VALUE pairs or the token; it must be refused"),
		at("idled", secret(), func(i *Identity) *Secret { return &i.Idled }, "one that was left unused for longer than policy.session.idle; it must be refused"),
	}, recipeVariable)
}

// recipeVariable takes a key that may be a variable of a recipe; whether one asks for
// it is known when the whole file has been read.
func recipeVariable(r *reader, e entry, into *Identity) bool {
	if !variableName.MatchString(e.name) {
		return false
	}
	at := r.here(e.key)
	scalar := false
	switch r.resolve(e.value).(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode:
		scalar = true
	}
	if !scalar {
		return false
	}
	before := len(r.problems)
	var value Secret
	r.under(e.name, func() { secret().read(r, e.value, &value) })
	if len(r.problems) == before {
		r.strays = append(r.strays, stray{identity: into.Name, name: e.name, value: value, at: at})
	}
	return true
}

func vars() form[map[string]Secret] {
	f := byName("variable", secret())
	return form[map[string]Secret]{shape: f.shape, read: func(r *reader, n ast.Node, into *map[string]Secret) {
		f.read(r, n, into)
		for _, name := range sortedKeys(*into) {
			switch {
			case !variableName.MatchString(name):
				r.fail(n, "letters, digits, _ and -", "%q is no name for a variable", name)
			case isBuiltin(name):
				r.fail(n, "it is a key of the identity", "vars cannot hold %q", name)
			}
		}
	}}
}

func identities() form[[]*Identity] {
	return named("identity", identityForm(), func(r *reader, e entry) (Identity, bool) {
		if e.name == "anonymous" || !identityName.MatchString(e.name) {
			r.fail(e.key, "letters, digits, . _ @ and -; anonymous is who has no credential", "%q cannot be an identity's name", e.name)
			return Identity{}, false
		}
		return Identity{Name: e.name, Line: r.here(e.key).Line}, true
	})
}
