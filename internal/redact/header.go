package redact

import "strings"

// Header returns the value of a header without credentials. Schemes, cookie
// names and cookie attributes stay.
func (r *Redactor) Header(name, value string) string {
	return r.text(r.header(strings.ToLower(name), value))
}

// header redacts what a header of that (lower-case) name carries by its meaning.
func (r *Redactor) header(n, value string) string {
	switch n {
	case "authorization", "proxy-authorization", "proxyauthorization":
		return r.authorization(value)
	case "cookie":
		pairs := strings.Split(value, ";")
		for i, p := range pairs {
			pairs[i] = r.cookiePair(p)
		}
		return strings.Join(pairs, ";")
	case "set-cookie", "setcookie":
		pair, attributes, ok := strings.Cut(value, ";")
		if pair = r.cookiePair(pair); ok {
			return pair + ";" + attributes
		}
		return pair
	}
	kind := headerKind(n)
	if kind == "" {
		return value
	}
	scheme, rest := splitScheme(value)
	s, _ := r.secret(kind, rest)
	if scheme != "" {
		return scheme + " " + s
	}
	return s
}

func (r *Redactor) authorization(value string) string {
	scheme, rest := splitScheme(value)
	kind := "token"
	switch strings.ToLower(scheme) {
	case "basic":
		kind = "basic"
	case "bearer", "":
		kind = "bearer"
	}
	s, _ := r.secret(kind, rest)
	if scheme == "" {
		return s
	}
	return scheme + " " + s
}

// splitScheme parts "Bearer abc"; the scheme is "" where there is none
// (RFC 9110 §11.4).
func splitScheme(value string) (scheme, rest string) {
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "=;,:[") || len(scheme) > 32 {
		return "", value
	}
	return scheme, rest
}

// cookiePair keeps the name and the blanks around the pair.
func (r *Redactor) cookiePair(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return pair
	}
	bare := strings.Trim(value, "\" \t")
	s, changed := r.secret("cookie", bare)
	if !changed {
		return pair
	}
	at := strings.Index(value, bare)
	return name + "=" + value[:at] + s + value[at+len(bare):]
}
