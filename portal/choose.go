package portal

import (
	"fmt"
	"strings"
)

// Target returns the target of that name. "" is the only one, or the first
// that is not called production.
func (p *Portal) Target(name string) (*Target, error) {
	names := make([]string, len(p.Targets))
	for i, t := range p.Targets {
		if t.Name == name || (name == "" && (len(p.Targets) == 1 || t.Name != "production")) {
			return t, nil
		}
		names[i] = t.Name
	}
	if name == "" {
		return nil, p.failure("targets", "no target is declared", "")
	}
	return nil, p.failure("targets", fmt.Sprintf("there is no target %q", name), suggest(name, names, "targets"))
}

// Identity returns the identity of that name, or nil.
func (p *Portal) Identity(name string) *Identity {
	for _, i := range p.Identities {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// Disposable returns the identities that bursts and lockouts may use up.
func (p *Portal) Disposable() []*Identity {
	var out []*Identity
	for _, i := range p.Identities {
		if i.Disposable {
			out = append(out, i)
		}
	}
	return out
}

// RecipeOf returns how an identity signs in; nil when nothing is described. An
// identity with a standing token has no steps and is never logged out, since
// that could revoke the token; it is sent as the recipe sends ${token},
// otherwise as a bearer.
func (p *Portal) RecipeOf(i *Identity) *Recipe {
	recipe := p.Logins[i.Login]
	if i.Token.IsZero() {
		return recipe
	}
	standing := Recipe{Name: i.Login}
	if recipe != nil {
		standing = *recipe
	}
	standing.Steps, standing.Logout = nil, nil
	if !strings.Contains(standing.Send.Value, "${token}") {
		standing.Send = Send{Kind: "bearer", Value: "${token}"}
	}
	return &standing
}

// NeedTenants returns a configuration error unless identities of two tenants
// are declared: without them nobody can tell whether the server keeps tenants
// apart. Disposable identities do not count.
func (p *Portal) NeedTenants() error {
	tenant := ""
	var names []string
	for _, i := range p.Identities {
		if i.Disposable || i.Tenant == "" {
			continue
		}
		if tenant != "" && i.Tenant != tenant {
			return nil
		}
		tenant = i.Tenant
		names = append(names, i.Name)
	}
	message := "authz needs identities of two tenants; "
	switch len(names) {
	case 0:
		message += "no identity names its tenant"
	case 1:
		message += "there is only " + names[0] + " of " + tenant
	case 2:
		message += names[0] + " and " + names[1] + " are both in " + tenant
	default:
		last := len(names) - 1
		message += strings.Join(names[:last], ", ") + " and " + names[last] + " are all in " + tenant
	}
	return p.failure("identities", message, "")
}

// failure is a configuration error about the file as it was read.
func (p *Portal) failure(path, message, hint string) error {
	return &Error{File: p.File, Problems: []Problem{{Path: path, Message: message, Hint: hint}}}
}
