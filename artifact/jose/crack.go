package jose

import (
	"crypto/hmac"
	_ "embed"
	"encoding/base64"
	"regexp"
	"strings"
)

// mostWords bounds the words tried offline: a second of work on one core.
const mostWords = 200_000

//go:embed secrets.txt
var common string

// Common are the secrets that examples, templates and hasty people use.
func Common() []string {
	var out []string
	for line := range strings.Lines(common) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !strings.HasPrefix(line, "# ") {
			out = append(out, line)
		}
	}
	return out
}

var word = regexp.MustCompile(`[A-Za-z0-9_][A-Za-z0-9_.!@#$%^&*+-]{2,63}`)

// Words returns the words of a text that somebody may have taken for a secret.
func Words(text string) []string { return word.FindAllString(text, mostWords) }

// Variants returns what people make of a name when they need a secret.
func Variants(name string) []string {
	lower := strings.ToLower(name)
	plain := strings.NewReplacer(" ", "", "-", "", "_", "", ".", "").Replace(lower)
	var out []string
	for _, base := range []string{name, lower, strings.ToUpper(name), plain, strings.ReplaceAll(lower, " ", "-"), strings.ReplaceAll(lower, " ", "_")} {
		for _, end := range []string{
			"", "-secret", "_secret", "secret", "-jwt-secret", "_jwt_secret", "-jwt", "-key", "_key", "-secret-key", "123", "1234", "!", "2024", "2025", "2026", "-dev", "-prod",
		} {
			out = append(out, base+end)
		}
	}
	return out
}

// Crack tries words as the token's secret, also as the base64 that some
// libraries decode first, and returns the one that made its signature and how
// many it tried.
func (t Token) Crack(words []string) (secret []byte, tried int, found bool) {
	if !t.HMAC() {
		return nil, 0, false
	}
	want, input, seen := t.Signature(), t.Input(), map[string]bool{}
	for _, w := range words {
		if seen[w] {
			continue
		}
		if seen[w] = true; tried >= mostWords {
			break
		}
		tried++
		for _, key := range readings(w) {
			if hmac.Equal(HMAC(t.Text("alg"), key)(input), want) {
				return key, tried, true
			}
		}
	}
	return nil, tried, false
}

// readings are the bytes that a configured secret may stand for.
func readings(w string) [][]byte {
	out := [][]byte{[]byte(w)}
	if len(w) >= 8 && len(w)%4 == 0 {
		if raw, err := base64.StdEncoding.DecodeString(w); err == nil {
			out = append(out, raw)
		}
	}
	return out
}
