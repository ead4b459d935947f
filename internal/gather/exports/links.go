package exports

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

const (
	// maxLinks bounds the signed links that are tried, and maxScans the details
	// that are read to find some.
	maxLinks = 6
	maxScans = 30
)

// link is a signed link that an owner was given.
type link struct {
	owner    string
	target   string
	param    string // the signature's query key
	expiry   string // the expiry's query key; "" when it states none
	expires  int64
	lifetime int64
}

// scan reads an object of every kind as its owner, for the links it carries.
func (e *exporter) scan(ctx context.Context) {
	if e.Quick {
		return
	}
	var batch gather.Batch
	seen := map[string]bool{}
	for _, r := range e.inventory.Routes {
		if !gather.Reads(r) || r.HeldBack != "" || gather.Exporting(r) || batch.Len() >= maxScans {
			continue
		}
		for _, o := range e.corpus.Objects {
			if o.Route != r.ID || seen[r.ID] || e.As(o.Owner) == nil {
				continue
			}
			seen[r.ID] = true
			if target, ok := r.Fill(o.Values); ok {
				batch.Add(get("scan", o.Owner, target), func(got gather.Answered) {
					e.found = append(e.found, linksIn(got, o.Owner, e.Target.URL)...)
				})
			}
		}
	}
	batch.Send(ctx, e.Tools)
}

// links tries the signed links that were met: as issued, and bent.
func (e *exporter) links(ctx context.Context) {
	type bent struct {
		l                              link
		open, altered, broken, expired gather.Answered
	}
	var all []*bent
	var batch gather.Batch
	for _, l := range e.distinct() {
		t := &bent{l: l}
		all = append(all, t)
		add(&batch, &t.open, get("open", evidence.Anonymous, l.target))
		add(&batch, &t.broken, get("broken", evidence.Anonymous, replaceParam(l.target, l.param, damage)))
		if l.expiry != "" {
			add(&batch, &t.expired, get("expiry moved", evidence.Anonymous, replaceParam(l.target, l.expiry, later)))
		}
		if to := e.otherPath(l); to != "" {
			add(&batch, &t.altered, get("altered", evidence.Anonymous, to))
		}
	}
	batch.Send(ctx, e.Tools)
	for _, t := range all {
		if t.altered.Name == "" {
			t.altered.Attempt = artifact.Attempt{
				Name: "altered", Who: evidence.Anonymous, Unproven: check.NoPositiveControl,
				Why: "no second link of the kind is known to take another path from",
			}
		}
		e.out.Links = append(e.out.Links, artifact.SignedLink{
			Route: e.routeAt(t.l.target).ID, Owner: t.l.owner, Param: t.l.param, Expires: t.l.expires, Lifetime: t.l.lifetime,
			Open: t.open.Attempt, Altered: t.altered.Attempt, Broken: t.broken.Attempt, Expired: t.expired.Attempt,
		})
	}
}

// distinct keeps at most two links of a route, of different paths.
func (e *exporter) distinct() []link {
	var out []link
	paths, routes := map[string]bool{}, map[string]int{}
	for i := len(e.found) - 1; i >= 0; i-- { // the newest live longest
		l := e.found[i]
		path, _, _ := strings.Cut(l.target, "?")
		route := e.routeAt(l.target).ID
		if !paths[path] && routes[route] < 2 && len(out) < maxLinks {
			paths[path] = true
			routes[route]++
			out = append(out, l)
		}
	}
	return out
}

// otherPath is the path of another link of the same route with l's query.
func (e *exporter) otherPath(l link) string {
	path, query, _ := strings.Cut(l.target, "?")
	for _, o := range e.found {
		other, _, _ := strings.Cut(o.target, "?")
		if other != path && o.param == l.param && e.routeAt(o.target).ID == e.routeAt(l.target).ID {
			return other + "?" + query
		}
	}
	return ""
}

// linkText finds what may be a link with a query in a body of any kind.
var linkText = regexp.MustCompile(`(?:https?://[^\s"'<>\\]+|/[A-Za-z0-9_][^\s"'<>\\]*)\?[^\s"'<>\\]+`)

// linksIn returns the signed links that an answer carries.
func linksIn(a gather.Answered, owner, base string) []link {
	if a.Answer == nil {
		return nil
	}
	body := a.Answer.Body[:min(len(a.Answer.Body), 1<<20)]
	text := strings.NewReplacer(`\/`, "/", `\u0026`, "&", "&amp;", "&").Replace(string(body))
	candidates := linkText.FindAllString(text, 50)
	if at := http.Header(a.Answer.Header).Get("Location"); at != "" {
		candidates = append(candidates, at)
	}
	issued := issuedAt(a)
	var out []link
	for _, c := range candidates {
		target := localPath(c, base)
		param := signatureOf(target)
		if target == "" || param == "" {
			continue
		}
		l := link{owner: owner, target: target, param: param}
		l.expiry, l.expires = expiryOf(target, issued)
		if l.expires > 0 {
			l.lifetime = l.expires - issued.Unix()
		}
		out = append(out, l)
	}
	return out
}

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
