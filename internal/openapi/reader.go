package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// reader walks one document.
type reader struct {
	ctx      context.Context // of one Read call; the reader does not outlive it
	doc      *Doc
	root     *node
	origins  []string
	problems []Problem
	dropped  int

	refs     map[string]*node // resolved, nil when dangling
	schemas  map[*node]json.RawMessage
	size     int // bytes of all schemas
	seen     map[string]bool
	place    placement
	security *node // of the whole document
	inherits []int // operations that have no requirements of their own
	exempts  bool  // some operation is exempted from the document's
}

func (r *reader) problem(where, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.dropped++
		return
	}
	r.problems = append(r.problems, Problem{Where: where, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) read() {
	r.doc.Version = r.root.get("openapi").str()
	if r.doc.Version == "" {
		r.doc.Version = r.root.get("swagger").str()
	}
	r.doc.Title = r.root.get("info").get("title").str()
	r.security = r.root.get("security")
	paths := r.root.get("paths")
	switch {
	case paths == nil && r.doc.Version == "":
		r.problem("", "not an OpenAPI document: it has neither openapi, swagger nor paths")
		return
	case paths == nil:
		r.problem("", "the document has no paths")
		return
	case !paths.is(object):
		r.problem("", "paths is not an object")
		return
	}
	r.place = r.placeOf(r.documentServers())
	r.seen = map[string]bool{}
	for i, name := range paths.names {
		if r.ctx.Err() != nil {
			r.problem("", "reading stopped after %d operations: %v", len(r.doc.Operations), r.ctx.Err())
			return
		}
		if strings.HasPrefix(name, "x-") || name == "<<" {
			continue
		}
		if len(r.doc.Operations) >= maxOperations {
			r.problem("", "more than %d operations; the rest was left out", maxOperations)
			return
		}
		r.pathItem(name, paths.kids[i])
	}
}

// methods are the operations of a path item; "query" is of version 3.2.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func (r *reader) pathItem(path string, item *node) {
	if !strings.HasPrefix(path, "/") {
		r.problem(path, "the path does not begin with a slash")
		path = "/" + path
	}
	path, _, _ = strings.Cut(path, "#")
	path, _, _ = strings.Cut(path, "?")
	if why := badTemplate(path); why != "" {
		r.problem(path, "%s", why)
		return
	}
	item = r.deref(path, item)
	if !item.is(object) {
		r.problem(path, "the path item is not an object")
		return
	}
	place := r.place
	if servers := item.get("servers"); servers != nil {
		place = r.placeOf(r.serversOf(servers))
	}
	for _, m := range methods {
		if op := item.get(m); op != nil {
			r.operation(strings.ToUpper(m), path, item, op, place)
		}
	}
	if more := item.get("additionalOperations"); more.is(object) { // version 3.2
		for i, m := range more.names {
			r.operation(strings.ToUpper(m), path, item, more.kids[i], place)
		}
	}
}

// badTemplate says what is wrong with a path template; "" when it is sound.
func badTemplate(path string) string {
	open := false
	for _, c := range path {
		switch {
		case c == '{' && open, c == '}' && !open, c == '/' && open:
			return "the path's braces do not match"
		case c == '{', c == '}':
			open = c == '{'
		case c < ' ' || c == 0x7f:
			return "the path holds control characters"
		}
	}
	if open {
		return "the path's braces do not match"
	}
	return ""
}

// deref follows references until there is something else; nil when one dangles.
func (r *reader) deref(where string, n *node) *node {
	for range 16 {
		ref := n.get("$ref")
		if !ref.is(text) {
			return n
		}
		n = r.lookup(where, ref.value)
	}
	r.problem(where, "references form a cycle")
	return nil
}

// lookup resolves a reference within the document (RFC 6901); nil when it dangles.
func (r *reader) lookup(where, ref string) *node {
	if n, known := r.refs[ref]; known {
		return n
	}
	n := r.find(ref)
	switch {
	case !strings.HasPrefix(ref, "#"):
		r.problem(where, "the reference %q leaves the document and is not followed", shorten(ref))
	case n == nil:
		r.problem(where, "the reference %q points at nothing", shorten(ref))
	}
	r.refs[ref] = n
	return n
}

func (r *reader) find(ref string) *node {
	if ref == "#" {
		return r.root
	}
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	n := r.root
	for part := range strings.SplitSeq(pointer, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		if n.is(list) {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(n.kids) {
				return nil
			}
			n = n.kids[i]
			continue
		}
		if n = n.get(part); n == nil {
			return nil
		}
	}
	return n
}

// placement is where the operations under some servers are found.
type placement struct {
	prefix   string
	origin   string // one of the further origins, or ""
	unplaced bool
}

// documentServers returns the servers of the document, of whichever version.
func (r *reader) documentServers() []string {
	if servers := r.root.get("servers"); servers != nil {
		return r.serversOf(servers)
	}
	host, base := r.root.get("host").str(), r.root.get("basePath").str()
	if host == "" {
		if base == "" {
			return nil
		}
		return []string{base}
	}
	schemes := r.root.get("schemes").texts()
	if len(schemes) == 0 {
		schemes = []string{"https"}
		if len(r.origins) > 0 {
			if own, err := url.Parse(r.origins[0]); err == nil && own.Scheme != "" {
				schemes = []string{own.Scheme}
			}
		}
	}
	var out []string
	for _, s := range schemes {
		out = append(out, s+"://"+host+"/"+strings.TrimPrefix(base, "/"))
	}
	return out
}

// serversOf returns the URLs of a servers list, variables replaced by their defaults.
func (r *reader) serversOf(servers *node) []string {
	if !servers.is(list) {
		return nil
	}
	var out []string
	for _, s := range servers.kids {
		u := s.get("url").str()
		if vars := s.get("variables"); vars.is(object) {
			for i, name := range vars.names {
				u = strings.ReplaceAll(u, "{"+name+"}", vars.kids[i].get("default").str())
			}
		}
		if u != "" {
			out = append(out, u)
		}
	}
	return out
}

// placeOf picks the first server that is relative or on an origin in scope; the
// foreign ones are noted.
func (r *reader) placeOf(servers []string) placement {
	var best *placement
	for _, s := range servers {
		u, err := url.Parse(s)
		if err != nil {
			r.problem("", "the server %q is not a URL", shorten(s))
			continue
		}
		prefix := strings.TrimRight("/"+strings.TrimLeft(u.Path, "/"), "/")
		if u.Host == "" {
			if best == nil {
				best = &placement{prefix: prefix}
			}
			continue
		}
		at := slices.IndexFunc(r.origins, func(o string) bool { return sameOrigin(o, u) })
		switch {
		case at < 0:
			r.foreign(Server{URL: s, Path: prefix})
		case best == nil && at == 0:
			best = &placement{prefix: prefix}
		case best == nil:
			best = &placement{prefix: prefix, origin: u.Scheme + "://" + u.Host}
		}
	}
	if best == nil {
		return placement{unplaced: len(servers) > 0}
	}
	return *best
}

func (r *reader) foreign(s Server) {
	if len(r.doc.Foreign) < 20 && !slices.Contains(r.doc.Foreign, s) {
		r.doc.Foreign = append(r.doc.Foreign, s)
		r.problem("", "the server %q is out of scope and is never called", shorten(s.URL))
	}
}

// sameOrigin compares scheme, host and port; a missing port is the scheme's own.
func sameOrigin(origin string, u *url.URL) bool {
	o, err := url.Parse(origin)
	return err == nil && strings.EqualFold(o.Scheme, u.Scheme) &&
		strings.EqualFold(o.Hostname(), u.Hostname()) && portOf(o) == portOf(u)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}
