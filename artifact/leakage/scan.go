package leakage

import (
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// Of returns what an answer gives away, each signature once.
func Of(ex *evidence.Exchange) []Hit {
	if ex == nil || ex.Response == nil {
		return nil
	}
	s := scan{ex: ex}
	s.headers()
	if !silent(ex) {
		for _, u := range read(ex) {
			s.unit(u)
			if len(s.hits) >= mostHits {
				break
			}
		}
	}
	return s.plain()
}

// plain leaves out what a worse signature in the body says as well: a path
// inside a stack trace is no finding of its own.
func (s *scan) plain() []Hit {
	worse := slices.ContainsFunc(s.hits, func(h Hit) bool {
		return !h.Stored && (h.Class == Trace || h.Class == Database || h.Class == DebugPage) && !strings.HasPrefix(h.Where, "header ")
	})
	if !worse {
		return s.hits
	}
	return slices.DeleteFunc(s.hits, func(h Hit) bool { return h.Class == Internal && !strings.HasPrefix(h.Where, "header ") })
}

type scan struct {
	ex   *evidence.Exchange
	sent string // what the request said; "" until it is needed
	hits []Hit
}

// unit looks at one text in each of its readings.
func (s *scan) unit(u unit) {
	for _, text := range undone(u.text) {
		find := inAnswers.find
		if u.fault {
			find = inErrors.find
		}
		for _, f := range find(text) {
			s.judge(u, text, f)
		}
	}
	if u.fault && wordless(u.key) && len(u.text) > 80 && strings.ContainsAny(u.text, "\n\\(:") && !s.has(Trace) && !s.echoed(u.text) {
		s.add(Hit{Class: Trace, Name: "stack trace", Where: u.where, Masked: masked(u.text, 60), print: print(u.text)})
	}
}

// judge decides whether a signature counts where it stands.
func (s *scan) judge(u unit, text string, f found) {
	g := f.sign
	match := text[f.from:f.to]
	if g.frame {
		if !u.fault || f.lines < 2 || f.lines < 3 && !alarming.MatchString(u.key+" "+text) {
			return
		}
	}
	if strings.HasSuffix(u.where, "body") && g.markup && u.page {
		return // markup is looked for where it stands as the portal wrote it
	}
	hit := Hit{Class: g.class, Name: g.name, Where: u.where, print: print(match)}
	switch {
	case u.fault:
	case g.anywhere && !prose(u, text, f):
	case g.markup && u.markup:
	default:
		hit.Stored = true
	}
	if g.class == Credential {
		hit.Masked = g.name // its neighbourhood is nobody's business
	} else {
		hit.Masked = masked(text[f.from:lineEnd(text, f.to, min(len(text), f.to+80))], 90)
	}
	if s.echoed(match) {
		return
	}
	s.add(hit)
}

// prose reports a credential inside a text that somebody wrote: a ticket that
// quotes an address with a password.
func prose(u unit, text string, f found) bool {
	if u.page || u.markup && f.sign.name != "private key" {
		return u.page
	}
	rest := text[:f.from] + " " + text[f.to:]
	return len(strings.Fields(rest)) >= 4
}

// add keeps a hit; of one signature the first, an error's before stored data.
func (s *scan) add(h Hit) {
	i := slices.IndexFunc(s.hits, func(o Hit) bool { return o.Class == h.Class && o.Name == h.Name })
	switch {
	case i < 0:
		s.hits = append(s.hits, h)
	case s.hits[i].Stored && !h.Stored:
		s.hits[i] = h
	}
}

func (s *scan) has(class string) bool {
	return slices.ContainsFunc(s.hits, func(h Hit) bool { return h.Class == class && !h.Stored })
}

// print is a text without what changes from one answer to the next.
func print(s string) string {
	return strings.Join(strings.Fields(s[:min(len(s), 200)]), " ")
}

// echoed reports whether the request itself said it.
func (s *scan) echoed(match string) bool {
	if s.sent == "" {
		s.sent = said(&s.ex.Request)
	}
	match = strings.TrimSpace(match)
	return len(match) >= 4 && strings.Contains(s.sent, match)
}

// said is everything a request carries, in each of its readings.
func said(r *evidence.Request) string {
	var b strings.Builder
	add := func(t string) {
		b.WriteByte('\n')
		for _, u := range undone(t) {
			b.WriteString(u)
			b.WriteByte('\n')
		}
		if d, err := url.QueryUnescape(t); err == nil && d != t {
			b.WriteString(d)
			b.WriteByte('\n')
			if again, err := url.PathUnescape(d); err == nil && again != d {
				b.WriteString(again)
			}
		}
	}
	add(r.URL)
	add(r.Target)
	for _, h := range r.Header {
		add(h.Value)
	}
	add(string(r.Body[:min(len(r.Body), 64<<10)]))
	return b.String()
}

// silent reports answers that say nothing of errors whatever they hold:
// programs for browsers, pictures, and documents about the portal.
func silent(ex *evidence.Exchange) bool {
	if ex.Status() >= 400 {
		return false
	}
	kind := strings.ToLower(ex.Header("Content-Type"))
	for _, k := range []string{"javascript", "ecmascript", "text/css", "font/", "image/", "audio/", "video/", "wasm", "octet-stream", "application/pdf", "zip"} {
		if strings.Contains(kind, k) {
			return true
		}
	}
	u, err := url.Parse(ex.Request.URL)
	if err != nil {
		return false
	}
	path := strings.ToLower(u.Path)
	for _, end := range []string{".js", ".mjs", ".css", ".map", ".wasm"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		word, _, _ := strings.Cut(segment, ".")
		switch word {
		case "docs", "doc", "swagger", "swagger-ui", "openapi", "redoc", "api-docs", "apidocs", "rapidoc", "graphiql", "asyncapi", "schema", "help", "manual", "changelog":
			return true
		}
	}
	head := ex.Body()[:min(len(ex.Body()), 4<<10)]
	for _, key := range []string{`"openapi"`, `"swagger"`, `"asyncapi"`, `"__schema"`} {
		if strings.Contains(string(head), key) {
			return true
		}
	}
	return false
}
