package artifact

import (
	"slices"
	"strings"
)

// RoleRank orders roles by the rights their names promise, from 1 (viewers) to
// 5 (owners and staff); unknown names stand with the plain members, at 2.
func RoleRank(role string) int {
	r := strings.ToLower(role)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(r, w) })
	}
	switch {
	case has("owner", "super", "root", "operation", "support", "staff"):
		return 5
	case has("admin"):
		return 4
	case has("manager", "lead", "supervisor"):
		return 3
	case has("viewer", "guest", "read", "observer", "limited"):
		return 1
	}
	return 2
}
