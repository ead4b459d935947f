package login

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/launchready/launchready/portal"
)

const (
	mostFacts = 40 // of one identity; an answer may hold thousands of ids
	factDepth = 5
)

// factKey are the JSON members of a sign-in or "who am I" answer that name the caller.
var factKey = regexp.MustCompile(`^(id|uuid|uid|sub|guid|userid|accountid|memberid|personid|email|mail|emailaddress|username|login|name|displayname|fullname|preferredusername|(tenant|org|organization|organisation|company|workspace|customer|account)(id|uuid|name|slug)?)$`)

// ownFacts are what portal.yaml says of an identity.
func ownFacts(id *portal.Identity) []string {
	if id == nil {
		return nil
	}
	local, _, mail := strings.Cut(id.User, "@")
	out := merge(nil, []string{id.User})
	if mail {
		out = merge(out, []string{local})
	}
	return merge(out, []string{id.Name})
}

// answerFacts are the values of a JSON answer that name the caller, with the
// claims of the tokens in it.
func answerFacts(body []byte) []string {
	doc, err := decode(body)
	if err != nil {
		return nil
	}
	var out []string
	collect(doc, 0, &out)
	return out
}

// collect walks objects only: an array lists others.
func collect(v any, depth int, out *[]string) {
	object, ok := v.(map[string]any)
	if !ok || depth > factDepth {
		return
	}
	keys := make([]string, 0, len(object))
	for k := range object {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		text := ""
		switch v := object[k].(type) {
		case string:
			text = v
			*out = append(*out, claims(v)...)
		case json.Number:
			text = v.String()
		default:
			collect(v, depth+1, out)
		}
		if factKey.MatchString(plainKey(k)) {
			*out = append(*out, text)
		}
	}
}

func plainKey(k string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(k))
}

// claims are the facts in a JSON Web Token; its signature is the portal's business.
func claims(text string) []string {
	text = strings.TrimPrefix(text, "Bearer ")
	if strings.Count(text, ".") != 2 || !strings.HasPrefix(text, "ey") {
		return nil
	}
	var c jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(text, &c); err != nil {
		return nil
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return nil
	}
	doc, err := decode(raw)
	if err != nil {
		return nil
	}
	var out []string
	collect(doc, 1, &out)
	return out
}

// merge appends the facts worth keeping: long enough to mean somebody, each once.
func merge(facts, more []string) []string {
	for _, f := range more {
		f = strings.TrimSpace(f)
		if !telling(f) || slices.Contains(facts, f) || len(facts) >= mostFacts {
			continue
		}
		facts = append(facts, f)
	}
	return facts
}

// telling reports whether a value names somebody: three characters with a
// letter in them, or a number of five digits.
func telling(f string) bool {
	if len(f) > 200 || len(f) < 3 {
		return false
	}
	return len(f) >= 5 || strings.ContainsFunc(f, func(r rune) bool { return r < '0' || r > '9' })
}

// Facts are the values known to name this caller: user, name, ids, tenant.
func (s *Session) Facts() []string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.facts)
}

// whoami are the places that most portals' own pages ask who the caller is.
var whoami = [2]string{"/api/me", "/me"}

// LearnFacts asks the portal who the caller is, unless signing in told an id
// already. An answer counts when it names the caller.
func (s *Session) LearnFacts(ctx context.Context) error {
	own := ownFacts(s.Identity)
	for _, path := range whoami {
		if len(s.Facts()) > len(own) {
			return nil
		}
		call := portal.Call{Method: http.MethodGet, Path: path}
		a, err := s.ask(ctx, call, "facts")
		if err != nil {
			if err := stopping(ctx, call, err); err != nil {
				return err
			}
			continue
		}
		if !succeeded(a) || len(found(own, a.Body, path)) == 0 {
			continue
		}
		s.gate.Lock()
		s.facts = merge(s.facts, answerFacts(a.Body))
		s.gate.Unlock()
	}
	return nil
}
