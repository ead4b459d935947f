// Package redact takes credentials out of what is stored or printed. Equal
// values get equal placeholders within a run, so that comparisons survive.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"unicode"
)

// Redactor replaces credentials by placeholders of the form
// "[redacted:KIND:xxxxxxxx]" where KIND is the form of the value (password,
// cookie, bearer, jwt, bcrypt, pem, key, cloud, csrf …) and x a keyed fingerprint.
// It may be used from many goroutines at once, and what it has redacted it
// leaves alone when it meets it again.
type Redactor struct {
	key []byte

	mu    sync.RWMutex
	known *known
}

// New returns a redactor whose fingerprints are keyed by key (one per run).
func New(key []byte) *Redactor { return &Redactor{key: key, known: newKnown()} }

// Add registers a known secret of at least four bytes, which from now on is
// replaced wherever it occurs: raw, URL-encoded, escaped as JSON or HTML, in
// base64 or hexadecimal. One shorter than eight bytes must stand as a word of
// its own. Values that change by themselves (cookies, tokens) are forgotten,
// oldest first, when there are thousands of them.
func (r *Redactor) Add(kind, value string) {
	if len(value) < shortest || placeholderAt(value, 0) == len(value) {
		return
	}
	if !kindKnown(kind) {
		kind = "key"
	}
	r.mu.RLock()
	_, old := r.known.kinds[value]
	r.mu.RUnlock()
	if old {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known.add(kind, value)
}

// AddHeader registers the credential that a header field carries.
func (r *Redactor) AddHeader(name, value string) {
	scheme, rest := splitScheme(value)
	switch n := strings.ToLower(name); {
	case n == "cookie":
		for _, pair := range strings.Split(value, ";") {
			_, v, _ := strings.Cut(pair, "=")
			if len(v) >= 16 { // shorter ones may be settings: ordinary words
				r.Add("cookie", v)
			}
		}
	case strings.EqualFold(scheme, "basic"):
		r.Add("basic", rest)
		if _, password, ok := basicPair(rest); ok {
			r.Add("password", password)
		}
	case n == "authorization" || n == "proxy-authorization":
		r.Add("bearer", rest)
	default:
		r.Add(headerKind(n), value)
	}
}

// String returns s without credentials: those that were added, and every value
// whose form gives it away.
func (r *Redactor) String(s string) string { return r.text(s) }

// URL returns a URL without credentials: in its user part, in the query values
// of keys such as token, sig or code, and those that were added.
func (r *Redactor) URL(u string) string { return r.text(u) }

// placeholder returns what stands for a value. A registered value keeps its
// kind wherever it turns up; others are named by their form, else by kind.
func (r *Redactor) placeholder(kind, value string) string {
	r.mu.RLock()
	registered := r.known.kinds[value]
	r.mu.RUnlock()
	if registered == "" {
		registered = formOf(value)
	}
	switch {
	case registered != "":
		kind = registered
	case kind == "key" && prose(value):
		kind = "prose"
	}
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(value))
	return "[redacted:" + kind + ":" + hex.EncodeToString(mac.Sum(nil)[:4]) + "]"
}

// kindKnown reports the kinds a placeholder may have.
func kindKnown(kind string) bool {
	switch kind {
	case "password", "cookie", "bearer", "basic", "token", "jwt", "bcrypt", "argon2", "hash", "pem", "key", "cloud", "csrf", "dsn", "prose":
		return true
	}
	return false
}

// prose reports a sentence: three words or more, each of letters. Under a name
// such as secret it is most likely what somebody wrote there, though it goes
// all the same.
func prose(value string) bool {
	words := strings.Fields(value)
	letters := 0
	for _, w := range words {
		if strings.IndexFunc(strings.TrimRight(w, ".,;:!?"), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' }) < 0 {
			letters++
		}
	}
	return letters >= 3 && 4*letters >= 3*len(words)
}

// placeholderAt returns the end of the placeholder that starts at s[i], or -1.
func placeholderAt(s string, i int) int {
	const start = "[redacted:"
	if !strings.HasPrefix(s[i:], start) {
		return -1
	}
	i += len(start)
	colon := strings.IndexByte(s[i:min(len(s), i+12)], ':')
	if colon < 0 || !kindKnown(s[i:i+colon]) {
		return -1
	}
	i += colon + 1
	if len(s) < i+9 || s[i+8] != ']' {
		return -1
	}
	for _, c := range []byte(s[i : i+8]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return -1
		}
	}
	return i + 9
}

// secret returns the placeholder of a value found where a credential belongs;
// a value that can be none stays: a mask, a word such as "none", a placeholder.
func (r *Redactor) secret(kind, value string) (string, bool) {
	if len(value) < shortest || placeholderAt(value, 0) == len(value) || harmless(value) {
		return value, false
	}
	return r.placeholder(kind, value), true
}

// harmless reports words that stand for a credential's state or type, and masks.
func harmless(v string) bool {
	if strings.Trim(v, v[:1]) == "" || strings.Trim(v, "•") == "" {
		return true
	}
	switch strings.ToLower(v) {
	case "true", "false", "null", "none", "undefined", "string", "text", "hidden", "password", "secret", "token",
		"bearer", "basic", "optional", "required", "enabled", "disabled", "deleted", "delete":
		return true
	}
	return false
}
