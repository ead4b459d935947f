package limits

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// fine2xx is what an answer must be for reads and for what makes something.
func fine2xx(f limiting.Face) bool { return f.Status/100 == 2 }

// reading is a door that the same GET is sent to again and again.
func (b *burst) reading(kind string, r artifact.Route) door {
	d := b.plain(kind, r)
	values, who, ok := b.bound(r)
	if d.Skipped.Reason == "" && !ok {
		d.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no value is known for its parameters"}
	}
	target, _ := r.Fill(values)
	if kind == artifact.DoorSearch {
		target = asking(r, target)
	}
	make := func(string) (made, error) {
		return made{request: wire.Request{
			Method: r.Method, URL: target, Effect: portal.Look,
			Header: []evidence.Field{{Name: "Accept", Value: gather.Accept(r)}},
		}}, nil
	}
	if r.Public != "" {
		who = append([]string{evidence.Anonymous}, who...)
	}
	if len(who) == 0 && d.Skipped.Reason == "" {
		d.Skipped = artifact.Skip{Reason: check.SessionDead, Why: "nobody who could ask is signed in"}
	}
	k := &knocker{burst: b, study: limiting.New(d), who: who, make: make, fine: fine2xx}
	return door{Door: d, knock: k.all}
}

// asking gives a search something to look for.
func asking(r artifact.Route, target string) string {
	for _, p := range r.Params {
		name := strings.ToLower(p.Name)
		if p.In != "query" || !slices.Contains([]string{"q", "query", "search", "term", "keyword", "keywords", "s"}, name) {
			continue
		}
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		if !strings.Contains(target, p.Name+"=") {
			target += sep + p.Name + "=launch"
		}
		break
	}
	return target
}

// bound finds values for a route's parameters, and who may ask with them:
// disposable identities first, for a limit may stay with whoever met it.
func (b *burst) bound(r artifact.Route) (values artifact.Values, who []string, ok bool) {
	add := func(name string) {
		if b.As(name) != nil && !slices.Contains(who, name) {
			who = append(who, name)
		}
	}
	if len(r.PathParams()) == 0 {
		for _, p := range b.People() {
			if p.Disposable {
				add(p.Name)
			}
		}
		for _, tenant := range b.Tenants() {
			if owner, found := b.Owner(tenant); found {
				add(owner.Name)
			}
		}
		for _, p := range b.People() {
			add(p.Name)
		}
		return nil, who[:min(len(who), 3)], true
	}
	signIns := gather.Made[artifact.Sessions](b.Tools, artifact.SignIns)
	for _, disposable := range []bool{true, false} {
		for _, reading := range b.corpus.Readings {
			if reading.Route != r.ID || !reading.OK || signIns.By(reading.Who).Disposable != disposable || values != nil && !maps.Equal(values, reading.Values) {
				continue
			}
			values = reading.Values
			add(reading.Who)
		}
	}
	if values == nil && len(r.Bindings) > 0 {
		_, who, _ = b.bound(artifact.Route{})
		values = r.Bindings[0]
	}
	_, filled := r.Fill(values)
	return values, who[:min(len(who), 3)], values != nil && filled && len(who) > 0
}

// making is a door where each request makes something that is removed again.
func (b *burst) making(kind string, r artifact.Route, needs ...portal.Effect) door {
	d := b.plain(kind, r, needs...)
	k := &knocker{burst: b, study: limiting.New(d), fine: fine2xx}
	if d.Skipped.Reason == "" {
		d.Skipped = b.prepare(k, r)
	}
	return door{Door: d, knock: k.all}
}

// prepare finds out how to make and to remove what a route makes.
func (b *burst) prepare(k *knocker, r artifact.Route) artifact.Skip {
	if gather.Made[artifact.Corpus](b.Tools, artifact.Corpora) == nil {
		return artifact.Skip{Reason: check.NotExamined, Why: "what the identities own is not known"}
	}
	makers := canary.Makers(b.Tools)
	i := slices.IndexFunc(makers, func(m canary.Maker) bool { return m.Create.ID == r.ID })
	if i < 0 {
		return artifact.Skip{Reason: check.EffectRefused, Why: "no route is known that removes what each attempt would make"}
	}
	m := makers[i]
	if m.Skipped.Reason != "" {
		return m.Skipped
	}
	_, k.who, _ = b.bound(artifact.Route{})
	k.who = slices.DeleteFunc(k.who, func(who string) bool {
		return !canary.Allowed(r, gather.Made[artifact.Sessions](b.Tools, artifact.SignIns).By(who).Role)
	})
	if len(k.who) == 0 {
		return artifact.Skip{Reason: check.SessionDead, Why: "nobody who may do it is signed in"}
	}
	k.make = func(who string) (made, error) { return b.plant(m, who) }
	return artifact.Skip{}
}

// plant is the next object to be asked for.
func (b *burst) plant(m canary.Maker, who string) (made, error) {
	values, ok := canary.Parents(b.Tools, m, who)
	if !ok {
		return made{}, errors.New("no parent object of " + who + " is known to make one under")
	}
	tag := gather.Canary("lrc-")
	c := canary.New(b.Tools, m, who, tag, values)
	media, object, ok := m.Object(b.Tools, who, tag)
	if !ok {
		return made{}, errors.New(canary.UnknownBody)
	}
	nobodys(object, tag)
	q, ok := m.Making(values, media, object)
	if !ok {
		return made{}, errors.New(canary.UnknownBody)
	}
	entry := c.Entry()
	list, _ := m.Listing(values)
	return made{
		request: q, tag: tag, list: list, entry: &entry,
		learn: func(got gather.Answered) *journal.Entry { return c.Learn(got) },
	}, nil
}

// nobodys makes sure that mail goes to nobody.
func nobodys(object map[string]any, tag string) {
	for name, v := range object {
		if text, is := v.(string); is && strings.Contains(text, "@") && strings.Contains(strings.ToLower(name), "mail") {
			object[name] = tag + "@example.invalid"
		}
	}
}

// wrongPassword stands in a form for a password that is wrong in another way
// each time, wrongCode for a code.
const (
	wrongPassword = "\x00password"
	wrongCode     = "\x00code"
)

// form makes the request of a route with the given fields; others that it
// demands get a plain value.
func (b *burst) form(r artifact.Route, fields map[string]string) maker {
	object := map[string]any{}
	root := canary.Parse(r.BodySchema)
	var example map[string]any
	_ = json.Unmarshal(r.BodySample, &example) // without one the schema tells
	for _, name := range root.Required {
		p := canary.Parse(root.Properties[name])
		switch kind := p.Is(); {
		case slices.Contains(passwordFields, strings.ToLower(name)):
			object[name] = "Launch-ready-" + gather.Canary("1")
		case example[name] != nil:
			object[name] = example[name]
		case p.Example != nil:
			object[name] = p.Example
		case kind == "boolean":
			object[name] = true
		case kind == "integer", kind == "number":
			object[name] = 1
		default:
			object[name] = "launchready"
		}
		if strings.Contains(strings.ToLower(name), "mail") {
			object[name] = gather.Canary("nobody-") + "@example.invalid"
		}
	}
	target, _ := r.Fill(nil) // it has no parameters
	media := r.BodyType
	if media == "" {
		media = canary.JSONType
	}
	return func(string) (made, error) {
		body, user := maps.Clone(object), ""
		for field, value := range fields {
			switch value {
			case wrongPassword:
				value = gather.Canary("Wrong-1-")
			case wrongCode:
				value = b.code(r, field)
			}
			body[field] = value
			if field == gather.AccountField(r) {
				user = value
			}
		}
		contentType, raw, ok := canary.Encode(media, body)
		if !ok {
			return made{}, fmt.Errorf("make a body of type %s", media)
		}
		return made{user: user, request: wire.Request{
			Method: r.Method, URL: target, Body: raw, Effect: portal.Burst,
			Header: []evidence.Field{{Name: "Content-Type", Value: contentType}, {Name: "Accept", Value: gather.Accept(r)}},
		}}, nil
	}
}

// guessCode sends another wrong code each time, for the disposable identity
// where the body names an account.
func (b *burst) guessCode(r artifact.Route, field string) maker {
	fields := map[string]string{field: wrongCode}
	if account := gather.AccountField(r); account != "" {
		if id := b.disposable(); id != nil {
			fields[account] = id.User
		}
	}
	return b.form(r, fields)
}

// code is a code of the form that the contract shows: digits by default.
func (b *burst) code(r artifact.Route, field string) string {
	p := canary.Parse(canary.Parse(r.BodySchema).Properties[field])
	shown, _ := p.Example.(string)
	n := max(6, len(shown), p.MinLength)
	if p.MaxLength != nil {
		n = min(n, *p.MaxLength)
	}
	if strings.Trim(shown, "0123456789") == "" {
		b.guessed++
		return fmt.Sprintf("%0*d", n, 100+b.guessed)
	}
	text := gather.Canary("") + gather.Canary("")
	for len(text) < n {
		text += text
	}
	return text[:n]
}
