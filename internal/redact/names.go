package redact

import "strings"

// plain writes a name without case and separators: accessToken, access_token
// and Access-Token are one; of user[password] the innermost part counts.
func plain(name string) string {
	if i := strings.LastIndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") && len(name) > i+2 {
		name = name[i+1 : len(name)-1]
	}
	clean := true
	for i := range len(name) {
		if c := name[i]; c < 'a' || c > 'z' {
			clean = false
			break
		}
	}
	if clean {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '_' || r == '-' || r == '.' || r == ' ':
			return -1
		}
		return r
	}, name)
}

// kindOf returns the kind of credential that a field, parameter or property of
// that name holds, or "".
func kindOf(name string) string {
	if len(name) > 64 {
		return ""
	}
	n := plain(name)
	switch n {
	case "hash", "salt", "passhash", "pwhash":
		return "hash"
	case "otp", "totp", "otpcode", "totpcode", "mfacode", "otpsecret", "totpseed", "pin", "backupcode", "backupcodes",
		"recoverycode", "recoverycodes", "credential", "credentials":
		return "password"
	case "jwt":
		return "jwt"
	case "bearer":
		return "bearer"
	case "sessionid", "sessionkey", "sid", "jsessionid", "phpsessid", "connect.sid", "sessid":
		return "cookie"
	case "dsn", "connectionstring", "databaseurl":
		return "dsn"
	case "pagetoken", "nextpagetoken", "nexttoken", "prevpagetoken", "continuationtoken", "synctoken":
		return "" // a place in a list
	}
	switch {
	case about(n):
		return ""
	case strings.Contains(n, "csrf"), strings.Contains(n, "xsrf"), strings.HasSuffix(n, "authenticitytoken"),
		strings.HasSuffix(n, "requestverificationtoken"):
		return "csrf"
	case strings.Contains(n, "password"), strings.Contains(n, "passwd"), strings.Contains(n, "passphrase"),
		strings.HasSuffix(n, "pwd"), strings.HasSuffix(n, "passcode"):
		if strings.Contains(n, "hash") {
			return "hash"
		}
		return "password"
	case strings.HasSuffix(n, "token"), strings.HasSuffix(n, "tokens"):
		return "token"
	case strings.HasSuffix(n, "secret"), strings.HasSuffix(n, "secrets"), strings.HasSuffix(n, "apikey"), strings.HasSuffix(n, "apikeys"),
		strings.HasSuffix(n, "accesskey"), strings.HasSuffix(n, "secretkey"), strings.HasSuffix(n, "privatekey"),
		strings.HasSuffix(n, "signingkey"), strings.HasSuffix(n, "encryptionkey"), strings.HasSuffix(n, "secretaccesskey"):
		return "key"
	}
	return ""
}

// about reports names that say something about a credential and hold none:
// password_changed_at, tokenUrl, passwordPolicy.
func about(n string) bool {
	for _, end := range []string{
		"at", "url", "uri", "link", "date", "expiry", "expires", "policy", "required", "length", "strength",
		"enabled", "type", "name", "label", "field", "count", "reset",
	} {
		if strings.HasSuffix(n, end) {
			return true
		}
	}
	return false
}

// queryKind is kindOf for the keys of a URL's query, where signed links carry
// what opens them.
func queryKind(name string) string {
	switch n := plain(name); {
	case n == "sig", n == "key", n == "code", n == "auth", n == "ticket", n == "session", strings.HasSuffix(n, "signature"),
		strings.HasSuffix(n, "credential"):
		return "token"
	}
	return kindOf(name)
}

// headerKind returns the kind of credential a header of that (lower-case) name
// holds whole, or "".
func headerKind(n string) string {
	switch {
	case strings.HasPrefix(n, "x-auth-"), n == "x-auth", n == "x-session", n == "authentication":
		return "token"
	}
	return kindOf(strings.TrimPrefix(n, "x-"))
}

// carriesHeader reports property names under which a whole header value is written.
func carriesHeader(n string) bool {
	switch n {
	case "authorization", "proxyauthorization", "cookie", "setcookie":
		return true
	}
	return false
}
