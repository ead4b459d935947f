package roles

import (
	"regexp"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// sensitive are path words that usually mean "not for everyone".
var sensitive = regexp.MustCompile(`(?i)/(admin|internal|billing|impersonate|permissions|audit|roles)(/|$|[-_.])`)

// expectation says whether an identity may call a route, and who says so:
// what is declared (routes.allow, x-roles, scopes) decides; then what the
// pages of a higher role show and the identity's own never do; then words in the path.
func expectation(r artifact.Route, p artifact.Identity, people []artifact.Identity) (expect, from string) {
	if r.Roles != nil {
		if slices.Contains(r.Roles, p.Role) {
			return may, r.RolesFrom
		}
		return mustNot, r.RolesFrom
	}
	if !outranked(p, people) {
		return "", ""
	}
	if sensitive.MatchString(r.Template) {
		return shouldNot, "the path's words"
	}
	if onlyShownAbove(r, p, people) {
		return shouldNot, "only a higher role's pages lead there"
	}
	return "", ""
}

// outranked reports whether somebody of the same tenant has a higher role.
func outranked(p artifact.Identity, people []artifact.Identity) bool {
	return slices.ContainsFunc(people, func(o artifact.Identity) bool {
		return o.Tenant == p.Tenant && gather.RoleRank(o.Role) > gather.RoleRank(p.Role)
	})
}

// onlyShownAbove reports whether the crawl led a higher role of the tenant to
// a page-borne route and never this one.
func onlyShownAbove(r artifact.Route, p artifact.Identity, people []artifact.Identity) bool {
	if !slices.Contains(r.Sources, "crawl") || slices.Contains(r.Sources, "openapi") || slices.Contains(r.SeenAs, p.Name) {
		return false
	}
	shown := false
	for _, o := range people {
		if !slices.Contains(r.SeenAs, o.Name) || o.Tenant != p.Tenant {
			continue
		}
		if gather.RoleRank(o.Role) <= gather.RoleRank(p.Role) {
			return false
		}
		shown = true
	}
	return shown
}
