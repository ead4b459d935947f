package ruling

import (
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Credential is a secret that an answer shows. Sure is false when its name
// alone speaks for it.
type Credential struct {
	check.Place
	Sure bool
}

// raw are the forms of hashes and keys that evidence holds where its redactor
// does not know them.
var raw = regexp.MustCompile(`^(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(id|i|d)\$.{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----)`)

// Credentials returns the credentials that an answer to a reading shows. Evidence holds placeholders in
// their place, which say what form the value had.
func Credentials(route string, ex *evidence.Exchange) []Credential {
	if ex.Status()/100 != 2 {
		return nil
	}
	var out []Credential
	own := ownCredentials(ex)
	v := normal.Of(ex, normal.Mask{})
	for i := range v.Fields {
		l := &v.Fields[i]
		kind, n := normal.Placeholder(l.Value)
		if n == 0 {
			if raw.MatchString(l.Value) {
				out = append(out, Credential{place(l, "password hash or private key"), true})
			}
			continue
		}
		if own[fingerprint(l.Value[:n])] {
			continue // the caller's own session, told back
		}
		if what, sure := weigh(route, kind, l.Key); what != "" {
			out = append(out, Credential{place(l, what), sure})
		}
	}
	return out
}

func place(l *normal.Leaf, kind string) check.Place {
	return check.Place{Where: l.Pointer, Kind: kind, Masked: "[redacted]"}
}

// weigh says what a redacted value of a kind under a key is, and whether that
// is sure; "" when it is nobody's secret.
func weigh(route, kind, key string) (what string, sure bool) {
	k := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(key))
	switch kind {
	case "bcrypt", "argon2":
		return "password hash", true
	case "pem":
		return "private key", true
	case "hash":
		switch {
		case k != "hash" && k != "salt":
			return "password hash", true
		case ofPeople(route): // a file has a hash as well
			return "value named " + key, false
		}
	case "dsn":
		return "database address with its password", true
	case "password":
		return "value named " + key, slices.Contains([]string{"password", "passwd", "pwd", "passphrase", "userpassword", "plainpassword", "otpsecret", "totpseed", "backupcodes", "recoverycodes"}, k)
	case "prose":
		return "text named " + key, false
	case "jwt", "token", "bearer", "key", "cloud":
		return token(route, kind, k)
	}
	return "", false
}

// ofPeople reports routes that show accounts.
func ofPeople(route string) bool {
	path := strings.ToLower(route)
	for _, word := range []string{"user", "account", "member", "team", "people", "person", "profile", "/me"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// token weighs tokens and keys: places in lists, public keys and the sign-in's
// own answer are meant to be shown.
func token(route, kind, k string) (what string, sure bool) {
	for _, harmless := range []string{"csrf", "xsrf", "page", "next", "cursor", "continuation", "sync", "device", "push", "fcm", "public", "publishable", "site", "captcha", "maps", "client", "analytics", "download", "upload"} {
		if strings.Contains(k, harmless) && !strings.Contains(k, "secret") {
			return "", false
		}
	}
	path := strings.ToLower(route)
	for _, word := range []string{"/login", "/signin", "/token", "/refresh", "/session", "/auth", "/csrf", "/oauth"} {
		if strings.Contains(path, word) && !strings.HasSuffix(path, "tokens") && !strings.HasSuffix(path, "sessions") {
			return "", false
		}
	}
	switch {
	case strings.HasSuffix(k, "secret"), strings.HasSuffix(k, "privatekey"), strings.HasSuffix(k, "secretkey"), strings.HasSuffix(k, "secretaccesskey"):
		return "secret named " + k, true
	case slices.Contains([]string{"accesstoken", "refreshtoken", "idtoken", "sessiontoken", "authtoken", "bearertoken", "resettoken", "passwordresettoken", "apikey", "apitoken", "apikeys", "verificationtoken"}, k):
		return "token named " + k, true
	}
	return kind + " named " + k, false
}

// fingerprint is the part of a placeholder that is the same for the same value,
// whatever kind it was taken for.
func fingerprint(placeholder string) string {
	return placeholder[strings.LastIndexByte(placeholder, ':')+1:]
}

// ownCredentials are the fingerprints of what the request itself carried, or
// the answer sets as a cookie.
func ownCredentials(ex *evidence.Exchange) map[string]bool {
	own := map[string]bool{}
	fields := slices.Clone(ex.Request.Header)
	if ex.Response != nil {
		for _, v := range evidence.Values(ex.Response.Header, "Set-Cookie") {
			fields = append(fields, evidence.Field{Value: v})
		}
	}
	for _, f := range fields {
		for rest := f.Value; ; {
			i := strings.Index(rest, "[redacted:")
			if i < 0 {
				break
			}
			_, n := normal.Placeholder(rest[i:])
			if n == 0 {
				break
			}
			own[fingerprint(rest[i:i+n])] = true
			rest = rest[i+n:]
		}
	}
	return own
}
