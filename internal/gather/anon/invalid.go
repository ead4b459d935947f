package anon

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
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
	query  url.Values
	fields []evidence.Field // of the object that a declared read sends
}

// at is the target as the try asks for it.
func (x try) at(target string) string {
	if len(x.query) == 0 {
		return target
	}
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return target + separator + x.query.Encode()
}

// credentials knows which kinds of credential the portal takes, from what its
// identities really send, so that each is damaged in its own way.
type credentials struct {
	cookies []string         // names
	headers []evidence.Field // real ones, by header name
	query   []string         // names
	fields  []string         // of a JSON body: names
	tokens  []evidence.Field // JSON Web Tokens in cookies
	gate    []evidence.Field // headers of an outer gate, which must stay as they are
	quick   bool
}

func invalidCredentials(t *gather.Tools) credentials {
	c := credentials{quick: t.Quick}
	for _, name := range slices.Sorted(maps.Keys(t.Sessions)) {
		cred := t.Sessions[name].Credential()
		for _, k := range cred.Cookies {
			if !slices.Contains(c.cookies, k.Name) {
				c.cookies = append(c.cookies, k.Name)
				if v, ok := foreign(k.Value); ok {
					c.tokens = append(c.tokens, evidence.Field{Name: k.Name, Value: v})
				}
			}
		}
		for _, h := range cred.Headers {
			if isCredential(h.Name) && evidence.Get(c.headers, h.Name) == "" {
				c.headers = append(c.headers, h)
			}
		}
		for _, q := range cred.Query {
			if !slices.Contains(c.query, q.Name) {
				c.query = append(c.query, q.Name)
			}
		}
		for _, f := range cred.JSON {
			if !slices.Contains(c.fields, f.Name) {
				c.fields = append(c.fields, f.Name)
			}
		}
	}
	slices.Sort(c.cookies)
	for _, h := range t.Target.Headers {
		c.gate = append(c.gate, evidence.Field{Name: h.Name, Value: h.Value.Reveal()})
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
	out := []try{{name: "A0"}}
	if r.Public != "" {
		return out
	}
	out = append(out, c.garbage()...)
	if !c.quick {
		out = append(out, c.empty()...)
		out = append(out, try{name: "A3 other scheme", header: field("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("launchready:invalid")))})
		out = append(out, c.foreign()...)
		out = append(out, try{name: "A5 other accept", header: field("Accept", otherAccept(r))})
	}
	return slices.DeleteFunc(out, func(x try) bool { return x.gated(c.gate) || len(x.fields) > 0 && !r.Looks })
}

// gated reports a try that would replace what opens the outer gate: its
// refusal would be the gate's and prove nothing. Cookies are added to the gate's.
func (x try) gated(gate []evidence.Field) bool {
	return slices.ContainsFunc(x.header, func(h evidence.Field) bool {
		return h.Name != "Cookie" && slices.ContainsFunc(gate, func(g evidence.Field) bool { return strings.EqualFold(g.Name, h.Name) })
	})
}

const garbage = "lrinvalid0000000000000000"

// garbage is A1: values in the right place that nobody issued.
func (c credentials) garbage() []try {
	out := []try{{name: "A1 garbage bearer", header: field("Authorization", "Bearer lrinvalid.0000000000000000.aaaaaaaaaaaa")}}
	if len(c.cookies) > 0 {
		out = append(out, try{name: "A1 garbage cookie", header: c.cookie(garbage)})
	}
	for _, h := range c.others() {
		out = append(out, try{name: "A1 garbage " + h, header: field(h, garbage)})
	}
	for _, q := range c.query {
		out = append(out, try{name: "A1 garbage " + q, query: url.Values{q: {garbage}}})
	}
	for _, name := range c.fields {
		out = append(out, try{name: "A1 garbage " + name, fields: field(name, garbage)})
	}
	return out
}

// empty is A2: the right place, with nothing in it.
func (c credentials) empty() []try {
	nothing := try{name: "A2 empty authorization", header: field("Authorization", "")}
	if len(c.cookies) > 0 { // what is empty in both places is empty in each
		nothing = try{name: "A2 empty authorization and cookie", header: append(c.cookie(""), nothing.header...)}
	}
	out := []try{{name: "A2 empty bearer", header: field("Authorization", "Bearer ")}, nothing}
	for _, h := range c.others() {
		out = append(out, try{name: "A2 empty " + h, header: field(h, "")})
	}
	for _, q := range c.query {
		out = append(out, try{name: "A2 empty " + q, query: url.Values{q: {""}}})
	}
	for _, name := range c.fields {
		out = append(out, try{name: "A2 empty " + name, fields: field(name, "")})
	}
	return out
}

// foreign is A4: tokens as another issuer would have signed them.
func (c credentials) foreign() []try {
	var out []try
	for _, h := range c.headers {
		if v, ok := foreign(h.Value); ok {
			out = append(out, try{name: "A4 foreign signature in " + h.Name, header: field(h.Name, v)})
		}
	}
	for _, k := range c.tokens {
		out = append(out, try{name: "A4 foreign signature in cookie " + k.Name, header: c.cookieHeader(k.Name + "=" + k.Value)})
	}
	return out
}

// cookie sets every cookie that identities get to one value.
func (c credentials) cookie(value string) []evidence.Field {
	pairs := make([]string, len(c.cookies))
	for i, name := range c.cookies {
		pairs[i] = name + "=" + value
	}
	return c.cookieHeader(pairs...)
}

func (c credentials) cookieHeader(pairs ...string) []evidence.Field {
	if own := evidence.Get(c.gate, "Cookie"); own != "" {
		pairs = append([]string{own}, pairs...)
	}
	return field("Cookie", strings.Join(pairs, "; "))
}

// others are the names of the credential's headers beside Authorization.
func (c credentials) others() []string {
	var out []string
	for _, h := range c.headers {
		if !strings.EqualFold(h.Name, "Authorization") {
			out = append(out, h.Name)
		}
	}
	return out
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
