package alter

import (
	"context"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// rolewrites has an identity of the owner's tenant change and delete what its
// role must not, where that is declared; the verbs are judged one by one, for
// a guard on one may be missing on the other.
func rolewrites(ctx context.Context, t *gather.Tools, m maker, owner artifact.Identity) []artifact.WriteTrial {
	low, ok := mustNot(t, m, owner)
	if !ok {
		return nil
	}
	declared := m
	declared.updates = slices.DeleteFunc(slices.Clone(m.updates), func(u artifact.Route) bool { return allowed(u, low.Role) })
	trials := changes(ctx, t, declared, "rolewrite", owner.Name, low.Name, true)
	return slices.DeleteFunc(trials, func(w artifact.WriteTrial) bool {
		del, found := deletion(t, m)
		return w.Verb == "DELETE" && found && allowed(del, low.Role)
	})
}

// mustNot finds the highest identity of the tenant that a declaration bars from
// changing or deleting objects of this noun.
func mustNot(t *gather.Tools, m maker, owner artifact.Identity) (artifact.Identity, bool) {
	var low artifact.Identity
	for _, p := range t.People() {
		if p.Tenant != owner.Tenant || p.Name == owner.Name || p.Disposable {
			continue
		}
		barred := slices.ContainsFunc(m.updates, func(u artifact.Route) bool { return !allowed(u, p.Role) })
		if del, ok := deletion(t, m); ok && !allowed(del, p.Role) {
			barred = true
		}
		if barred && (low.Name == "" || gather.RoleRank(p.Role) > gather.RoleRank(low.Role)) {
			low = p
		}
	}
	return low, low.Name != ""
}

// allowed reports whether a role may call a route, as far as it is declared.
func allowed(r artifact.Route, role string) bool {
	return r.Roles == nil || slices.Contains(r.Roles, role)
}
