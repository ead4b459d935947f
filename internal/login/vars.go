package login

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// minSecret is the length from which a value is worth hiding: shorter ones
// would black out half of every answer.
const minSecret = 4

// reference is ${name}; what portal.yaml read for its texts goes by "env:NAME" and "file:path".
var reference = regexp.MustCompile(`\$\{([^${}]+)\}`)

// unknownVar is a ${name} that nothing gives a value.
type unknownVar struct {
	name  string
	known []string
}

func (e *unknownVar) Error() string {
	return fmt.Sprintf("${%s} has no value (known: %s)", e.name, strings.Join(e.known, ", "))
}

// Expand returns text with every ${name} replaced: the identity's own values
// and what signing in captured. An unknown name is an error.
func (s *Session) Expand(text string) (string, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.expand(text)
}

// ExpandURL expands a request's address: values are escaped where they stand,
// unless the address begins with one, which then is an address itself.
func (s *Session) ExpandURL(ref string) (string, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.expandURL(ref)
}

func (s *Session) expandURL(ref string) (string, error) {
	head := ""
	if loc := reference.FindStringIndex(ref); loc != nil && loc[0] == 0 {
		value, err := s.expand(ref[:loc[1]])
		if err != nil {
			return "", err
		}
		head, ref = value, ref[loc[1]:]
	}
	path, query, asks := strings.Cut(ref, "?")
	path, err := s.expandWith(path, url.PathEscape)
	if err != nil || !asks {
		return head + path, err
	}
	query, err = s.expandWith(query, url.QueryEscape)
	return head + path + "?" + query, err
}

func (s *Session) expand(text string) (string, error) {
	return s.expandWith(text, func(v string) string { return v })
}

// expandWith replaces every ${name} by its value, escaped.
func (s *Session) expandWith(text string, escape func(string) string) (string, error) {
	var missing error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		if v, ok := s.vars[name]; ok {
			return escape(v)
		}
		if name == "totp" && s.Identity != nil && !s.Identity.TOTP.IsZero() {
			code, err := s.codes.code(s.Identity.TOTP, s.way.Now())
			if err != nil {
				missing = err
			}
			return code
		}
		if missing == nil {
			missing = &unknownVar{name: name, known: slices.Sorted(maps.Keys(s.vars))}
		}
		return ref
	})
	return out, missing
}

// expandJSON returns v with every string in it expanded.
func (s *Session) expandJSON(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return s.expand(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			got, err := s.expandJSON(item)
			if err != nil {
				return nil, err
			}
			out[k] = got
		}
		return out, nil
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			got, err := s.expandJSON(item)
			if err != nil {
				return nil, err
			}
			out[fmt.Sprint(k)] = got
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			got, err := s.expandJSON(item)
			if err != nil {
				return nil, err
			}
			out[i] = got
		}
		return out, nil
	}
	return v, nil
}

// ownVars are the values an identity brings along.
func (s *Session) ownVars() map[string]string {
	id := s.Identity
	if id == nil {
		return map[string]string{}
	}
	v := map[string]string{"user": id.User, "tenant": id.Tenant, "role": id.Role, "name": id.Name}
	for name, secret := range id.Extra {
		v[name] = secret.Reveal()
		s.hide(name, v[name])
	}
	if !id.Password.IsZero() {
		v["password"] = id.Password.Reveal()
		s.hide("password", v["password"])
	}
	if !id.Token.IsZero() {
		v["token"] = id.Token.Reveal()
		s.hide("token", v["token"])
	}
	if !id.TOTP.IsZero() {
		s.hide("totp", id.TOTP.Reveal())
	}
	maps.DeleteFunc(v, func(_, value string) bool { return value == "" })
	return v
}

func (s *Session) hide(kind, value string) {
	if len(value) >= minSecret {
		s.way.Client.Redactor().Add(kind, value)
	}
}
