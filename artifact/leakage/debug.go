package leakage

import (
	"regexp"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// exposed says by what its content is recognised what stands at a well-known
// address; a status alone says nothing.
type exposed struct {
	path, name string
	pattern    *regexp.Regexp
	advice     bool
}

var forgotten = []exposed{
	{"/.env", "an environment file", regexp.MustCompile(`(?m)^(export )?[A-Z][A-Z0-9_]{2,}=[^\n<]*\n([#\n]?[^\n<]*\n)*?(export )?[A-Z][A-Z0-9_]{2,}=|^(APP_KEY|SECRET_KEY|DATABASE_URL|DB_PASSWORD|JWT_SECRET)=`), false},
	{"/.git/HEAD", "a git repository", regexp.MustCompile(`^\s*(ref: refs/|[0-9a-f]{40}\s*$)`), false},
	{"/.git/config", "a git repository", regexp.MustCompile(`(?m)^\s*\[core\]`), false},
	{"/debug/pprof/", "Go's profiler", regexp.MustCompile(`<title>/debug/pprof/|/debug/pprof/|goroutine\?debug=|Types of profiles available`), false},
	{"/debug/vars", "Go's variables", regexp.MustCompile(`"memstats"\s*:|"cmdline"\s*:`), false},
	{"/actuator", "Spring's actuator", regexp.MustCompile(`"(env|heapdump|threaddump|configprops|beans|mappings|loggers|httptrace|httpexchanges|shutdown|jolokia|gateway)(-\w+)?"\s*:\s*\{\s*"href"`), false},
	{"/actuator/env", "Spring's environment", regexp.MustCompile(`"(propertySources|activeProfiles)"\s*:`), false},
	{"/phpinfo.php", "PHP's information page", regexp.MustCompile(`phpinfo\(\)|PHP Version `), false},
	{"/_profiler", "Symfony's profiler", regexp.MustCompile(`(?i)symfony|_profiler/|sf-profiler`), false},
	{"/telescope", "Laravel Telescope", regexp.MustCompile(`(?i)<title>[^<]*telescope|window\.Telescope`), false},
	{"/_debugbar/open", "a debug bar", regexp.MustCompile(`(?i)"datetime"\s*:.*"utime"|debugbar`), false},
	{"/rails/info/routes", "Rails' list of routes", regexp.MustCompile(`(?i)Helper[\s\S]{0,400}HTTP Verb|Rails (info|routes)`), false},
	{"/console", "a console", regexp.MustCompile(`(?i)werkzeug|Interactive Console|h2-console|Rails console|CONSOLE_MODE`), false},
	{"/__debug__/", "a debug toolbar", regexp.MustCompile(`(?i)djdt|django debug toolbar|djDebug`), false},
	{"/server-status", "Apache's status page", regexp.MustCompile(`Apache (Server )?Status|Server uptime:|Scoreboard:`), false},
	{"/elmah.axd", "ELMAH's error log", regexp.MustCompile(`(?i)Error Log for|Powered by.{0,40}ELMAH`), false},
	{"/trace.axd", "ASP.NET's trace", regexp.MustCompile(`(?i)Application Trace|Request Details`), false},
	{"/h2-console", "the console of a database", regexp.MustCompile(`(?i)H2 Console|h2-console/login`), false},
	{"/metrics", "metrics", regexp.MustCompile(`(?m)^# (HELP|TYPE) \w+`), true},
	{"/.svn/entries", "a Subversion folder", regexp.MustCompile(`^\s*(\d+\s*$|<\?xml[\s\S]{0,200}wc-entries|\d+\s+dir\s)`), false},
	{"/.DS_Store", "a folder's index", regexp.MustCompile(`^\x00\x00\x00\x01Bud1`), false},
	{"/api/.env", "an environment file", nil, false},
}

// Exposed reports what a well-known address of debug output gives away; ""
// when its answer is something else. advice says that it harms little.
func Exposed(path string, ex *evidence.Exchange) (what string, advice bool) {
	if ex.Status()/100 != 2 || len(ex.Body()) == 0 {
		return "", false
	}
	for _, e := range forgotten {
		if e.path != path {
			continue
		}
		pattern := e.pattern
		if pattern == nil {
			pattern = forgotten[0].pattern
		}
		body := ex.Body()[:min(len(ex.Body()), 64<<10)]
		if strings.HasSuffix(path, "env") && path != "/actuator/env" && strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
			return "", false
		}
		if pattern.Match(body) {
			return e.name, e.advice
		}
	}
	return "", false
}
