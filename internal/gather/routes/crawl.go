package routes

import (
	"context"
	"hash/fnv"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Bounds of a crawl.
const (
	maxPages      = 60 // of one identity
	quickPages    = 20
	maxAlike      = 2 // pages of one template
	crawlBatch    = 20
	maxQueue      = 5_000
	maxJSONLeaves = 20_000
)

// crawl follows links as each identity and as nobody.
func (g *gathering) crawl(ctx context.Context) {
	for _, who := range append(g.names(), evidence.Anonymous) {
		if ctx.Err() != nil {
			return
		}
		c := &crawler{gathering: g, who: who, seen: map[string]bool{}, alike: map[string]int{}, templater: templater{owned: g.b.owned, literals: g.b.matcher.literals()}}
		c.left = maxPages
		if g.Quick || who == evidence.Anonymous {
			c.left = quickPages
		}
		c.run(ctx)
	}
}

// crawler walks the pages one identity sees.
type crawler struct {
	*gathering
	templater templater
	who       string
	left      int
	seen      map[string]bool
	alike     map[string]int
	queue     []visit
}

// visit is a page to ask for; a guess counts only when it is really there.
type visit struct {
	place
	guess bool
}

func (c *crawler) run(ctx context.Context) {
	c.seeds()
	for len(c.queue) > 0 && c.left > 0 && ctx.Err() == nil {
		n := min(len(c.queue), c.left, crawlBatch)
		batch := c.queue[:n]
		c.queue = c.queue[n:]
		c.left -= n
		asks := make([]gather.Ask, n)
		for i, v := range batch {
			asks[i] = gather.Ask{Name: "crawl", Who: c.who, Request: wire.Request{
				Method: "GET", URL: v.url(), MaxBody: maxPage,
				Header: []evidence.Field{{Name: "Accept", Value: "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}},
			}}
		}
		for i, a := range c.Ask(ctx, asks...) {
			c.visited(batch[i], a)
		}
	}
	if c.left == 0 && len(c.queue) > 0 {
		c.note(fromCrawl, "%s: the crawl stopped at its bound with %d links not followed", c.who, len(c.queue))
	}
}

// seeds queues where a crawl starts: the root, where signing in led, the alive
// probe, and what contracts and descriptions name that answers with pages.
func (c *crawler) seeds() {
	c.ask(visit{place: place{path: "/"}})
	if s := c.As(c.who); s != nil {
		for _, ref := range []string{s.Landing(), probePath(s.Probe != nil, func() string { return s.Probe.Request.Path })} {
			if p, ok := c.site.locate(place{path: "/"}, ref); ok && ref != "" {
				c.ask(visit{place: p, guess: true})
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.b.entries)) {
		e := c.b.entries[key]
		media := strings.ToLower(e.answers)
		if e.Method != "GET" || media != "" && !strings.Contains(media, "html") {
			continue
		}
		for _, v := range append([]artifact.Values{nil}, e.Bindings...) {
			target, ok := e.Fill(v)
			if p, in := c.site.locate(place{path: "/"}, target); ok && in {
				c.ask(visit{place: p, guess: true})
				break
			}
		}
	}
}

func probePath(set bool, path func() string) string {
	if !set {
		return ""
	}
	return path()
}

// ask queues a page unless it was seen, is one of many alike, or may not be called.
func (c *crawler) ask(v visit) {
	key, shape := v.url(), c.templater.shapeless(v.place)
	if c.seen[key] || c.alike[shape] >= maxAlike || len(c.queue) >= maxQueue || !c.harmless(v.place) {
		return
	}
	c.seen[key] = true
	c.alike[shape]++
	c.queue = append(c.queue, v)
}

// harmless reports whether a link may be followed by looking alone.
func (c *crawler) harmless(p place) bool {
	probe := entry{Route: artifact.Route{Method: "GET", Origin: p.origin, Template: p.path}}
	if known, _ := c.b.matcher.find("GET", p.origin, p.path, p.query); known != nil {
		probe.operation, probe.answers = known.operation, known.answers
		probe.Kind = known.Kind
	}
	full := p.path + "?" + p.query.Encode()
	if prefers(p.path, p.query) || heldBack(full, probe.operation) != "" || matches(c.Portal.Routes.Never, "GET", p.path) {
		return false
	}
	switch first(probe.Kind, kindOf(&probe)) {
	case "logout", "static", "sse", "websocket", "export":
		return false
	}
	return true
}

func matches(patterns []portal.Pattern, method, path string) bool {
	return slices.ContainsFunc(patterns, func(p portal.Pattern) bool { return p.Match(method, path) })
}

// visited reads an answer for routes and further links.
func (c *crawler) visited(v visit, a gather.Answered) {
	if a.Answer == nil || a.Unproven != "" {
		c.gap(fromCrawl, "%s: GET %s was not read: %s", c.who, v.path, first(a.Why, string(a.Unproven)))
		return
	}
	status := a.Answer.Status
	s := sighting{
		method: "GET", place: v.place, source: fromCrawl, who: c.who, media: a.Answer.Header.Get("Content-Type"),
		present: status >= 200 && status < 300, absent: status == 404 || status == 410,
	}
	if location := a.Answer.Header.Get("Location"); location != "" && status/100 == 3 {
		if p, ok := c.site.locate(v.place, location); ok {
			c.ask(visit{place: p})
		}
	}
	if s.present {
		if strings.Contains(s.media, "html") {
			c.html(v.place, a.Answer.Body, &s)
		} else if strings.Contains(s.media, "json") {
			c.json(v.place, a.Answer.Exchange, &s)
		}
	}
	if !v.guess || s.present {
		c.b.see(s)
	}
}

// html notes the links and forms of a page.
func (c *crawler) html(at place, body []byte, s *sighting) {
	p := readPage(body)
	s.shape = p.shape
	if p.base != "" {
		if base, ok := c.site.locate(at, p.base); ok {
			at = base
		}
	}
	for _, l := range p.links {
		to, ok := c.site.locate(at, l.ref)
		if !ok || isStatic(to.path) {
			continue
		}
		if l.method != "GET" {
			c.b.see(sighting{method: l.method, place: to, source: fromCrawl, who: c.who})
			continue
		}
		if key := "link " + to.url(); !c.seen[key] {
			c.seen[key] = true
			c.b.see(sighting{method: "GET", place: to, source: fromCrawl, who: c.who})
		}
		c.ask(visit{place: to})
	}
	for _, f := range p.forms {
		c.form(at, f)
	}
}

// form notes where a form leads.
func (c *crawler) form(at place, f form) {
	to, ok := c.site.locate(at, f.action)
	if f.action == "" {
		to, ok = at, true
	}
	if !ok {
		return
	}
	s := sighting{method: f.method, place: to, source: fromCrawl, who: c.who, form: true}
	if f.method == "GET" {
		s.query = url.Values{}
		for _, x := range f.fields {
			s.query.Set(x.name, x.value)
		}
	} else {
		s.body = marshal(f.sample())
		s.bodyOf = first(f.media, "application/x-www-form-urlencoded")
	}
	if c.who == evidence.Anonymous && f.signsIn() {
		c.b.logins[f.method+" "+to.origin+to.path] = true
	}
	c.b.see(s)
}

// json follows the values of an answer that look like paths of the target.
func (c *crawler) json(at place, ex *evidence.Exchange, s *sighting) {
	view := normal.Of(ex, normal.Mask{})
	if view.Family != normal.JSON {
		return
	}
	stars := map[string]bool{}
	home := firstSegment(at.path)
	for i, leaf := range view.Fields {
		if i >= maxJSONLeaves {
			break
		}
		stars[leaf.Star] = true
		if leaf.Type != "string" || len(leaf.Value) > 1024 || strings.ContainsAny(leaf.Value, " \n<>\"{}") {
			continue
		}
		rooted := strings.HasPrefix(leaf.Value, "/") && !strings.HasPrefix(leaf.Value, "//")
		if !rooted && !strings.Contains(leaf.Value, "://") {
			continue
		}
		to, ok := c.site.locate(at, leaf.Value)
		if ok && (!rooted || linkKey(leaf.Key) || firstSegment(to.path) == home) {
			c.ask(visit{place: to, guess: true})
		}
	}
	h := fnv.New64a()
	for _, star := range slices.Sorted(maps.Keys(stars)) {
		_, _ = h.Write([]byte(star + "\x00"))
	}
	s.shape = "json " + strconv.FormatUint(h.Sum64(), 36)
}

func firstSegment(path string) string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return segment
}

// linkKey reports keys that hold addresses.
func linkKey(key string) bool {
	k := strings.ToLower(key)
	for _, end := range []string{"url", "uri", "href", "link", "self", "next", "prev", "previous", "location", "download"} {
		if strings.HasSuffix(k, end) {
			return true
		}
	}
	return false
}
