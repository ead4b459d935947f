package login

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// place is where in a request a credential travels.
type place int

const (
	inHeader place = iota
	inQuery
	inJSON
)

// sending is one credential ready to be sent: to every path, or to those with a prefix.
type sending struct {
	prefix      string // "" for every path
	kind        place
	name, value string
}

// resolveSends turns the recipe's way of sending into what is sent. Cookies
// are not among it: they travel by the jar.
func (s *Session) resolveSends() ([]sending, error) {
	if s.Identity == nil {
		return nil, nil
	}
	var out []sending
	add := func(prefix string, send portal.Send) error {
		x, sent, err := s.resolveSend(send)
		if err != nil {
			return fmt.Errorf("make the credential to send (%s): %w", send.Kind, err)
		}
		if sent {
			x.prefix = prefix
			s.hide("credential", x.value)
			out = append(out, x)
		}
		return nil
	}
	if err := add("", s.credentialKind()); err != nil {
		return nil, err
	}
	for _, also := range s.Recipe.Also {
		if err := add(also.For, also.Send); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// credentialKind is how this identity's credential travels: as the recipe
// says, but that an identity which brings a token where others get a cookie
// sends it as a bearer token.
func (s *Session) credentialKind() portal.Send {
	send := s.Recipe.Send
	if s.Identity == nil {
		return portal.Send{Kind: "none"}
	}
	static := !s.runsSteps()
	switch {
	case static && !s.Identity.Token.IsZero() && (send.Kind == "" || send.Kind == "cookie"):
		return portal.Send{Kind: "bearer", Value: "${token}"}
	case send.Kind == "" && static && len(s.Recipe.Steps) == 0 && !s.Identity.Password.IsZero():
		return portal.Send{Kind: "basic"}
	case send.Kind == "" && s.capturesToken():
		return portal.Send{Kind: "bearer", Value: "${token}"}
	case send.Kind == "":
		return portal.Send{Kind: "cookie"}
	}
	return send
}

func (s *Session) resolveSend(send portal.Send) (sending, bool, error) {
	template := send.Value
	if template == "" {
		template = "${token}"
	}
	switch send.Kind {
	case "cookie", "none", "":
		return sending{}, false, nil
	case "basic":
		if send.Value == "" {
			template = "${user}:${password}"
		}
		value, err := s.expand(template)
		return sending{kind: inHeader, name: "Authorization", value: "Basic " + base64.StdEncoding.EncodeToString([]byte(value))}, true, err
	case "bearer":
		value, err := s.expand(template)
		return sending{kind: inHeader, name: "Authorization", value: "Bearer " + strings.TrimPrefix(value, "Bearer ")}, true, err
	case "header":
		value, err := s.expand(template)
		return sending{kind: inHeader, name: send.Name, value: value}, true, err
	case "query":
		value, err := s.expand(template)
		return sending{kind: inQuery, name: send.Name, value: value}, true, err
	case "json-field":
		value, err := s.expand(template)
		return sending{kind: inJSON, name: send.Name, value: value}, true, err
	}
	return sending{}, false, fmt.Errorf("unknown way to send a credential %q", send.Kind)
}

// sends turns a credential back into what is sent to every path.
func (c Credential) sends() []sending {
	var out []sending
	for _, f := range c.Headers {
		out = append(out, sending{kind: inHeader, name: f.Name, value: f.Value})
	}
	for _, f := range c.Query {
		out = append(out, sending{kind: inQuery, name: f.Name, value: f.Value})
	}
	for _, f := range c.JSON {
		out = append(out, sending{kind: inJSON, name: f.Name, value: f.Value})
	}
	return out
}

// attach returns r with the credentials in it; r's own slices stay as they are.
// A header that r sets itself wins. A JSON field joins a body that is a JSON
// object, each object of a batch, or becomes the body of an unsafe request without one.
func attach(r wire.Request, at *url.URL, sends []sending) (wire.Request, error) {
	r.Header = append([]evidence.Field(nil), r.Header...)
	for _, x := range mostSpecific(sends, at.Path) {
		switch x.kind {
		case inHeader:
			if evidence.Get(r.Header, x.name) == "" {
				r.Header = append(r.Header, evidence.Field{Name: x.name, Value: x.value})
			}
		case inQuery:
			r.URL = addQuery(r.URL, x.name, x.value)
			if r.Target != "" {
				r.Target = addQuery(r.Target, x.name, x.value)
			}
		case inJSON:
			if len(r.Body) == 0 && unsafe(r) {
				r.Body = []byte("{}")
				if evidence.Get(r.Header, "Content-Type") == "" {
					r.Header = append(r.Header, evidence.Field{Name: "Content-Type", Value: "application/json"})
				}
			}
			body, err := addField(r.Body, x.name, x.value)
			if err != nil {
				return r, fmt.Errorf("put credential into body: %w", err)
			}
			r.Body = body
		}
	}
	return r, nil
}

// mostSpecific returns the credentials for a path. Of two with the same name
// the one with the longer prefix is sent.
func mostSpecific(sends []sending, path string) []sending {
	best := map[string]int{}
	for _, x := range sends {
		key := strings.ToLower(fmt.Sprint(x.kind, x.name))
		if strings.HasPrefix(path, x.prefix) && len(x.prefix) >= best[key] {
			best[key] = len(x.prefix)
		}
	}
	var out []sending
	for _, x := range sends {
		key := strings.ToLower(fmt.Sprint(x.kind, x.name))
		if strings.HasPrefix(path, x.prefix) && len(x.prefix) == best[key] {
			out = append(out, x)
		}
	}
	return out
}

func addQuery(ref, name, value string) string {
	ref, fragment, _ := strings.Cut(ref, "#")
	separator := "?"
	if strings.Contains(ref, "?") {
		separator = "&"
	}
	ref += separator + url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if fragment != "" {
		ref += "#" + fragment
	}
	return ref
}

func addField(body []byte, name, value string) ([]byte, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil && object != nil {
		if _, own := object[name]; own {
			return body, nil
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		object[name] = raw
		return json.Marshal(object)
	}
	var batch []json.RawMessage
	if json.Unmarshal(body, &batch) != nil {
		return body, nil
	}
	for i, item := range batch {
		if !strings.HasPrefix(strings.TrimSpace(string(item)), "{") {
			continue
		}
		merged, err := addField(item, name, value)
		if err != nil {
			return nil, err
		}
		batch[i] = merged
	}
	return json.Marshal(batch)
}
