package errors

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// debugPaths are where debug output stands when somebody forgot it. None of
// them changes anything, and none is large.
func debugPaths() []string {
	return []string{
		"/.env", "/.git/HEAD", "/.git/config", "/debug/pprof/", "/debug/vars", "/actuator", "/actuator/env", "/phpinfo.php",
		"/_profiler", "/telescope", "/_debugbar/open", "/rails/info/routes", "/console", "/__debug__/", "/server-status",
		"/elmah.axd", "/trace.axd", "/h2-console", "/metrics", "/.svn/entries", "/.DS_Store", "/api/.env",
	}
}

// quickDebug is how many of them a quick run asks for: the worst stand first.
const quickDebug = 6

// debug asks for debug pages as nobody.
func (p *provoker) debug(ctx context.Context) []artifact.DebugAsk {
	paths := debugPaths()
	if p.Quick {
		paths = paths[:quickDebug]
	}
	var asks []gather.Ask
	for _, path := range paths {
		q := get(path, "*/*")
		q.Expect5xx, q.MaxBody = true, 64<<10
		asks = append(asks, gather.Ask{Name: "debug page", Who: evidence.Anonymous, Request: q})
	}
	var out []artifact.DebugAsk
	for i, got := range p.Ask(ctx, asks...) {
		out = append(out, artifact.DebugAsk{Path: paths[i], Try: got.Attempt})
	}
	return out
}
