package leakage

import (
	"regexp"
	"strings"
)

var versioned = regexp.MustCompile(`^v\d+$`)

// Prefix is the part of a path or a template that a portal mounts a router at:
// "/api", "/api/v1", "/rest"; "/" for pages and all else. What a router or a
// proxy answers by itself is the same everywhere below it.
func Prefix(path string) string {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	if len(segs) < 2 {
		return "/"
	}
	if versioned.MatchString(segs[0]) {
		return "/" + segs[0]
	}
	switch segs[0] {
	case "api", "rest", "rpc", "ajax", "json", "services", "backend", "internal", "graphql":
	default:
		return "/"
	}
	if versioned.MatchString(segs[1]) {
		return "/" + segs[0] + "/" + segs[1]
	}
	return "/" + segs[0]
}
