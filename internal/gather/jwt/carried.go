package jwt

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/login"
)

// carry is a value that an identity carries, and how another token takes its place.
type carry struct {
	artifact.Carried
	value string
	found jose.Found // of FormJWT and FormJWE
	// put returns the credential with another value there; "" takes it out.
	put func(c login.Credential, value string) login.Credential
}

// carried lists everything that a session sends or was handed.
func carried(s *login.Session) []carry {
	cred := s.Credential()
	var out []carry
	add := func(place, value string, put func(login.Credential, string) login.Credential) {
		if value != "" {
			out = append(out, classify(place, value, true, put))
		}
	}
	for _, f := range cred.Headers {
		add("header "+f.Name, f.Value, func(c login.Credential, v string) login.Credential {
			c.Headers = replaced(c.Headers, f.Name, v)
			return c
		})
	}
	for _, f := range cred.Query {
		add("query "+f.Name, f.Value, func(c login.Credential, v string) login.Credential {
			c.Query = replaced(c.Query, f.Name, v)
			return c
		})
	}
	for _, f := range cred.JSON {
		add("field "+f.Name, f.Value, func(c login.Credential, v string) login.Credential {
			c.JSON = replaced(c.JSON, f.Name, v)
			return c
		})
	}
	out = append(out, inCookies(cred.Cookies)...)
	return append(out, handed(s, out)...)
}

// handed are tokens that signing in gave and that are not sent as they are.
func handed(s *login.Session, sent []carry) []carry {
	var out []carry
	add := func(name, value string) {
		known := func(c carry) bool {
			return c.value == value || c.Form == artifact.FormJWT && c.found.Token.String() == value
		}
		if slices.ContainsFunc(sent, known) || slices.ContainsFunc(out, known) {
			return
		}
		out = append(out, classify("handed "+name, value, false, func(c login.Credential, v string) login.Credential {
			c.Headers = replaced(c.Headers, "Authorization", v)
			return c
		}))
	}
	for _, h := range s.Tokens() {
		add(h.Name, h.Value)
	}
	for _, h := range s.SetCookies() {
		if _, is := jose.Find(h.Value); is {
			add(h.Name, h.Value)
		}
	}
	vars := s.Vars()
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if _, is := jose.Find(vars[name]); is {
			add(name, vars[name])
		}
	}
	return out
}

func classify(place, value string, sent bool, put func(login.Credential, string) login.Credential) carry {
	c := carry{Carried: artifact.Carried{Place: place, Form: artifact.FormOpaque, Sent: sent}, value: value, put: put}
	if f, ok := jose.Find(value); ok {
		c.found, c.Form = f, artifact.FormJWT
		if f.Encrypted {
			c.Form = artifact.FormJWE
		}
	}
	return c
}

// with returns the credential with another token in the place of this one.
func (c carry) with(cred login.Credential, token string) login.Credential {
	if !c.Sent {
		return c.put(cred, "Bearer "+token)
	}
	return c.put(cred, c.found.With(token))
}

// without returns the credential without the token.
func (c carry) without(cred login.Credential) login.Credential { return c.put(cred, "") }

func replaced(fields []evidence.Field, name, value string) []evidence.Field {
	var out []evidence.Field
	found := false
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			if found = true; value == "" {
				continue
			}
			f.Value = value
		}
		out = append(out, f)
	}
	if !found && value != "" {
		out = append(out, evidence.Field{Name: name, Value: value})
	}
	return out
}

// chunk is the name of a cookie that continues another: "sb-token.1", "session_2".
var chunk = regexp.MustCompile(`^(.+)[._-](\d)$`)

// payload and signature are the halves of a token that two cookies share, so
// that scripts can read the claims but never hold the whole.
var (
	payload   = regexp.MustCompile(`^ey[\w-]{8,}\.[\w-]+$`)
	signature = regexp.MustCompile(`^[\w-]{20,}$`)
)

// inCookies finds tokens in cookies: one each, cut into numbered ones, or the
// signature in a cookie of its own.
func inCookies(jar []*http.Cookie) []carry {
	var out []carry
	taken := map[string]bool{}
	join := func(names []string, value string, cut func(string) []string) {
		c := classify("cookie "+strings.Join(names, " + "), value, true, func(c login.Credential, v string) login.Credential {
			parts := make([]string, len(names))
			if v != "" {
				parts = cut(v)
			}
			for i, n := range names {
				c.Cookies = recookied(c.Cookies, n, parts[i])
			}
			return c
		})
		if c.Form == artifact.FormOpaque {
			return
		}
		out = append(out, c)
		for _, n := range names {
			taken[n] = true
		}
	}
	for _, names := range chunks(jar) {
		values := valuesOf(jar, names)
		join(names, strings.Join(values, ""), func(v string) []string { return cutLike(v, values) })
	}
	for _, a := range jar {
		for _, b := range jar {
			if !taken[a.Name] && !taken[b.Name] && payload.MatchString(a.Value) && signature.MatchString(b.Value) {
				join([]string{a.Name, b.Name}, a.Value+"."+b.Value, func(v string) []string {
					i := strings.LastIndexByte(v, '.')
					return []string{v[:max(0, i)], v[i+1:]}
				})
			}
		}
	}
	for _, k := range jar {
		if !taken[k.Name] && k.Value != "" {
			out = append(out, classify("cookie "+k.Name, k.Value, true, func(c login.Credential, v string) login.Credential {
				c.Cookies = recookied(c.Cookies, k.Name, v)
				return c
			}))
		}
	}
	return out
}

// chunks groups numbered cookies by what they continue, in their order.
func chunks(jar []*http.Cookie) map[string][]string {
	out := map[string][]string{}
	for _, k := range jar {
		if m := chunk.FindStringSubmatch(k.Name); m != nil {
			out[m[1]] = append(out[m[1]], k.Name)
		}
	}
	maps.DeleteFunc(out, func(_ string, names []string) bool { return len(names) < 2 })
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}

func valuesOf(jar []*http.Cookie, names []string) []string {
	out := make([]string, len(names))
	for _, k := range jar {
		if i := slices.Index(names, k.Name); i >= 0 {
			out[i] = k.Value
		}
	}
	return out
}

// cutLike cuts v as the values were cut; the last piece takes what is left.
func cutLike(v string, values []string) []string {
	out := make([]string, len(values))
	for i, old := range values {
		n := min(len(old), len(v))
		if i == len(values)-1 {
			n = len(v)
		}
		out[i], v = v[:n], v[n:]
	}
	return out
}

func recookied(jar []*http.Cookie, name, value string) []*http.Cookie {
	var out []*http.Cookie
	for _, k := range jar {
		if k.Name != name {
			out = append(out, k)
		} else if value != "" {
			out = append(out, &http.Cookie{Name: k.Name, Value: value})
		}
	}
	return out
}
