package portal

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// settle fills in what was left out and judges what needs more than one key.
func (r *reader) settle(p *Portal, doc ast.Node) {
	if _, given := r.marks["targets"]; given && len(p.Targets) == 0 && len(r.problems) == 0 {
		r.failAt(r.marks["targets"], "name one: staging: with url: below it", "targets is empty")
	}
	for _, t := range p.Targets {
		r.settleTarget(t)
	}
	p.Held = r.held
	p.Policy.Latency.settle()
	r.settleVariables(p)
	for _, name := range sortedKeys(p.Logins) {
		r.settleRecipe(p.Logins[name])
	}
	for _, i := range p.Identities {
		r.settleIdentity(p, i)
	}
	r.settleNames(p)
}

// settle fills in the latency run of the launch checklist.
func (l *Latency) settle() {
	l.P95 = cmp.Or(l.P95, 500*time.Millisecond)
	l.Rate = cmp.Or(l.Rate, 5)
	l.For = cmp.Or(l.For, 30*time.Second)
}

func (r *reader) settleRecipe(c *Recipe) {
	captured := capturedIn(c)
	if c.Send.Kind == "" {
		c.Send.Kind = "cookie"
		if slices.Contains(captured, "token") {
			c.Send = Send{Kind: "bearer", Value: "${token}"}
		}
	}
}

// settleIdentity finds the recipe an identity signs in with and whether it can.
func (r *reader) settleIdentity(p *Portal, i *Identity) {
	path := "identities." + i.Name
	mark := r.marks[path]
	names := sortedKeys(p.Logins)
	if i.Login == "" {
		if _, unnamed := p.Logins[""]; !unnamed && len(names) == 1 {
			i.Login = names[0]
		}
	}
	for name, value := range r.held {
		if i.Extra == nil {
			i.Extra = map[string]Secret{}
		}
		i.Extra[name] = value
	}
	recipe, exists := p.Logins[i.Login]
	switch {
	case r.brokenUnder("login", path): // what is missing may be what could not be read
	case i.Login != "" && !exists:
		r.failAt(r.marks[path+".login"], suggest(i.Login, names, "recipes"), "%s: there is no login recipe %q", path, i.Login)
	case !i.Token.IsZero():
	case !exists && len(names) > 0:
		r.failAt(mark, "login: one of "+list(names), "%s does not say which recipe it signs in with", path)
	case !exists:
		r.failAt(mark, "describe login:, or give it a token", "%s has no way to sign in", path)
	default:
		r.canSignIn(p, i, recipe, mark)
	}
}

// brokenUnder reports whether a problem was found at or below one of the paths.
func (r *reader) brokenUnder(paths ...string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			return p.Path == path || strings.HasPrefix(p.Path, path+".") || strings.HasPrefix(p.Path, path+"[")
		})
	})
}

// canSignIn checks that an identity has what its recipe asks for.
func (r *reader) canSignIn(p *Portal, i *Identity, c *Recipe, mark Problem) {
	path := "identities." + i.Name
	if c.Send.Kind == "basic" && (i.User == "" || i.Password.IsZero()) {
		r.failAt(mark, "", "%s lacks user and password, which basic sends", path)
		return
	}
	if c.Send.Kind == "cookie" && len(c.Steps) == 0 {
		r.failAt(mark, "give the recipe steps, or the identity a token", "%s has no way to sign in: its recipe has no steps", path)
		return
	}
	captured := capturedIn(c)
	reported := map[string]bool{}
	for _, u := range r.uses {
		if u.owner != recipeOwner(c) || (u.part != "steps" && u.part != "send") || slices.Contains(captured, u.name) || reported[u.name] {
			continue
		}
		reported[u.name] = true
		switch {
		case u.name == "token":
			r.failAt(mark, "capture token in a step, or give the identity a token", "%s has no token, which line %d sends", path, u.at.Line)
		case isBuiltin(u.name) && !i.has(u.name):
			r.failAt(mark, "", "%s lacks %s, which line %d sends", path, u.name, u.at.Line)
		case !isBuiltin(u.name) && i.Extra[u.name].IsZero() && p.someoneHas(u.name):
			r.failAt(mark, "vars: {"+u.name+": …}", "%s lacks %s, which line %d sends", path, u.name, u.at.Line)
		}
	}
}

// has reports whether an identity can fill in a variable of its own keys.
func (i *Identity) has(name string) bool {
	switch name {
	case "user":
		return i.User != ""
	case "password":
		return !i.Password.IsZero()
	case "totp":
		return !i.TOTP.IsZero()
	case "tenant":
		return i.Tenant != ""
	case "role":
		return i.Role != ""
	}
	return true
}

// settleNames judges roles and tenants that are named but that no identity has.
// A near miss is an error; a role nobody here has may well exist in the portal.
func (r *reader) settleNames(p *Portal) {
	var roles, tenants []string
	for _, i := range p.Identities {
		roles, tenants = put(roles, i.Role), put(tenants, i.Tenant)
	}
	for _, rule := range p.Routes.Allow {
		for _, role := range rule.Roles {
			r.settleName("role", role, roles, r.marks["routes.allow."+rule.Pattern.String()])
		}
	}
	for _, s := range p.Resources {
		for _, tenant := range sortedKeys(s.Owner) {
			r.settleName("tenant", tenant, tenants, r.marks["resources."+s.Name+".ids."+tenant])
		}
	}
}

func (r *reader) settleName(kind, name string, known []string, at Problem) {
	if slices.Contains(known, name) {
		return
	}
	if near := nearest(name, known); near != "" {
		r.failAt(at, `did you mean "`+near+`"?`, "%s: unknown %s %q", at.Path, kind, name)
		return
	}
	r.warnAt(at, "", "%s: no identity has the %s %q", at.Path, kind, name)
}

// put adds a name once.
func put(names []string, name string) []string {
	if name == "" || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
