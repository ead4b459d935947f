package routes

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// see keeps a sighting until every template is known.
func (b *builder) see(s sighting) {
	if len(b.sightings) < maxSightings {
		b.sightings = append(b.sightings, s)
	}
}

// settle turns sightings into bindings of known routes, and what is left into routes.
func (b *builder) settle() {
	var left []sighting
	for _, s := range b.sightings {
		if e, v := b.matcher.find(s.method, s.origin, s.path, s.query); e != nil {
			b.confirm(e, s, v)
			continue
		}
		left = append(left, s)
	}
	b.sightings = nil
	t := templater{literals: b.matcher.literals(), owned: b.owned}
	t.learn(left)
	for _, s := range left {
		template, v := t.template(s)
		e := entry{Route: artifact.Route{Method: s.method, Origin: s.origin, Template: template}}
		for _, name := range e.PathParams() {
			e.Params = append(e.Params, artifact.Param{Name: name, In: inOf(template, name), Type: "string", Required: true})
		}
		if known := b.add(e, s.source, s.who); known != nil {
			// The template may have been merged under other names.
			if _, bound := b.matcher.find(s.method, s.origin, s.path, s.query); bound != nil {
				v = bound
			}
			b.confirm(known, s, v)
		}
	}
}

// confirm writes a sighting into its route.
func (b *builder) confirm(e *entry, s sighting, v artifact.Values) {
	if s.absent {
		e.fails++
	} else if s.present {
		e.succeeds++
	}
	binding := maps.Clone(v)
	if binding == nil {
		binding = artifact.Values{}
	}
	for _, key := range slices.Sorted(maps.Keys(s.query)) {
		value := s.query.Get(key)
		if secretive(key) || strings.Contains(e.Template, "?"+key+"=") || strings.Contains(e.Template, "&"+key+"=") || noise(key) || len(value) > 200 {
			continue
		}
		if !slices.ContainsFunc(e.Params, func(p artifact.Param) bool { return p.Name == key && p.In == "query" }) && len(e.Params) < 40 {
			e.Params = append(e.Params, artifact.Param{Name: key, In: "query", Type: "string", Example: value})
		}
		if !s.form {
			binding[key] = value
		}
	}
	if !s.absent {
		e.bind(binding)
	}
	e.answers = first(e.answers, s.media)
	if e.BodySample == nil && s.body != nil {
		e.BodySample = s.body
	}
	e.BodyType = first(e.BodyType, s.bodyOf)
	if !slices.Contains(e.Sources, s.source) {
		e.Sources = append(e.Sources, s.source)
	}
	if s.who != "" && !s.absent && !slices.Contains(e.SeenAs, s.who) {
		e.SeenAs = append(e.SeenAs, s.who)
	}
}

// noise reports query keys that are there to defeat caches or measure visitors.
func noise(key string) bool {
	switch key {
	case "_", "t", "ts", "v", "ver", "cb", "nocache", "rnd":
		return true
	}
	return strings.HasPrefix(key, "utm_")
}

// inOf says where a parameter of a template stands.
func inOf(template, name string) string {
	path, _, _ := strings.Cut(template, "?")
	if strings.Contains(path, "{"+name+"}") {
		return "path"
	}
	return "query"
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// dispatchQuery returns the part of a query that tells pages of one script
// apart, in a fixed order, or "".
func dispatchQuery(query url.Values) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		value := query.Get(key)
		if dispatches(key) && value != "" && !idLike(value) && len(value) <= 40 && !strings.EqualFold(key, "page") {
			parts = append(parts, url.QueryEscape(key)+"="+url.QueryEscape(value))
		}
		if strings.EqualFold(key, "page") && value != "" && !strings.ContainsAny(value, "0123456789") {
			parts = append(parts, url.QueryEscape(key)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(parts, "&")
}
