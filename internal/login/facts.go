package login

import (
	"context"
	"encoding/json"
	"maps"
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

var (
	// factKey are the JSON members of a sign-in or "who am I" answer that name the caller.
	factKey = regexp.MustCompile(`^(id|uuid|uid|sub|guid|userid|accountid|memberid|personid|email|mail|emailaddress|username|login|name|slug|displayname|fullname|preferredusername)$`)
	// tenantKey are those that name whom the caller belongs to.
	tenantKey = regexp.MustCompile(`^(tenant|org|organization|organisation|company|workspace|customer)(id|uuid|name|slug)?$`)
)

// facts are values that name a caller.
type facts struct {
	own    []string // the caller alone
	shared []string // the caller's tenant
}

func (f *facts) add(more facts) {
	f.own = merge(f.own, more.own)
	f.shared = merge(f.shared, more.shared)
}

// all are the caller's own facts, then the tenant's.
func (f *facts) all() []string { return merge(slices.Clone(f.own), f.shared) }

// ownFacts are what portal.yaml says of an identity.
func ownFacts(id *portal.Identity) facts {
	if id == nil {
		return facts{}
	}
	own := []string{id.User}
	if local, _, mail := strings.Cut(id.User, "@"); mail {
		own = append(own, local)
	}
	return facts{own: merge(nil, append(own, id.Name))}
}

// answerFacts are the values of a JSON answer that name the caller, with the
// claims of the tokens in it.
func answerFacts(body []byte) facts {
	var f facts
	if doc, err := decode(body); err == nil {
		f.collect(doc, 0, false)
	}
	return f
}

// collect walks objects only: an array lists others.
func (f *facts) collect(v any, depth int, tenant bool) {
	object, ok := v.(map[string]any)
	if !ok || depth > factDepth {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		key, text := plainKey(k), ""
		shared := tenantKey.MatchString(key)
		switch v := object[k].(type) {
		case string:
			text = v
			f.add(claims(v))
		case json.Number:
			text = v.String()
		default:
			f.collect(v, depth+1, tenant || shared)
		}
		switch {
		case shared, tenant && factKey.MatchString(key):
			f.shared = merge(f.shared, []string{text})
		case factKey.MatchString(key):
			f.own = merge(f.own, []string{text})
		}
	}
}

func plainKey(k string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(k))
}

// claims are the facts in a JSON Web Token; its signature is the portal's business.
func claims(text string) facts {
	text = strings.TrimPrefix(text, "Bearer ")
	if strings.Count(text, ".") != 2 || !strings.HasPrefix(text, "ey") {
		return facts{}
	}
	var c jwt.MapClaims
	if _, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(text, &c); err != nil {
		return facts{}
	}
	var f facts
	f.collect(map[string]any(c), 1, false)
	return f
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
	return s.facts.all()
}

// whoami are the places that most portals' own pages ask who the caller is.
var whoami = [2]string{"/api/me", "/me"}

// LearnFacts asks the portal who the caller is, unless signing in told an id
// already. An answer counts when it names the caller.
func (s *Session) LearnFacts(ctx context.Context) error {
	own := ownFacts(s.Identity).own
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
		s.facts.add(answerFacts(a.Body))
		s.gate.Unlock()
	}
	return nil
}
