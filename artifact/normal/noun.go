package normal

import (
	"net/url"
	"strings"
)

// ID is an id that an answer names.
type ID struct {
	Pointer string // JSON pointer, "header Location", or where in a page
	Key     string // last object key, attribute or header
	Noun    string // the type of object, singular: "invoice"; "" when unknown
	Value   string
	Format  string
}

// IDs returns what an answer names: leaves under id-like keys or of an id
// format, ids in links and in the Location header.
func IDs(v *View) []ID {
	home := NounOf(pathOf(v.URL))
	var out []ID
	for i := range v.Fields {
		out = appendID(out, &v.Fields[i], v, home)
	}
	for _, h := range v.header {
		if strings.EqualFold(h.Name, "Location") || strings.EqualFold(h.Name, "Content-Location") {
			out = appendSegments(out, "header "+h.Name, h.Name, h.Value)
		}
	}
	return out
}

func appendID(out []ID, l *Leaf, v *View, home string) []ID {
	if l.Type != "string" && l.Type != "number" || l.Value == "" {
		return out
	}
	if isLink(l.Value) {
		return appendSegments(out, l.Pointer, l.Key, l.Value)
	}
	format := Format(l.Value)
	named := idKey(l.Key) || v.Family == HTML && l.Key == "value" || hiddenID(l)
	switch {
	case format == "" || l.Type == "number" && format != FormatInteger:
		return out
	case named && !fleeting(l.Key):
	case l.Type == "string" && Unique(format) && format != FormatHashID && format != FormatNanoID && format != FormatHex:
	default:
		return out
	}
	noun := NounOf(l.Key)
	if noun == "" {
		noun = container(l.Star, home)
	}
	return append(out, ID{l.Pointer, l.Key, noun, l.Value, format})
}

func hiddenID(l *Leaf) bool {
	_, name, ok := strings.Cut(l.Pointer, " of ")
	return ok && idKey(name)
}

func isLink(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// appendSegments appends the ids that stand in the path of a link.
func appendSegments(out []ID, pointer, key, link string) []ID {
	before := ""
	for segment := range strings.SplitSeq(pathOf(link), "/") {
		if format := Format(segment); segmentID(segment, format) {
			out = append(out, ID{pointer, key, Singular(before), segment, format})
		} else if segment != "" {
			before = segment
		}
	}
	return out
}

func segmentID(s, format string) bool {
	if format == FormatSlug {
		return false
	}
	return format != "" && (format != FormatInteger || len(s) <= 18)
}

func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Path
}

// idKey reports whether a key names an id: its last word is one of a list,
// in snake case, or one of a shorter list, in camel case.
func idKey(key string) bool {
	i := strings.LastIndexAny(key, "_-. ")
	switch strings.ToLower(key[i+1:]) {
	case "id", "uuid", "guid", "key", "slug", "ref", "number", "token", "code", "file", "path", "url":
		return true
	}
	for _, suffix := range []string{"Id", "ID", "Uuid", "UUID", "Guid", "Ref", "Key"} {
		if strings.HasSuffix(key, suffix) {
			return true
		}
	}
	return false
}

// NounOf returns the type of object that a path template or a key names, in
// the singular: "/api/v1/invoices/{invoiceId}/pdf" and "invoiceId" are both
// "invoice". It is "" when nothing says.
func NounOf(pathOrKey string) string {
	if !strings.Contains(pathOrKey, "/") {
		return nounOfKey(pathOrKey)
	}
	var static []string // before the last parameter, and after it
	parent, last := "", ""
	for segment := range strings.SplitSeq(pathOrKey, "/") {
		if name, ext, ok := strings.Cut(segment, "."); ok && len(ext) <= 5 && segment[0] != '{' {
			segment = name // "/issues/17.json"
		}
		switch {
		case segment == "" || segment == "api" || len(segment) <= 3 && segment[0] == 'v' && digit(segment[len(segment)-1]):
		case segment[0] == '{' || segment[0] == ':' || segment[0] == '$' || segment == "*" || segmentID(segment, Format(segment)):
			if len(static) > 0 {
				parent = static[len(static)-1]
			}
			last = ""
		default:
			static = append(static, segment)
			last = segment
		}
	}
	// "/users/{id}/documents" lists documents; "/invoices/{id}/pdf" is of an invoice.
	if last != "" && (parent == "" || Singular(last) != strings.ToLower(last)) {
		return Singular(last)
	}
	return Singular(parent)
}

func nounOfKey(key string) string {
	for _, suffix := range []string{"_id", "_uuid", "_guid", "_key", "_slug", "_ref", "_number", "_token", "_code", "_file", "_path", "_url", "-id", "Id", "ID", "Uuid", "UUID", "Guid", "Ref", "Key"} {
		if noun, ok := strings.CutSuffix(key, suffix); ok && noun != "" {
			return Singular(lastWord(noun))
		}
	}
	return ""
}

// lastWord keeps compound nouns together but drops what stands for a role of
// the reference: parent_account is an account.
func lastWord(s string) string {
	for _, role := range []string{"parent_", "parent", "owner_", "root_"} {
		if rest, ok := strings.CutPrefix(s, role); ok && rest != "" {
			return rest
		}
	}
	return s
}

// container returns the noun of the nearest collection around a leaf.
func container(star, home string) string {
	steps := strings.Split(star, "/")
	for i := len(steps) - 2; i > 0; i-- {
		if steps[i] == "*" || wrapping(steps[i]) {
			continue
		}
		return Singular(Unescape(steps[i]))
	}
	return home
}

func wrapping(key string) bool {
	switch strings.ToLower(key) {
	case "data", "items", "item", "results", "result", "rows", "records", "list", "edges", "node", "nodes", "content", "values", "entries", "entities", "objects",
		"hits", "payload", "response", "body", "attributes", "_embedded", "embedded", "value", "meta", "links", "_links":
		return true
	}
	return false
}

// Singular returns the singular of an English noun, in lower case, good
// enough to tell that two names mean the same.
func Singular(noun string) string {
	s := strings.ToLower(noun)
	switch s {
	case "people":
		return "person"
	case "children":
		return "child"
	case "men", "women":
		return strings.TrimSuffix(s, "en") + "an"
	case "news", "series", "species", "analytics", "sms", "dns", "sales", "settings", "billing":
		return s
	case "data", "media":
		return s
	}
	switch n := len(s); {
	case n < 4 || !strings.HasSuffix(s, "s") || strings.HasSuffix(s, "ss") || strings.HasSuffix(s, "us") || strings.HasSuffix(s, "is"):
		return s
	case strings.HasSuffix(s, "ies"):
		return s[:n-3] + "y"
	case strings.HasSuffix(s, "sses"), strings.HasSuffix(s, "xes"), strings.HasSuffix(s, "ches"), strings.HasSuffix(s, "shes"),
		strings.HasSuffix(s, "zzes"), strings.HasSuffix(s, "tuses"), strings.HasSuffix(s, "puses"), strings.HasSuffix(s, "nuses"), strings.HasSuffix(s, "ruses"):
		return s[:n-2]
	case strings.HasSuffix(s, "lyses"):
		return s[:n-2] + "is"
	}
	return s[:len(s)-1]
}
