package normal

import "strings"

// Key returns a key without case, underscores and hyphens, so that customerId,
// customer_id and Customer-ID are one.
func Key(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(key))
}
