package routes

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
)

// idLike reports whether a path segment has the form of an id, whatever its
// name: a word, a version or a slug of words alone does not.
func idLike(segment string) bool {
	switch format := normal.Format(segment); format {
	case "", normal.FormatHashID:
		return format != ""
	case normal.FormatInteger:
		return true
	case normal.FormatSlug:
		return date(segment) || strings.Contains(segment, "@") || numbered(segment)
	}
	return true
}

// date reports 2006-01-02 and 2006-01.
func date(s string) bool {
	if len(s) != 7 && len(s) != 10 {
		return false
	}
	for i := range len(s) {
		if dash := i == 4 || i == 7; dash != (s[i] == '-') || !dash && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// numbered reports a word and a number of several digits joined by a dash:
// "INV-2041", "acme-1002".
func numbered(s string) bool {
	i := strings.LastIndexAny(s, "-_")
	if i <= 0 || len(s)-i-1 < 2 {
		return false
	}
	for _, c := range s[i+1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// templater tells parameters from places in concrete paths.
type templater struct {
	literals map[string]bool // stand literally in a known template: never a parameter by form
	owned    map[string]bool // ids of the identities: always a parameter
	many     map[string]bool // slots with several values and one shape
}

// minValues is how many different values make a slot a parameter.
const minValues = 3

// learn finds the slots that are parameters by their number of values: below
// one parent, at least three that look like names of things rather than words,
// all answering in one shape.
func (t *templater) learn(all []sighting) {
	type slot struct {
		values []string
		shapes []string
	}
	slots := map[string]*slot{}
	for _, s := range all {
		segments := strings.Split(s.path, "/")
		for i := 2; i < len(segments); i++ {
			value := segments[i]
			if s.shape == "" || value == "" || t.certain(value) || t.literals[value] || !worded(value) {
				continue
			}
			key := s.method + " " + s.origin + strings.Join(segments[:i], "/") + "/*/" + strings.Join(segments[i+1:], "/")
			x := slots[key]
			if x == nil {
				x = &slot{}
				slots[key] = x
			}
			if len(x.values) < 50 && !slices.Contains(x.values, value) {
				x.values, x.shapes = append(x.values, value), append(x.shapes, s.shape)
			}
		}
	}
	t.many = map[string]bool{}
	for key, x := range slots {
		slices.Sort(x.shapes)
		if len(x.values) >= minValues && len(slices.Compact(x.shapes)) == 1 {
			t.many[key] = true
		}
	}
}

// worded reports a value that a place would hardly be called: with a digit or
// several parts.
func worded(s string) bool { return strings.ContainsAny(s, "0123456789-_.@%~") }

// certain reports what is an id by its form or because an identity owns it.
func (t *templater) certain(segment string) bool {
	plain := unescape(segment)
	return t.owned[plain] || !t.literals[segment] && idLike(plain)
}

// template returns the template of a sighting and the values it binds.
func (t *templater) template(s sighting) (string, artifact.Values) {
	segments := strings.Split(s.path, "/")
	values := artifact.Values{}
	var at []int // the segments that are parameters
	stems := map[int]string{}
	for i, segment := range segments {
		if segment == "" {
			continue
		}
		key := s.method + " " + s.origin + strings.Join(segments[:i], "/") + "/*/" + strings.Join(segments[i+1:], "/")
		if t.certain(segment) || t.many[key] {
			at = append(at, i)
			continue
		}
		// "1042.pdf": the name is an id, the ending says what of it.
		if stem, ext, ok := cutExt(segment); ok && t.certain(stem) {
			at, stems[i] = append(at, i), ext
		}
	}
	for n, i := range at {
		name := "id"
		if before := i - 1; n < len(at)-1 {
			name = fmt.Sprintf("id%d", n+1)
			if before > 0 && !slices.Contains(at, before) {
				if noun := normal.Singular(segments[before]); plainWord(noun) {
					name = noun + "Id"
				}
			}
		}
		if _, taken := values[name]; taken {
			name = fmt.Sprintf("%s%d", name, n+1)
		}
		ext := stems[i]
		values[name] = unescape(strings.TrimSuffix(segments[i], ext))
		segments[i] = "{" + name + "}" + ext
	}
	template := strings.Join(segments, "/")
	if q := dispatchQuery(s.query); q != "" {
		template += "?" + q
	}
	return template, values
}

// cutExt splits "1042.pdf" into "1042" and ".pdf".
func cutExt(segment string) (string, string, bool) {
	i := strings.LastIndexByte(segment, '.')
	if i <= 0 || len(segment)-i > 6 || i == len(segment)-1 {
		return segment, "", false
	}
	return segment[:i], segment[i:], true
}

func plainWord(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return s != ""
}

// shapeless is the path of a sighting with ids blanked, for crawling few of a kind.
func (t *templater) shapeless(p place) string {
	segments := strings.Split(p.path, "/")
	for i, segment := range segments {
		stem, ext, _ := cutExt(segment)
		switch {
		case segment != "" && t.certain(segment):
			segments[i] = "{}"
		case ext != "" && t.certain(stem):
			segments[i] = "{}" + ext
		}
	}
	var keys []string
	for key := range p.query {
		keys = append(keys, url.QueryEscape(key))
	}
	slices.Sort(keys)
	return p.origin + strings.Join(segments, "/") + "?" + dispatchQuery(p.query) + "&" + strings.Join(keys, "&")
}
