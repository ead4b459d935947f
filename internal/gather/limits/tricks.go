package limits

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// trick changes a request that a limit refuses; each make of it is new, so
// that what is claimed is never what was counted.
type trick struct {
	name string
	make func() func(*wire.Request)
}

// claims are the headers by which a proxy says whom it asks for.
var claims = []string{
	"X-Forwarded-For", "X-Real-IP", "X-Client-IP", "X-Originating-IP", "True-Client-IP", "CF-Connecting-IP",
	"Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP", "Forwarded",
}

// set puts header fields into a request, in place of those of the same names.
func set(r *wire.Request, fields ...evidence.Field) {
	var kept []evidence.Field
	for _, f := range r.Header {
		if evidence.Get(fields, f.Name) == "" {
			kept = append(kept, f)
		}
	}
	r.Header = append(kept, fields...)
}

// claimed is the value of a header that claims an address.
func claimed(header, address string) evidence.Field {
	if header == "Forwarded" {
		address = "for=" + address
	}
	return evidence.Field{Name: header, Value: address}
}

// elsewhere returns an address that was not claimed yet, of those that
// documentation uses (RFC 5737): they are nobody's.
func (b *burst) elsewhere() string {
	b.claimed++
	nets := []string{"203.0.113.", "198.51.100.", "192.0.2."}
	return nets[b.claimed/250%len(nets)] + fmt.Sprint(b.claimed%250+2)
}

// claim makes the trick of saying that a request comes from elsewhere, by one
// header or by all of them.
func (b *burst) claim(headers ...string) trick {
	what := headers[0]
	if len(headers) > 1 {
		what = "of every kind that names an address" // who believes one believes this
	}
	return trick{limiting.HeaderTrick + what, func() func(*wire.Request) {
		address := b.elsewhere()
		return func(r *wire.Request) {
			for _, h := range headers {
				set(r, claimed(h, address))
			}
		}
	}}
}

// addressTricks are what a proxy's headers can claim beside a single address.
func (b *burst) addressTricks() []trick {
	fixed := func(name string, fields ...evidence.Field) trick {
		return trick{name, func() func(*wire.Request) { return func(r *wire.Request) { set(r, fields...) } }}
	}
	var inside []evidence.Field
	for _, h := range claims {
		inside = append(inside, claimed(h, "127.0.0.1"))
	}
	return []trick{
		b.claim(claims...),
		fixed(limiting.HeaderTrick+"of every kind, with 127.0.0.1", inside...),
		{limiting.HeaderTrick + "X-Forwarded-For with a list", func() func(*wire.Request) {
			list := b.elsewhere() + ", " + b.elsewhere() + ", 127.0.0.1"
			return func(r *wire.Request) { set(r, evidence.Field{Name: "X-Forwarded-For", Value: list}) }
		}},
	}
}

// play sends a trick, and when it regains the answer from before the limit
// twice more, each time with a control that shows that the limit still holds.
func (b *burst) play(ctx context.Context, r *limiting.Run, try, control func() limiting.Face, again func() bool) bool {
	relimited := false
	for regained := 0; regained < regains; {
		if ctx.Err() != nil || !r.Scale().Plain(try()) {
			return false
		}
		if r.Scale().Under(control()) {
			regained++
			continue
		}
		// The limit has ended by itself: it proves nothing that it was passed.
		if relimited || !again() {
			r.Skipped = artifact.Skip{Reason: check.Unstable, Why: "the limit did not hold for as long as the trick was tried"}
			return false
		}
		relimited, regained = true, 0
	}
	return true
}

// regains is how often a trick must regain the answer from before the limit.
const regains = 3

// headers claims other addresses while the usual one is limited.
func (g *guesser) headers(ctx context.Context) {
	if !g.shows() {
		g.study.Begin(artifact.PhaseTricks, "").Skipped = artifact.Skip{Reason: check.Unstable, Why: noSign}
		return
	}
	id := g.known
	if g.byAddress() {
		id = g.unknown // a limit of the account must not stand in the way
	}
	if !g.holds(ctx, id) {
		g.study.Begin(artifact.PhaseTricks, "").Skipped = artifact.Skip{Reason: check.Unstable, Why: "the limit had ended and did not come again"}
		return
	}
	for _, k := range g.addressTricks() {
		if g.try(ctx, k, id, here) {
			g.whichHeader(ctx, id)
			return
		}
	}
}

// here is an attempt from the usual address.
func here() aim { return aim{} }

// whichHeader finds the one header that is believed, to name it and to use it.
func (g *guesser) whichHeader(ctx context.Context, id func() *portal.Identity) {
	for _, h := range claims {
		if k := g.claim(h); g.try(ctx, k, id, here) {
			g.forwarded = k.make
			return
		}
	}
}

// byAddress reports whether accounts never named before are limited too.
func (g *guesser) byAddress() bool {
	if g.study.The(artifact.PhaseSpray).Limited {
		return true
	}
	r := g.study.The(artifact.PhaseOthers)
	return r.Begun() && g.study.Scale.Under(r.Faces[0])
}

// holds makes sure that the limit is on.
func (g *guesser) holds(ctx context.Context, id func() *portal.Identity) bool {
	r := g.study.Begin(artifact.PhaseTricks, "")
	defer r.End()
	next := func() aim { return aim{name: artifact.ShotControl, id: id()} }
	return g.study.Scale.Under(g.shoot(ctx, r, next())) || g.relimit(ctx, r, next)
}

// try plays one trick at an account from an address, and its control without it.
func (g *guesser) try(ctx context.Context, k trick, id func() *portal.Identity, from func() aim) bool {
	r := g.study.Begin(artifact.PhaseTricks, k.name)
	defer r.End()
	control := func() aim { a := from(); a.name, a.id = artifact.ShotControl, id(); return a }
	return g.play(ctx, r,
		func() limiting.Face {
			a := from()
			a.name, a.id, a.trick = artifact.ShotTrick, id(), k.make()
			return g.shoot(ctx, r, a)
		},
		func() limiting.Face { return g.shoot(ctx, r, control()) },
		func() bool { return g.relimit(ctx, r, control) },
	)
}

// shapes sends the same guess in other forms that a limiter may not count. A
// form counts only when the right password in it opens a session.
func (g *guesser) shapes(ctx context.Context) {
	shapes := []trick{
		{limiting.FreshTrick, func() func(*wire.Request) { return func(*wire.Request) {} }},
		{"another User-Agent", func() func(*wire.Request) {
			return func(r *wire.Request) {
				set(r, evidence.Field{Name: "User-Agent", Value: "Mozilla/5.0 (" + fmt.Sprint(g.claimed) + ")"})
			}
		}},
		{"a trailing slash", path(func(p string) string { return strings.TrimSuffix(p, "/") + "/" })},
		{"a doubled slash", path(func(p string) string { return "/" + p })},
		{"the path in upper case", path(strings.ToUpper)},
		{"a needless parameter", path(func(p string) string { return p + "?lr=" + fmt.Sprint(g.elsewhere()) })},
		{"JSON for a form, a form for JSON", func() func(*wire.Request) { return swapBody }},
	}
	for _, k := range shapes {
		if ctx.Err() != nil {
			return
		}
		if g.try(ctx, k, g.known, here) {
			g.proven(ctx, aim{id: g.victim, trick: k.make()})
		}
	}
}

// proven adds to the last trick whether the right password gets in by it.
func (g *guesser) proven(ctx context.Context, a aim) {
	r := g.study.Runs[len(g.study.Runs)-1]
	a.name, a.fresh = artifact.ShotRight, true
	g.shoot(ctx, r, a)
}

// path changes where a request goes.
func path(change func(string) string) func() func(*wire.Request) {
	return func() func(*wire.Request) {
		return func(r *wire.Request) {
			u, err := url.Parse(r.URL)
			if err != nil || u.RawQuery != "" {
				return
			}
			r.Target = change(u.EscapedPath())
		}
	}
}

// swapBody sends the fields of a form as JSON, and those of a JSON object as a form.
func swapBody(r *wire.Request) {
	var object map[string]any
	if json.Unmarshal(r.Body, &object) == nil {
		form := url.Values{}
		for k, v := range object {
			form.Set(k, fmt.Sprint(v))
		}
		r.Body = []byte(form.Encode())
		set(r, evidence.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
		return
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return
	}
	object = map[string]any{}
	for k := range form {
		object[k] = form.Get(k)
	}
	if body, err := json.Marshal(object); err == nil {
		r.Body = body
		set(r, evidence.Field{Name: "Content-Type", Value: "application/json"})
	}
}

// spellings writes the account's name in other ways: counted apart, and yet
// the same account, they are as many guesses more.
func (g *guesser) spellings(ctx context.Context) {
	r := g.study.The(artifact.PhaseOthers)
	if !r.Begun() {
		return
	}
	from := here
	switch elsewhere := len(r.Faces) > 1 && g.study.Scale.Under(r.Faces[1]); {
	case elsewhere: // the account is limited wherever it is asked for
		from = func() aim { a, _ := g.source(); return aim{from: a} }
	case g.study.Scale.Under(r.Faces[0]):
		return // the address is what is limited: no name helps
	}
	for _, s := range spelled(g.victim.User) {
		if ctx.Err() != nil || len(g.sources) < 30 && g.sourced() {
			return
		}
		other := *g.victim
		other.User = s.user
		id := func() *portal.Identity {
			wrong := g.known()
			wrong.User = s.user
			return wrong
		}
		if g.tryAs(ctx, "the name "+s.how, id, from) {
			a := from()
			a.id = &other
			g.proven(ctx, a)
		}
	}
}

func (g *guesser) sourced() bool { return wire.OnLoopback(g.Target) }

// tryAs plays a trick that is another spelling of the name.
func (g *guesser) tryAs(ctx context.Context, how string, id func() *portal.Identity, from func() aim) bool {
	r := g.study.Begin(artifact.PhaseTricks, how)
	defer r.End()
	control := func() aim { a := from(); a.name, a.id = artifact.ShotControl, g.known(); return a }
	return g.play(ctx, r,
		func() limiting.Face {
			a := from()
			a.name, a.id, a.fresh = artifact.ShotTrick, id(), true
			return g.shoot(ctx, r, a)
		},
		func() limiting.Face { return g.shoot(ctx, r, control()) },
		func() bool { return g.relimit(ctx, r, control) },
	)
}

type spelling struct{ how, user string }

// spelled are other ways to write a name that a portal may take for the same.
func spelled(user string) []spelling {
	flip := strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, user)
	out := []spelling{
		{"in another case", flip}, {"with a space after it", user + " "}, {"with a space before it", " " + user}, {"with a null byte after it", user + "\x00"},
	}
	if local, domain, is := strings.Cut(user, "@"); is {
		out = append(out, spelling{"with a tag", local + "+lr@" + domain})
	}
	return out
}
