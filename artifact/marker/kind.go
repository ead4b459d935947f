package marker

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/launchready/launchready/artifact/normal"
)

// Kinds of markers.
const (
	Canary     = "canary"     // planted in a text field of the owner's
	Declared   = "declared"   // in portal.yaml
	Credential = "credential" // the placeholder of a redacted secret
	Email      = "email"
	Phone      = "phone"
	IBAN       = "iban"
	OtherID    = "id"   // of another object of the owner
	FreeText   = "text" // 12 characters and more
	ETag       = "etag" // the digest a server gave the owner's answer
	Other      = "other"
)

// Proof is the score from which hits prove a leak.
const Proof = 4

// score is what a hit of a kind counts.
func score(kind string) int {
	switch kind {
	case Canary, Declared:
		return 10
	case Credential, Email, Phone, IBAN:
		return 6
	case OtherID:
		return 5
	case FreeText, ETag:
		return 4
	}
	return 2
}

// planted reports the kinds that belong to one object by their making.
func planted(kind string) bool { return kind == Canary || kind == Declared }

// weak reports the kinds that two objects of two tenants may share by chance.
func weak(kind string) bool { return kind == FreeText || kind == Other || kind == OtherID }

var (
	canaries = regexp.MustCompile(`(?i)lrc-[a-z2-7]{12}`)
	emails   = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+`)
	noreply  = regexp.MustCompile(`(?i)^[^@\s]+@([^@\s]+\.)?(no-?reply|donotreply)\.[^@\s]+$|^(no-?reply|donotreply)[^@\s]*@[^@\s]+$`)
	ibans    = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$`)
	phones   = regexp.MustCompile(`^(\+|00)?[(]?[0-9][0-9 ()./-]{5,18}[0-9]$`)
)

// classify returns what kind of marker a value may be, or "" when it may not
// be one: too short, too common, a time, a word of a list.
func classify(key, value, typ string, others *Set) string {
	length := len([]rune(value))
	digits := digits(value)
	all, wide := letters(value)
	switch {
	case length < 5 || normal.Timestamp(key, value) || alias(value):
		return ""
	case strings.IndexByte(value, '@') > 0 && emails.FindString(value) == value:
		return Email
	case isIBAN(value):
		return IBAN
	case isPhone(key, value, digits, typ):
		return Phone
	case others.Has(value) && (normal.Unique(normal.Format(value)) || normal.Format(value) == normal.FormatInteger):
		return OtherID
	case typ == "number" || strings.Trim(value, "0123456789.,+-/#: ") == "":
		if significant(value) >= 4 && digits >= 5 {
			return Other
		}
		return ""
	case length < 8 || all == 0 || listed(key, value):
		return ""
	case prose(value, length, all, wide):
		return FreeText
	}
	return Other
}

// alias reports an address that portals show in place of a person's own:
// nobody reads what is sent there.
func alias(s string) bool { return strings.IndexByte(s, '@') > 0 && noreply.MatchString(s) }

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// significant counts the digits of a number without the zeros around it:
// round numbers are common.
func significant(s string) int {
	n, zeros := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '0':
			if n > 0 {
				zeros++
			}
		case c > '0' && c <= '9':
			n += zeros + 1
			zeros = 0
		}
	}
	return n
}

// isIBAN checks the form and the check digits (ISO 13616).
func isIBAN(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if !ibans.MatchString(s) {
		return false
	}
	return mod97(s[4:] + s[:4])
}

func mod97(s string) bool {
	rest := 0
	for _, c := range s {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

func isPhone(key, value string, digits int, typ string) bool {
	if typ != "string" || digits < 7 || digits > 15 || !phones.MatchString(value) {
		return false
	}
	k := strings.ToLower(key)
	named := strings.Contains(k, "phone") || strings.Contains(k, "mobile") || strings.Contains(k, "fax") || k == "tel" || strings.HasSuffix(k, "_tel") || strings.Contains(k, "cell")
	return named || value[0] == '+'
}

// listed reports values that come from a list everybody shares: states,
// roles, zones, media types, words without digits.
func listed(key, value string) bool {
	k := normal.Key(key)
	switch k {
	case "status", "state", "type", "kind", "category", "role", "roles", "permission", "permissions", "scope", "scopes", "plan", "tier", "currency", "locale",
		"language", "lang", "timezone", "tz", "country", "region", "unit", "method", "mode", "priority", "severity", "level", "color", "colour", "theme", "icon",
		"format", "mime", "mimetype", "contenttype", "version", "env", "environment", "template", "class", "typename", "rel", "target", "placeholder", "label", "alt":
		return true
	}
	if strings.HasSuffix(k, "status") || strings.HasSuffix(k, "type") || strings.HasSuffix(k, "state") || strings.HasSuffix(k, "role") {
		return true
	}
	if named(k) {
		return false
	}
	lower, upper := 0, 0
	for _, r := range value {
		switch {
		case unicode.IsLower(r):
			lower++
		case unicode.IsUpper(r):
			upper++
		case r == '_' || r == '-' || r == '.' || r == '/' || r == ':':
		default:
			return false // digits and spaces make it somebody's own
		}
	}
	return lower == 0 || upper == 0 || strings.Contains(value, "/")
}

// named reports keys whose values are names, however plain they look.
func named(k string) bool {
	for _, word := range []string{"name", "slug", "title", "subject", "company", "customer", "client", "user", "login", "handle", "domain", "host", "note", "comment", "description", "address", "city", "street"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return false
}

// letters counts the letters of a value outside of the words that dates and
// ages are written with, and those of scripts without spaces.
func letters(value string) (all, wide int) {
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if calendar(strings.ToLower(word)) {
			continue
		}
		for _, r := range word {
			all++
			if r >= 0x2e80 {
				wide++
			}
		}
	}
	return all, wide
}

// prose reports free text: twelve characters and more in words. Scripts
// without spaces count double.
func prose(value string, length, letters, wide int) bool {
	if wide >= 6 {
		return length+wide >= 12
	}
	return length >= 12 && letters >= 8 && strings.ContainsFunc(value, unicode.IsSpace)
}

// calendar reports words that dates and ages are written with.
func calendar(w string) bool {
	switch w {
	case "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
		"second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years", "ago",
		"today", "yesterday", "tomorrow", "am", "pm", "gmt", "utc", "updated", "created", "due", "last", "on", "at", "in":
		return true
	}
	return false
}
