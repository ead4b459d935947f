package lifecycle

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are the times that a JSON Web Token states (RFC 7519 §4.1), in
// seconds; nil where it does not.
type claims struct {
	IssuedAt *float64 `json:"iat"`
	Expires  *float64 `json:"exp"`
}

// isJWT reports whether a value has the form of a signed JSON Web Token.
func isJWT(value string) bool { _, ok := readJWT(value); return ok }

func readJWT(value string) (claims, bool) {
	parts := strings.Split(value, ".")
	var c claims
	var header struct {
		Alg string `json:"alg"`
	}
	if len(parts) != 3 || len(value) > 16<<10 {
		return c, false
	}
	for i, into := range []any{&header, &c} {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil || json.Unmarshal(raw, into) != nil {
			return c, false
		}
	}
	return c, header.Alg != ""
}

// claimedLife is how long a JSON Web Token lives by its own word; ends is
// false when it names no end.
func claimedLife(value string) (life time.Duration, ends, ok bool) {
	c, ok := readJWT(value)
	if !ok || c.Expires == nil {
		return 0, false, ok
	}
	from := float64(time.Now().Unix())
	if c.IssuedAt != nil {
		from = *c.IssuedAt
	}
	return seconds(*c.Expires - from), true, true
}

// endOf is when a JSON Web Token ends; zero when it does not say.
func endOf(value string) time.Time {
	c, ok := readJWT(value)
	if !ok || c.Expires == nil {
		return time.Time{}
	}
	return time.Unix(int64(min(*c.Expires, 1<<33)), 0)
}

func seconds(s float64) time.Duration {
	return time.Duration(max(0, min(s, 1<<32))) * time.Second
}
