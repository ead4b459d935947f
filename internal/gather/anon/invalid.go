package anon

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// try is one way of asking without a valid credential.
type try struct {
	name   string
	header []evidence.Field
}

// credentials knows which kinds of credential the portal takes, from what its
// identities really send, so that each is damaged in its own way.
type credentials struct {
	cookies []string         // names
	headers []evidence.Field // real ones, by header name
}

func invalidCredentials(t *gather.Tools) credentials {
	var c credentials
	for _, name := range slices.Sorted(maps.Keys(t.Sessions)) {
		cred := t.Sessions[name].Credential()
		for _, k := range cred.Cookies {
			if !slices.Contains(c.cookies, k.Name) {
				c.cookies = append(c.cookies, k.Name)
			}
		}
		for _, h := range cred.Headers {
			if isCredential(h.Name) && evidence.Get(c.headers, h.Name) == "" {
				c.headers = append(c.headers, h)
			}
		}
	}
	return c
}

// isCredential leaves out what travels beside a credential and is none itself.
func isCredential(header string) bool {
	switch http.CanonicalHeaderKey(header) {
	case "Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Cookie":
		return false
	}
	return !strings.Contains(strings.ToLower(header), "csrf") && !strings.Contains(strings.ToLower(header), "xsrf")
}

// tries returns A0 … A5 for a route, as live.md names them. Public routes are
// asked once: what they answer is looked at, not who asks.
func (c credentials) tries(r artifact.Route) []try {
	a0 := try{name: "A0"}
	if r.Public != "" {
		return []try{a0}
	}
	out := []try{
		a0,
		{"A1 garbage bearer", field("Authorization", "Bearer lrinvalid.0000000000000000.aaaaaaaaaaaa")},
		{"A2 empty bearer", field("Authorization", "Bearer ")},
		{"A3 other scheme", field("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("launchready:invalid")))},
	}
	for _, name := range c.cookies {
		out = append(out,
			try{"A1 garbage cookie " + name, field("Cookie", name+"=lrinvalid0000000000000000")},
			try{"A2 empty cookie " + name, field("Cookie", name+"=")},
		)
	}
	for _, h := range c.headers {
		if !strings.EqualFold(h.Name, "Authorization") {
			out = append(out, try{"A1 garbage " + h.Name, field(h.Name, "lrinvalid0000000000000000")}, try{"A2 empty " + h.Name, field(h.Name, "")})
		}
		if v, ok := foreign(h.Value); ok {
			out = append(out, try{"A4 foreign signature", field(h.Name, v)})
		}
	}
	return append(out, try{"A5 other accept", field("Accept", otherAccept(r))})
}

func field(name, value string) []evidence.Field { return []evidence.Field{{Name: name, Value: value}} }

// foreign returns a JSON Web Token as another issuer would have signed it:
// the same claims under a signature that cannot be theirs. ok is false for
// other credentials.
func foreign(value string) (string, bool) {
	scheme, token, hasScheme := strings.Cut(value, " ")
	if !hasScheme {
		token = scheme
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !strings.HasPrefix(token, "eyJ") {
		return "", false
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) == 0 {
		return "", false
	}
	for i := range sig {
		sig[i] ^= 0xa5
	}
	parts[2] = base64.RawURLEncoding.EncodeToString(sig)
	token = strings.Join(parts, ".")
	if hasScheme {
		return scheme + " " + token, true
	}
	return token, true
}

// otherAccept asks an API as a browser and a page as an API client: some
// guards stand only in front of one of them.
func otherAccept(r artifact.Route) string {
	if r.Kind == "page" {
		return "application/json"
	}
	return "text/html,application/xhtml+xml;q=0.9"
}

// unknownTarget is the route's target with the last id replaced by one that
// does not exist; ok is false for routes without ids.
func unknownTarget(r artifact.Route, v artifact.Values) (string, bool) {
	names := r.PathParams()
	if len(names) == 0 {
		return "", false
	}
	last := names[len(names)-1]
	if v[last] == "" {
		return "", false
	}
	changed := artifact.Values{}
	for k, val := range v {
		changed[k] = val
	}
	changed[last] = normal.Unlike(v[last])
	return r.Fill(changed)
}
