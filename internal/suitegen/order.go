package main

import "slices"

// rowOrder returns the rows of the scorecard in report order.
func rowOrder() []string {
	return []string{
		"authn", "authz", "session", "secrets", "input", "ratelimit", "cors", "hygiene",
		"email", "monitoring", "latency", "edge", "deploy", "rollback", "handover",
	}
}

// checkOrder returns the checks of a row that a reader wants in a certain order:
// the plain case first, its variations after it, advice last. Checks that are
// not named follow by name.
func checkOrder(row string) []string {
	switch row {
	case "authn":
		return []string{
			"anonymous", "badtoken", "anonwrite", "bypass", "before", "publiclist", "parsefirst", "enumeration",
		}
	case "authz":
		return []string{
			"tenantswap", "tenantlist", "hierarchy", "selector", "exportswap", "graphnode", "channels",
			"tenantwrite", "tenantcreate", "poisoning", "sharedcache",
			"rolematrix", "roletricks", "massassign", "credentialfields",
			"extrafields", "signedurl", "existence",
		}
	case "ratelimit":
		return []string{
			"login", "spray", "account", "bypass", "cosmetic", "counter",
			"reset", "invite", "export", "sensitive", "lockout",
		}
	}
	return nil
}

// rank is the place of name in order; names that are not in it come last.
func rank(order []string, name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}
