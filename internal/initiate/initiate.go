// Package initiate looks at a portal's URL and repository and writes a first
// portal.yaml from what it finds: contract documents, the way to sign in,
// frameworks, deployment files. It sends nothing itself; what it is given
// to look with stays within scope and only looks.
package initiate

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Options says where to look.
type Options struct {
	URL  string // the portal; "" when only the repository is looked at
	Repo string // folder; "" looks at none
	// Get fetches a path on the portal and follows no redirect. It stays in scope.
	Get func(ctx context.Context, path string) (status int, header http.Header, body []byte, err error)
}

// Findings is what was found. All texts of it come from outside.
type Findings struct {
	URL        string
	Title      string     // of the landing page or contract
	Silent     string     // why the portal did not answer; "" when it did
	Contracts  []Contract // the portal's first, then the repository's
	Form       *Form      // an HTML login form
	API        *API       // a login operation of a contract
	Robots     []string   // paths robots.txt asks not to visit
	Frameworks []string   // "Next.js (web/package.json)"
	Repo       string
	Frontend   string   // folder of the built frontend
	Deploy     []string // files and folders that say how it is deployed
}

// Contract is an OpenAPI or Swagger document.
type Contract struct {
	Where      string // a path on the portal, or a file
	Version    string
	Operations int
}

// Form is a login form of a page.
type Form struct {
	Page   string // where it was seen
	Action string // "POST /login"
	Fields []Field
}

// Field is one field of a login request. Value is what portal.yaml says:
// ${user}, ${password}, a captured ${name}, or a fixed text.
type Field struct {
	Name    string
	Value   string
	Capture string // expression that fills ${name} from the form's page
}

// API is a login request of a contract.
type API struct {
	Request string // "POST /api/login"
	Where   string // the contract that says so
	JSON    bool   // else a form
	Fields  []Field
	Token   string // JSON pointer of the token in the answer; "" when the contract names none
}

// finder looks around; a failed look is remembered, never fatal.
type finder struct {
	ctx     context.Context
	get     func(context.Context, string) (int, http.Header, []byte, error)
	base    *url.URL
	found   Findings
	looks   int
	answers int
	failure error
}

// Bounds of what is looked at: init is a first glance, not an audit.
const (
	maxLooks   = 40
	maxHops    = 3
	maxRobots  = 20
	maxBody    = 8 << 20
	maxTitle   = 80
	maxListed  = 6
	maxEntries = 20_000
)

// Find looks around. It fails only when ctx ends or the URL is none; a portal
// that does not answer is a finding.
func Find(ctx context.Context, o Options) (Findings, error) {
	f := &finder{ctx: ctx, get: o.Get, found: Findings{URL: strings.TrimRight(o.URL, "/"), Repo: o.Repo}}
	if o.URL != "" && o.Get != nil {
		u, err := url.Parse(o.URL)
		if err != nil {
			return f.found, err
		}
		f.base = u
		f.portal()
	}
	if o.Repo != "" {
		f.repository(o.Repo)
	}
	return f.found, ctx.Err()
}

// portal looks at the running portal.
func (f *finder) portal() {
	f.landing()
	if f.answers == 0 {
		f.found.Silent = "it did not answer"
		if f.failure != nil {
			f.found.Silent = f.failure.Error()
		}
		return
	}
	f.robots()
	f.contracts()
}

// page is an answer after redirects.
type page struct {
	path   string // where it was in the end
	status int
	header http.Header
	body   []byte
}

// look fetches a path and follows redirects that stay on the portal.
func (f *finder) look(at string) (page, bool) {
	for range maxHops {
		if f.looks >= maxLooks || f.ctx.Err() != nil {
			return page{}, false
		}
		f.looks++
		status, header, body, err := f.get(f.ctx, at)
		if err != nil {
			f.failure = err
			return page{}, false
		}
		f.answers++
		if status < 300 || status > 399 || header.Get("Location") == "" {
			return page{path: at, status: status, header: header, body: body[:min(len(body), maxBody)]}, true
		}
		next, ok := f.local(at, header.Get("Location"))
		if !ok || next == at {
			return page{}, false
		}
		at = next
	}
	return page{}, false
}

// local turns a reference on a page into a path on the portal; ok is false for another origin.
func (f *finder) local(page, reference string) (string, bool) {
	ref, err := url.Parse(strings.TrimSpace(reference))
	if err != nil {
		return "", false
	}
	from, err := url.Parse(page)
	if err != nil {
		return "", false
	}
	basePath := strings.TrimRight(f.base.Path, "/")
	here := *f.base
	here.Path, here.RawPath, here.RawQuery = basePath+from.Path, "", from.RawQuery
	target := here.ResolveReference(ref)
	if target.Scheme != f.base.Scheme || !strings.EqualFold(target.Host, f.base.Host) {
		return "", false
	}
	below, ok := strings.CutPrefix(target.EscapedPath(), basePath)
	if !ok || (below != "" && !strings.HasPrefix(below, "/")) {
		return "", false
	}
	if below == "" {
		below = "/"
	}
	if target.RawQuery != "" {
		below += "?" + target.RawQuery
	}
	return below, true
}

// robots notes what robots.txt asks not to visit: often the parts worth naming under never.
func (f *finder) robots() {
	p, ok := f.look("/robots.txt")
	if !ok || p.status != http.StatusOK || strings.Contains(p.header.Get("Content-Type"), "html") {
		return
	}
	for line := range strings.Lines(string(p.body)) {
		key, value, _ := strings.Cut(line, ":")
		value, _, _ = strings.Cut(value, "#")
		value = strings.TrimSpace(value)
		if strings.EqualFold(strings.TrimSpace(key), "disallow") && strings.HasPrefix(value, "/") && value != "/" && len(f.found.Robots) < maxRobots {
			f.found.Robots = append(f.found.Robots, path.Clean(value))
		}
	}
}
