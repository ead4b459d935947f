package exports

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// issuedAt is the portal's own clock when it answered.
func issuedAt(a gather.Answered) time.Time {
	if t, err := http.ParseTime(http.Header(a.Answer.Header).Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// signatureOf returns the query key under which a target carries a signature, or "".
func signatureOf(target string) string {
	_, query, _ := strings.Cut(target, "?")
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if len(value) < 16 {
			continue
		}
		switch k := strings.ToLower(key); k {
		case "signature", "sig", "x-amz-signature", "x-goog-signature", "hmac", "sign", "token", "md5", "hash", "s", "auth", "key", "download_token", "verify":
			if k != "key" && k != "s" || normal.Format(value) == normal.FormatHex {
				return key
			}
		}
	}
	return ""
}

// expiryOf returns the query key of a link's expiry and the moment it means,
// in Unix seconds: an absolute time, seconds from issue, or the exp of a token.
func expiryOf(target string, issued time.Time) (key string, at int64) {
	_, raw, _ := strings.Cut(target, "?")
	query, err := url.ParseQuery(raw)
	if err != nil {
		return "", 0
	}
	for _, k := range slices.Sorted(maps.Keys(query)) {
		v := query.Get(k)
		switch strings.ToLower(k) {
		case "expires", "exp", "expiry", "expire", "e", "valid_until", "validuntil", "deadline", "expires_at", "expiresat":
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				if n > 1e12 {
					n /= 1000
				}
				if n < 1e9 {
					n += issued.Unix() // seconds from issue
				}
				return k, n
			}
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return k, t.Unix()
			}
		case "x-amz-expires", "x-goog-expires", "ttl":
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				continue
			}
			for _, d := range []string{"X-Amz-Date", "X-Goog-Date"} {
				if t, err := time.Parse("20060102T150405Z", query.Get(d)); err == nil {
					issued = t
				}
			}
			return k, issued.Unix() + n
		case "se": // Azure
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return k, t.Unix()
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(query)) {
		if exp := tokenExpiry(query.Get(k)); exp > 0 {
			return "", exp
		}
	}
	return "", 0
}

// tokenExpiry is the exp of a JSON web token (RFC 7519 §4.1.4), or 0.
func tokenExpiry(token string) int64 {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return 0
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return 0
	}
	var claims struct {
		Exp json.Number `json:"exp"`
	}
	if json.Unmarshal(raw, &claims) != nil {
		return 0
	}
	f, err := claims.Exp.Float64()
	if err != nil {
		return 0
	}
	return int64(f)
}

// replaceParam changes the value of a query key and leaves all else as written.
func replaceParam(target, key string, change func(string) string) string {
	path, query, _ := strings.Cut(target, "?")
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if k, v, _ := strings.Cut(part, "="); k == key {
			parts[i] = k + "=" + change(v)
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

// damage changes a character in the middle of a signature within its kind.
func damage(signature string) string {
	if signature == "" {
		return signature
	}
	b := []byte(signature)
	i := len(b) / 2
	for i < len(b)-1 && (b[i] == '%' || i > 0 && b[i-1] == '%' || i > 1 && b[i-2] == '%') {
		i++
	}
	switch c := b[i]; {
	case c == '0':
		b[i] = '1'
	case c >= '1' && c <= '9':
		b[i] = '0'
	case c == 'a' || c == 'A':
		b[i] = c + 1
	default:
		b[i] = 'a'
	}
	return string(b)
}

// later moves an expiry a day ahead.
func later(value string) string {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		if n > 1e12 {
			return strconv.FormatInt(n+86400_000, 10)
		}
		return strconv.FormatInt(n+86400, 10)
	}
	plain, err := url.QueryUnescape(value)
	if err != nil {
		return value
	}
	if t, err := time.Parse(time.RFC3339, plain); err == nil {
		return url.QueryEscape(t.AddDate(0, 0, 1).Format(time.RFC3339))
	}
	return value
}
