package portal

import "slices"

// builtins are the variables every recipe and resource may use.
func builtins() []string {
	return []string{"user", "password", "token", "totp", "tenant", "role", "name", "text"}
}

func isBuiltin(name string) bool { return slices.Contains(builtins(), name) }

// settleVariables gives identities the keys that recipes ask for, and judges
// every ${name}.
func (r *reader) settleVariables(p *Portal) {
	r.settleStrays(p)
	var extras []string
	for _, i := range p.Identities {
		for _, name := range sortedKeys(i.Extra) {
			extras = put(extras, name)
		}
	}
	var captured []string
	owners := map[string][]string{}
	for _, c := range p.Logins {
		own := capturedIn(c)
		owners[recipeOwner(c)] = own
		for _, name := range own {
			captured = put(captured, name)
		}
	}
	slices.Sort(captured)
	for _, u := range r.uses {
		known := slices.Concat(builtins(), extras)
		switch own, inRecipe := owners[u.owner]; {
		case inRecipe:
			known = append(known, own...)
		case u.owner == "logs", u.owner == "ops", u.owner == "monitors":
			known = nil
		default:
			known = append(append(known, "id"), captured...)
		}
		r.settleUse(u, known)
	}
}

// settleUse judges one ${name}. A second credential may be one that no
// identity has yet: then nothing is sent for it, and a warning says so.
func (r *reader) settleUse(u use, known []string) {
	near := nearest(u.name, known)
	switch {
	case slices.Contains(known, u.name):
	case u.part == "also" && near == "":
		r.warnAt(u.at, "give it to one: vars: {"+u.name+": …}", "%s: no identity has %s, so it is never sent", u.at.Path, u.name)
	default:
		r.failAt(u.at, suggest(u.name, known, "known here"), "%s: unknown variable ${%s}", u.at.Path, u.name)
	}
}

// settleStrays keeps an identity's unknown keys that a recipe or resource uses; the others are errors.
func (r *reader) settleStrays(p *Portal) {
	for _, s := range r.strays {
		asked := slices.ContainsFunc(r.uses, func(u use) bool { return u.name == s.name })
		for _, i := range p.Identities {
			if asked && i.Name == s.identity {
				if i.Extra == nil {
					i.Extra = map[string]Secret{}
				}
				i.Extra[s.name] = s.value
			}
		}
		if !asked {
			names := fieldNames(identityForm().shape)
			r.failAt(s.at, suggest(s.name, names, "keys here"), "unknown key %q under identities.%s", s.name, s.identity)
		}
	}
}

// someoneHas reports whether any identity has a variable of that name; if
// none has, the use itself has been reported.
func (p *Portal) someoneHas(name string) bool {
	return slices.ContainsFunc(p.Identities, func(i *Identity) bool { return !i.Extra[name].IsZero() })
}

func fieldNames(s *shape) []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// capturedIn returns the names a recipe's steps capture.
func capturedIn(c *Recipe) []string {
	var names []string
	for _, s := range c.Steps {
		for _, p := range s.Capture {
			names = put(names, p.Name)
		}
	}
	return names
}

// recipeOwner is how uses name a recipe.
func recipeOwner(c *Recipe) string {
	if c.Name == "" {
		return "login"
	}
	return "login." + c.Name
}
