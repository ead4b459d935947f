package gather

import (
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
)

// Reads reports whether a route is a plain read behind a login: its answers are
// somebody's own. Public and shared routes are nobody's secret; streams never end.
func Reads(r artifact.Route) bool {
	if r.Method != "GET" && !r.Looks || r.Never || r.Public != "" || r.Shared {
		return false
	}
	switch r.Kind {
	case "login", "logout", "static", "sse", "websocket", "graphql":
		return false
	}
	return true
}

// Accept is what a read of a route asks for: a page as a browser would, all
// else as an API client. Answers can be compared only when asked for alike.
func Accept(r artifact.Route) string {
	if r.Kind == "page" {
		return "text/html,application/xhtml+xml,*/*;q=0.8"
	}
	return "application/json, text/html;q=0.9, */*;q=0.5"
}

// Accepting is Accept as a header, a fresh one each time.
func Accepting(r artifact.Route) []evidence.Field {
	return []evidence.Field{{Name: "Accept", Value: Accept(r)}}
}

// Exporting reports whether a route belongs to exports: it hands data out as a
// file or a job rather than showing an object. The download of a single
// object's own file does not count.
func Exporting(r artifact.Route) bool {
	if r.Kind == "list" {
		return false
	}
	segs := strings.Split(strings.Trim(strings.ToLower(r.Template), "/"), "/")
	for _, s := range segs {
		word, ext, _ := strings.Cut(s, ".")
		switch ext {
		case "csv", "xlsx", "xls", "ods", "zip", "tsv":
			return true
		}
		if strings.Contains(word, "export") || word == "takeout" || word == "backup" || word == "backups" {
			return true
		}
	}
	return r.Kind == "export" && segs[len(segs)-1] != "download"
}
