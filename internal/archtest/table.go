package archtest

// places is the table of the architecture: every package of the module has a
// line that names all it may import. The first line that fits counts. A lower
// package never names a higher one.
func places() []place {
	anything := []string{"*"}
	public := []string{"check", "artifact", "artifact/...", "evidence", "portal"}
	return []place{
		// What others may import: the standard library alone, but for one
		// parser each in portal and checktest.
		{pkg: "evidence"},
		{pkg: "check", imports: []string{"evidence"}},
		{
			pkg:     "check/checktest",
			imports: []string{"check", "artifact", "artifact/...", "evidence"},
			foreign: []string{"github.com/rogpeppe/go-internal/txtar", "golang.org/x/tools/txtar"},
		},
		{pkg: "artifact", imports: []string{"check", "evidence", "artifact/..."}},
		{pkg: "artifact/...", imports: []string{"check", "evidence", "artifact", "artifact/..."}},
		{pkg: "portal", imports: []string{"evidence"}, foreign: []string{"github.com/goccy/go-yaml"}},

		// The rules.
		{pkg: "checks", imports: []string{"check", "checks/*/*"}},
		{pkg: "checks/*/*", imports: []string{"check", "artifact", "artifact/...", "evidence"}},

		// Leaves.
		{pkg: "internal/redact", imports: []string{"evidence"}},
		{pkg: "internal/tokentree"},
		{pkg: "internal/journal", imports: []string{"evidence"}},
		{pkg: "internal/openapi", foreign: []string{"github.com/pb33f/go-yaml"}},

		// Acting.
		{pkg: "internal/wire", imports: []string{"evidence", "portal", "internal/redact"}, foreign: anything},
		{pkg: "internal/login", imports: []string{"artifact", "artifact/...", "evidence", "portal", "internal/wire", "internal/redact"}, foreign: anything},
		{
			pkg:     "internal/gather",
			imports: join(public, "internal/wire", "internal/login", "internal/journal", "internal/redact"),
			foreign: anything,
		},
		{
			pkg:     "internal/canary",
			imports: join(public, "internal/gather", "internal/wire", "internal/login", "internal/journal"),
		},
		{pkg: "internal/browse", foreign: []string{"github.com/chromedp"}},
		{
			pkg: "internal/gather/*",
			imports: join(public, "internal/gather", "internal/canary", "internal/browse", "internal/wire", "internal/login", "internal/journal",
				"internal/openapi", "internal/redact", "internal/tokentree"),
			foreign: anything,
		},
		{
			pkg:     "internal/initiate",
			imports: []string{"evidence", "portal", "internal/wire", "internal/openapi", "internal/redact", "internal/tokentree"},
			foreign: anything,
		},

		// Keeping, judging, deciding.
		{pkg: "internal/bundle", imports: join(public, "internal/redact")},
		{
			pkg: "internal/engine",
			imports: join(public, "internal/gather", "internal/bundle", "internal/wire", "internal/login",
				"internal/journal", "internal/redact"),
			foreign: anything,
		},
		{pkg: "internal/verdict", imports: []string{"check", "artifact", "evidence", "portal"}},
		{pkg: "internal/launch", imports: join(public, "internal/verdict", "internal/bundle")},
		{pkg: "internal/fix", imports: public},
		{
			pkg:     "internal/replay",
			imports: join(public, "internal/bundle", "internal/wire", "internal/login", "internal/redact", "internal/verdict"),
		},

		// Showing.
		{pkg: "internal/report", imports: join(public, "internal/bundle", "internal/verdict", "internal/fix", "internal/redact"), foreign: anything},
		{
			pkg:     "internal/cli",
			imports: join(public, "checks", "internal/...", "check/checktest"),
			foreign: anything,
		},
		{pkg: "cmd/launchready", imports: []string{"internal/cli"}},

		// The world on loopback.
		{pkg: "internal/lab", imports: []string{"internal/lab/...", "portal"}, foreign: anything},
		{pkg: "internal/lab/...", imports: []string{"internal/lab/...", "portal"}, foreign: anything},

		// The server.
		{
			pkg: "internal/server",
			imports: join(public, "internal/server/ui", "internal/tenant", "internal/jobs", "internal/monitor", "internal/alert",
				"internal/store", "internal/engine", "internal/verdict", "internal/launch", "internal/report", "internal/seal"),
			foreign: anything,
		},
		{pkg: "internal/server/ui"},
		{pkg: "internal/tenant"},
		{pkg: "internal/seal"},
		{pkg: "internal/store", imports: []string{"check", "evidence", "internal/tenant"}},
		{pkg: "internal/store/*", imports: []string{"check", "evidence", "internal/store", "internal/tenant"}, foreign: anything},
		{pkg: "internal/jobs", imports: []string{"internal/store"}, foreign: anything},
		{pkg: "internal/monitor", imports: join(public, "internal/store", "internal/engine", "internal/wire", "internal/verdict")},
		{pkg: "internal/alert", imports: []string{"internal/store", "internal/monitor"}},

		// The house's own tools.
		{pkg: "internal/archtest", foreign: []string{"golang.org/x/tools/go/packages"}},
		{pkg: "internal/suitegen"},

		// Tests alone: the program on bad days.
		{pkg: "internal/badday"},
	}
}

// pureFolders hold what judges: it must give the same answer offline, years later.
func pureFolders() []string {
	return []string{"evidence", "check", "check/checktest", "checks/...", "artifact/...", "internal/verdict"}
}

// impurePackages act on the world or keep state outside the program.
func impurePackages() []string {
	return []string{"net/http", "crypto/tls", "os/exec", "database/sql"}
}

// restrictions says who alone may name the objects that act on the world.
func restrictions() []restriction {
	return []restriction{
		{
			objects: []string{
				"net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
				"net/http.DefaultClient", "net/http.DefaultTransport",
				"net/http.DefaultServeMux", "net/http.Handle", "net/http.HandleFunc",
			},
			why: "it belongs to the whole program, has no scope guard and no bound",
		},
		{
			objects: []string{
				"net/http.Client", "net/http.Transport", "net/http/httputil.ReverseProxy", "net/http/httputil.NewSingleHostReverseProxy",
				"net.Dialer", "net.Dial", "net.DialTimeout", "net.DialTCP", "net.DialUDP", "net.DialIP", "net.DialUnix",
				"net.Resolver", "net.DefaultResolver", "net.LookupAddr", "net.LookupCNAME", "net.LookupHost", "net.LookupIP",
				"net.LookupMX", "net.LookupNS", "net.LookupSRV", "net.LookupTXT",
				"net.ResolveIPAddr", "net.ResolveTCPAddr", "net.ResolveUDPAddr",
				"crypto/tls.Dial", "crypto/tls.DialWithDialer", "crypto/tls.Dialer", "crypto/tls.Client",
				"net/smtp.Dial", "net/smtp.NewClient", "net/smtp.SendMail",
				"golang.org/x/net/http2.Transport", "golang.org/x/net/http2.ClientConn",
				"golang.org/x/net/websocket.Dial", "golang.org/x/net/websocket.DialConfig",
				"github.com/coder/websocket.Dial",
			},
			only: []string{"internal/wire", "internal/alert", "internal/server", "internal/lab"}, // the lab as a portal that fetches keys
			why:  "only internal/wire goes out to a target, with its scope guard, budget and recording",
		},
		{
			objects: []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "os.*", "math/rand.*", "math/rand/v2.*", "crypto/rand.*"},
			never:   []string{"check", "checks/...", "artifact/...", "evidence", "internal/verdict"},
			why:     "judging depends on the bundle alone; take it from an artifact or a parameter",
		},
	}
}

// join returns a fresh slice of base and more.
func join(base []string, more ...string) []string {
	return append(append([]string{}, base...), more...)
}
