package redact

import (
	"regexp"
	"strings"
)

// shape is a form by which a credential is recognised wherever it stands. The
// prefixes keep the patterns off texts that cannot match.
type shape struct {
	kind    string
	prefix  string
	pattern *regexp.Regexp
}

// shapes are tried in order.
var shapes = [...]shape{
	{"jwt", "eyJ", regexp.MustCompile(`^eyJ[\w-]{8,}\.[\w-]{2,}\.[\w-]*(\.[\w-]+){0,2}`)},
	{"bcrypt", "$2", regexp.MustCompile(`^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}`)},
	{"argon2", "$argon2", regexp.MustCompile(`^\$argon2(id|i|d)\$[A-Za-z0-9+/=,$.-]{16,}`)},
	{"hash", "$pbkdf2", regexp.MustCompile(`^\$pbkdf2[a-z0-9-]*\$[A-Za-z0-9+/=,$.-]{16,}`)},
	{"hash", "$scrypt", regexp.MustCompile(`^\$scrypt\$[A-Za-z0-9+/=,$.-]{16,}`)},
	{"hash", "$", regexp.MustCompile(`^\$(1|5|6|y|7|P|H)\$[A-Za-z0-9./=$]{22,}`)},
	{"hash", "pbkdf2", regexp.MustCompile(`^pbkdf2[_:]sha\d+[$:]\d+\$[A-Za-z0-9+/=._-]+\$[A-Za-z0-9+/=]{16,}`)},
	{"hash", "scrypt:", regexp.MustCompile(`^scrypt:\d+:\d+:\d+\$[A-Za-z0-9+/=._-]+\$[A-Za-z0-9+/=]{16,}`)},
	{"cloud", "AKIA", regexp.MustCompile(`^AKIA[A-Z0-9]{16}`)},
	{"cloud", "ASIA", regexp.MustCompile(`^ASIA[A-Z0-9]{16}`)},
	{"key", "AIza", regexp.MustCompile(`^AIza[\w-]{35}`)},
	{"cloud", "gh", regexp.MustCompile(`^gh[pousr]_[A-Za-z0-9]{20,}`)},
	{"cloud", "github_pat_", regexp.MustCompile(`^github_pat_\w{20,}`)},
	{"cloud", "glpat-", regexp.MustCompile(`^glpat-[\w-]{16,}`)},
	{"cloud", "sk", regexp.MustCompile(`^sk(_(live|test)_\w{10,}|-[\w-]{20,})`)},
	{"cloud", "rk_", regexp.MustCompile(`^rk_(live|test)_\w{10,}`)},
	{"cloud", "xox", regexp.MustCompile(`^xox[abeoprs]-[A-Za-z0-9-]{10,}`)},
	{"cloud", "xapp-", regexp.MustCompile(`^xapp-[A-Za-z0-9-]{10,}`)},
	{"cloud", "whsec_", regexp.MustCompile(`^whsec_[\w+/=]{16,}`)},
	{"cloud", "SG.", regexp.MustCompile(`^SG\.[\w-]{16,}\.[\w-]{16,}`)},
	{"cloud", "npm_", regexp.MustCompile(`^npm_[A-Za-z0-9]{30,}`)},
	{"cloud", "hf_", regexp.MustCompile(`^hf_[A-Za-z0-9]{30,}`)},
}

// shapeAt recognises a credential that starts at s[i] and returns where it ends, or -1.
func shapeAt(s string, i int, before byte) (kind string, end int) {
	rest := s[i:]
	if strings.HasPrefix(rest, "-----BEGIN ") {
		return "pem", privateKey(s, i)
	}
	if s[i] != '$' && (wordByte(before) || before == '-') {
		return "", -1
	}
	for _, sh := range shapes {
		if strings.HasPrefix(rest, sh.prefix) {
			if loc := sh.pattern.FindStringIndex(rest[:min(len(rest), 16<<10)]); loc != nil {
				return sh.kind, i + loc[1]
			}
		}
	}
	return "", -1
}

// privateKey returns the end of the PEM block at s[i] if it is a private key
// (RFC 7468), or -1. A torn one ends with the text.
func privateKey(s string, i int) int {
	const most = 16 << 10
	rest := s[i:min(len(s), i+most)]
	label, _, _ := strings.Cut(rest[len("-----BEGIN "):min(len(rest), 80)], "-----")
	if !strings.HasSuffix(label, "PRIVATE KEY") && !strings.HasSuffix(label, "PRIVATE KEY BLOCK") {
		return -1
	}
	footer := "-----END " + label + "-----"
	if at := strings.Index(rest, footer); at >= 0 {
		return i + at + len(footer)
	}
	return i + len(rest)
}

// formOf returns the kind a whole value shows by its form, or "".
func formOf(value string) string {
	if value == "" {
		return ""
	}
	kind, end := shapeAt(value, 0, ' ')
	if end != len(value) {
		return ""
	}
	return kind
}
