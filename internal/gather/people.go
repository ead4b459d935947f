package gather

import (
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Strangers returns who may try what belongs to tenant: for every other tenant
// the signed-in identity with the most rights, so that a role gate hides no
// tenant hole, and unless the run is quick the one with the fewest as well.
// Identities without a tenant are strangers to nobody.
func (t *Tools) Strangers(tenant string) []artifact.Identity {
	byTenant := map[string][]artifact.Identity{}
	var order []string
	for _, i := range t.People() {
		if i.Tenant == "" || i.Tenant == tenant {
			continue
		}
		if byTenant[i.Tenant] == nil {
			order = append(order, i.Tenant)
		}
		byTenant[i.Tenant] = append(byTenant[i.Tenant], i)
	}
	var out []artifact.Identity
	for _, name := range order {
		group := byTenant[name]
		slices.SortStableFunc(group, func(a, b artifact.Identity) int { return RoleRank(b.Role) - RoleRank(a.Role) })
		out = append(out, group[0])
		if low := group[len(group)-1]; !t.Quick && RoleRank(low.Role) < RoleRank(group[0].Role) {
			out = append(out, low)
		}
	}
	return out
}

// People returns the identities that are signed in, in their declared order.
func (t *Tools) People() []artifact.Identity {
	signIns := Made[artifact.Sessions](t, artifact.SignIns)
	if signIns == nil {
		return nil
	}
	var out []artifact.Identity
	for _, i := range signIns.Identities {
		if i.SignedIn && t.Sessions[i.Name] != nil {
			out = append(out, i)
		}
	}
	return out
}

// Nobody returns why no identity of portal.yaml is signed in; nil when one is,
// or when none is described.
func (t *Tools) Nobody() error {
	signIns := Made[artifact.Sessions](t, artifact.SignIns)
	if signIns == nil || len(signIns.Identities) == 0 || len(t.People()) > 0 {
		return nil
	}
	first := signIns.Identities[0]
	return Undecided{Reason: check.SessionDead, Why: "nobody could be signed in: " + first.Name + ": " + first.Why}
}

// Tenants returns the tenants with a signed-in identity, in their declared order.
func (t *Tools) Tenants() []string {
	var out []string
	for _, i := range t.People() {
		if i.Tenant != "" && !slices.Contains(out, i.Tenant) {
			out = append(out, i.Tenant)
		}
	}
	return out
}

// Owner returns the signed-in identity of a tenant that reads the most: the
// one with the most rights.
func (t *Tools) Owner(tenant string) (artifact.Identity, bool) {
	var best artifact.Identity
	for _, i := range t.People() {
		if i.Tenant == tenant && (best.Name == "" || RoleRank(i.Role) > RoleRank(best.Role)) {
			best = i
		}
	}
	return best, best.Name != ""
}

// RoleRank orders roles by the rights their names promise.
func RoleRank(role string) int { return artifact.RoleRank(role) }

// TenantIDs returns the values that name a tenant to the server: ids of its
// own tenant object, facts that all its identities share and nobody else
// holds, and with a single identity the facts that have the form of an id.
func (t *Tools) TenantIDs(tenant string) []string {
	var out []string
	add := func(id string) {
		if id != "" && len(out) < 2 && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if c := Made[artifact.Corpus](t, artifact.Corpora); c != nil {
		for _, o := range c.Objects {
			if o.Tenant == tenant && TenantWord(o.Noun) && !o.Ambiguous {
				add(o.ID)
			}
		}
	}
	var shared []string
	members, foreign := 0, map[string]bool{}
	for _, i := range t.People() {
		if i.Tenant != tenant {
			for _, f := range i.Facts {
				foreign[f] = true
			}
			continue
		}
		if members++; members == 1 {
			shared = slices.Clone(i.Facts)
			continue
		}
		shared = slices.DeleteFunc(shared, func(f string) bool { return !slices.Contains(i.Facts, f) })
	}
	for _, f := range shared {
		if !foreign[f] && !strings.ContainsAny(f, " @") && (members > 1 || strings.ContainsAny(f, "0123456789")) {
			add(f)
		}
	}
	if len(out) == 0 {
		add(tenant) // the name in portal.yaml may be the one that addresses use
	}
	return out
}

// TenantWord reports whether a word names what customers are kept apart by:
// "tenant", "organizationId", "X-Account-Id".
func TenantWord(word string) bool {
	w := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(word))
	w = strings.TrimPrefix(w, "x")
	for _, end := range []string{"ids", "id", "uuid", "slug", "key", "name"} {
		if rest, ok := strings.CutSuffix(w, end); ok && rest != "" {
			w = rest
			break
		}
	}
	switch strings.TrimSuffix(w, "s") {
	case "tenant", "org", "organization", "organisation", "account", "workspace", "company", "companie", "subscriber":
		return true
	}
	return false
}
