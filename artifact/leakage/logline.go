package leakage

import (
	"regexp"
	"strings"
)

// Kinds of what a log must not keep, recognised by their form.
const (
	LogJWT           = "JSON Web Token"
	LogPrivateKey    = "private key"
	LogAuthorization = "Authorization header"
	LogCookie        = "cookie"
	LogPassword      = "password"
	LogToken         = "token in an address"
	LogKey           = "access key"
	LogDSN           = "address with a password"
	LogCard          = "card number"
	LogIBAN          = "IBAN"
	LogEmail         = "e-mail address"
)

// LogHit is something recognised in a line of a log; From and To say where.
type LogHit struct {
	Kind     string
	From, To int
	// Named says that the name beside a number says what it is.
	Named bool
}

// lineSign recognises one kind; group is the part of the pattern that is secret.
type lineSign struct {
	kind     string
	literals []string // in lower case
	pattern  *regexp.Regexp
}

const credentialName = `pass(?:word|wd|phrase)?|pwd|secret|client[_-]?secret|api[_-]?key|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|session[_-]?(?:id|token)|private[_-]?key`

var lineSigns = []lineSign{
	{LogJWT, []string{"eyj"}, regexp.MustCompile(`\b(eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*)`)},
	{LogPrivateKey, []string{"private key-----"}, regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----)`)},
	{LogAuthorization, []string{"bearer ", "basic "}, regexp.MustCompile(`(?i)\b(?:bearer|basic) ([a-z0-9._~+/-]{12,}=*)`)},
	{LogCookie, []string{"cookie"}, regexp.MustCompile(`(?i)\b(?:set-)?cookie["'\]]*\s*[:=]\s*[\["'\\]*[\w.$-]{2,60}=([^;,\s"'\\]{16,})`)},
	{LogPassword, []string{"pass", "pwd", "secret", "token", "key", "session"}, regexp.MustCompile(`(?i)\b(?:[a-z]{0,12}[_-])?(?:` + credentialName + `)\b\\?["']?\s*(?:=|:\s*\[?\\?["'])\s*\\?["']?([^\s"'&,;}\])\\]{4,})`)},
	{LogToken, []string{"token=", "key=", "sig=", "signature=", "jwt=", "session=", "password=", "secret=", "code="}, regexp.MustCompile(`(?i)[?&](?:\w{0,20}token|api_?key|sig|signature|jwt|session(?:_?id)?|password|passwd|secret|reset_?code)=([^&\s"'<>]{8,})`)},
	{LogKey, []string{"akia", "asia", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk_live_", "rk_live_", "xoxb-", "xoxp-", "npm_"}, regexp.MustCompile(`\b((?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|[sr]k_live_\w{10,}|xox[bpars]-[\w-]{10,}|npm_[A-Za-z0-9]{30,})`)},
	{LogDSN, []string{"://"}, regexp.MustCompile(`[a-zA-Z][\w+.-]{1,30}://[^\s/:@"'<>]{0,80}:([^\s/@"'<>]{1,120})@`)},
}

// mostLine bounds what is looked at of one line.
const mostLine = 64 << 10

// Line returns what a line of a log should not hold, each kind at its first
// place. A value that was masked is none.
func Line(line string) []LogHit {
	line = line[:min(len(line), mostLine)]
	low := strings.ToLower(line)
	if len(low) != len(line) {
		low = line // a letter that changes its length: positions must fit
	}
	var out []LogHit
	for _, s := range lineSigns {
		if !anyOf(low, s.literals) {
			continue
		}
		for _, m := range s.pattern.FindAllStringSubmatchIndex(line, 20) {
			from, to := m[2], m[3]
			if from < 0 || MaskedValue(line[from:to]) || s.kind == LogPassword && !secretly(line[from:to]) || s.kind == LogAuthorization && wordy(line[from:to]) {
				continue
			}
			out = append(out, LogHit{Kind: s.kind, From: from, To: to})
			break
		}
	}
	return append(out, personal(line, low)...)
}

func anyOf(s string, literals []string) bool {
	for _, l := range literals {
		if strings.Contains(s, l) {
			return true
		}
	}
	return false
}

// MaskedValue reports a value that says that it was taken out.
func MaskedValue(v string) bool {
	v = strings.Trim(v, `"'[](){}<>-_:.`)
	if v == "" {
		return true
	}
	if plain := strings.Trim(v, "*•xX#.…-"); len(plain) <= 4 && len(v) > len(plain) {
		return true // "****", "xxxx1234"
	}
	if strings.Contains(v, "***") || strings.Contains(v, "•••") || strings.Contains(v, "%2A%2A") || strings.Contains(v, "…") || strings.Contains(v, "...") {
		return true
	}
	low := strings.ToLower(v)
	for _, w := range []string{"redact", "filter", "mask", "hidden", "removed", "omitted", "scrub", "secret:", "sha256", "protected", "sanitiz", "obfuscat", "censor", "present", "suppress", "withheld", "placeholder"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// secretly reports a value that may be a credential rather than a word about one.
func secretly(v string) bool {
	low := strings.ToLower(strings.Trim(v, `"'`))
	switch low {
	case "true", "false", "null", "none", "nil", "undefined", "string", "required", "invalid", "incorrect", "missing", "wrong", "empty", "reset", "changed", "expired", "valid", "failed", "error",
		"token", "password", "bearer", "basic", "default", "unknown", "user", "active", "ended", "started", "created", "object", "yes", "no", "ok", "set", "unset", "blank", "short", "weak":
		return false
	}
	return len(low) >= 4 && !strings.HasPrefix(low, "${") && !strings.HasPrefix(low, "$") && !strings.HasPrefix(low, "%") && !strings.HasPrefix(low, "/")
}

// wordy reports lower-case letters alone: "basic authentication" is a sentence.
func wordy(v string) bool { return strings.Trim(v, "abcdefghijklmnopqrstuvwxyz-.") == "" }
