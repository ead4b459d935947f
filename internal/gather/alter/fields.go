package alter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
)

// plan lists the fields to try: those the object shows and the contract does
// not let callers write. Those that change whose the object is or what its
// holder may do are apart: for them a changed value alone proves nothing.
func (tg target) plan(t *gather.Tools) (plain, effective []artifact.Assignment) {
	known := canary.Properties(tg.route)
	for _, name := range slices.Sorted(maps.Keys(tg.doc)) {
		_, may := known[name]
		if may && !isRole(name) || ownKey(name) || len(known) == 0 && !reserved(name) || tg.entry.Kind == "" && signsIn(name) {
			continue
		}
		sent, ok := tg.value(t, name, tg.doc[name])
		if !ok {
			continue
		}
		a := artifact.Assignment{
			Route: tg.route.ID, Who: tg.who, Field: name, Pointer: tg.root + "/" + normal.Escape(name), Sent: sent, Writable: may,
			Before: tg.before, NeedsEffect: isRole(name) || gather.TenantWord(name),
		}
		if a.NeedsEffect {
			effective = append(effective, a)
		} else {
			plain = append(plain, a)
		}
	}
	return plain, append(tg.unseen(t), effective...)
}

// unseen are the usual names of the tenant and, on a profile, of the role that
// the document does not show: what they set shows at the name it does show.
func (tg target) unseen(t *gather.Tools) []artifact.Assignment {
	names := []string{"tenant_id", "tenantId"}
	if tg.entry.Kind == "" {
		names = []string{"role", "is_admin", "isAdmin"}
	}
	var out []artifact.Assignment
	for _, name := range names {
		if _, shown := tg.doc[name]; shown {
			continue
		}
		at, was := name, any(false)
		for other, value := range tg.doc {
			if !isRole(name) && gather.TenantWord(other) {
				at, was = other, value
			}
		}
		if name == "role" || !isRole(name) {
			if _, is := was.(string); !is {
				was = ""
			}
		}
		if sent, ok := tg.value(t, name, was); ok {
			out = append(out, artifact.Assignment{
				Route: tg.route.ID, Who: tg.who, Field: name, Pointer: tg.root + "/" + normal.Escape(at), Sent: sent, Before: tg.before, NeedsEffect: true,
			})
		}
	}
	return out
}

// ownKey are keys by which the object is found again; changing one would lose it.
func ownKey(name string) bool {
	return slices.Contains([]string{"id", "_id", "uuid", "slug", "href", "url", "links", "_links"}, strings.ToLower(name))
}

// signsIn are what an identity signs in by: changing it on a profile would
// lose the identity.
func signsIn(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "mail") || strings.Contains(n, "password") || slices.Contains([]string{"user", "username", "login", "user_name", "handle"}, n)
}

func isRole(name string) bool {
	return slices.Contains([]string{"role", "roles", "is_admin", "isadmin", "admin", "permissions", "scope", "scopes"}, strings.ToLower(name))
}

// reserved are fields nobody sets on their own; where no contract says which
// fields may be written, only they are tried.
func reserved(name string) bool {
	n := strings.ReplaceAll(strings.ToLower(name), "_", "")
	return isRole(name) || gather.TenantWord(name) || slices.Contains([]string{
		"ownerid", "userid", "createdby", "emailverified", "verified", "approved", "plan", "credits", "balance", "createdat", "deletedat", "mfaenabled", "passwordhash",
	}, n)
}

// value is a recognisable value of the field's own type that differs from the
// one it has: the next role, the other test tenant, a flipped flag.
func (tg target) value(t *gather.Tools, name string, was any) (string, bool) {
	var v any
	switch was := was.(type) {
	case bool:
		v = !was
	case json.Number, float64:
		v = 733100 + len(name)
	case string:
		v = tg.word(t, name, was)
	case nil:
		v = gather.Canary("lrw-")
	default:
		return "", false // lists and objects: their leaves are other endpoints' matter
	}
	b, err := json.Marshal(v)
	return string(b), err == nil && fmt.Sprint(v) != fmt.Sprint(was)
}

func (tg target) word(t *gather.Tools, name, was string) string {
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(tg.who)
	switch {
	case isRole(name):
		return higherRole(t, was)
	case gather.TenantWord(name):
		for _, tenant := range t.Tenants() {
			if ids := t.TenantIDs(tenant); tenant != self.Tenant && len(ids) > 0 {
				return ids[0]
			}
		}
	case normal.Timestamp(name, was):
		return "2001-02-03T04:05:06Z"[:min(20, max(10, len(was)))]
	case strings.Contains(was, "@"):
		return gather.Canary("lrw-") + "@example.invalid"
	}
	return gather.Canary("lrw-")
}

// higherRole is the role next above the one that is held, as the identities name them.
func higherRole(t *gather.Tools, was string) string {
	best := ""
	for _, p := range t.People() {
		if gather.RoleRank(p.Role) > gather.RoleRank(was) && (best == "" || gather.RoleRank(p.Role) < gather.RoleRank(best)) {
			best = p.Role
		}
	}
	if best == "" {
		return "admin"
	}
	return best
}
