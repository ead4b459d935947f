package portal

import "strings"

// Pattern names routes: "METHOD /path" or "/path"; a "*" segment stands for
// one segment, a last "*" or "**" for any rest, "{name}" for one segment.
type Pattern struct {
	Method string `json:"method,omitempty"` // "" or "*": any
	Path   string `json:"path"`
}

// String returns the pattern as written.
func (p Pattern) String() string {
	if p.Method == "" {
		return p.Path
	}
	return p.Method + " " + p.Path
}

// Match reports whether the pattern names this method and path (concrete or template).
func (p Pattern) Match(method, path string) bool {
	if p.Method != "" && p.Method != "*" && !strings.EqualFold(p.Method, method) {
		return false
	}
	path, _, _ = strings.Cut(path, "?")
	return matchSegments(split(p.Path), split(path))
}

func matchSegments(pat, segs []string) bool {
	for i, s := range pat {
		if (s == "*" || s == "**") && i == len(pat)-1 {
			return len(segs) > i
		}
		if i >= len(segs) {
			return false
		}
		if s == "*" || (strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}")) {
			continue
		}
		if s != segs[i] {
			return false
		}
	}
	return len(pat) == len(segs)
}

func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
