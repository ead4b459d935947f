package marker

import (
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
)

// guarded are the words by which a path says that not everybody is meant.
var guarded = regexp.MustCompile(`(?i)(^|[/_.-])(admin|administration|internal|private|debug|actuator|metrics|audit|backups?|dump|logs?|secrets?|env|users?|accounts?|members?|people|customers?|clients?)([/_.?-]|$)`)

// common reports a document that every tenant is shown alike, that names no
// person and nothing a tenant owns, at an address that does not say that it is
// closed: a version, a list of licences or countries. Nothing in it tells
// whether a login was meant, so a person must.
func (t *AnonTrial) common(x *normal.View) bool {
	if t.Secured || len(t.Tenants) == 0 || guarded.MatchString(t.Route) {
		return false
	}
	x = x.With(t.mask(x))
	for _, a := range t.Tenants {
		if !a.counts() || !shows(a, x) {
			return false
		}
	}
	for i := range x.Fields {
		f := &x.Fields[i]
		if t.Owned.Has(f.Value) && normal.Unique(normal.Format(f.Value)) {
			return false
		}
		listed := x.Family != normal.JSON || strings.Contains(f.Star, "*")
		if listed && (emails.MatchString(f.Value) || isPhone(f.Key, f.Value, digits(f.Value), f.Type)) {
			return false // people, row by row
		}
		if kind, n := normal.Placeholder(f.Value); n > 0 && kind != "csrf" && kind != "nonce" {
			return false
		}
	}
	return true
}

// shows reports whether a tenant's answer holds all that x says.
func shows(a Answer, x *normal.View) bool {
	v := plain(a)
	if v.Class() != 2 || v.Family != x.Family {
		return false
	}
	if normal.Same(v.With(x.Mask()), x) {
		return true
	}
	theirs := (*Set)(nil).With(a.Ex)
	for i := range x.Fields {
		if f := &x.Fields[i]; f.Value != "" && f.Type != "boolean" && !x.Masks(f) && !theirs.Has(f.Value) {
			return false
		}
	}
	return len(x.Fields) > 0
}
