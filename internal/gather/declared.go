package gather

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// A portal that is asked by POST has one address for everything. The inventory
// tells its declared reads apart by what stands after #, which never travels:
// "/rpc#hosts.detail/{id}". Tools makes the request of it when it is sent.

var reference = regexp.MustCompile(`\$\{([A-Za-z_][\w.-]*)\}`)

// alive is what stands after # for an identity's own probe.
const alive = "alive"

// ProbeRequest is the request that proves an identity's session.
func ProbeRequest(p portal.Call) wire.Request {
	if p.With == nil {
		return wire.Request{Method: p.Method, URL: p.Path}
	}
	return wire.Request{Method: p.Method, URL: p.Path + "#" + alive}
}

// BodyAddress is the template of a declared read that has a body: its path,
// which read it is, and what its body is bound to, the object last.
// Credentials are left to the session that sends it.
func BodyAddress(path, resource, kind string, call portal.Call) string {
	address := path + "#" + url.PathEscape(resource) + "." + kind
	for _, name := range bodyNames(call) {
		address += "/{" + name + "}"
	}
	return address
}

// bodyNames are the variables of a body, in a fixed order.
func bodyNames(call portal.Call) []string {
	var names []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			for _, m := range reference.FindAllStringSubmatch(v, -1) {
				if !slices.Contains(names, m[1]) && !secretive(m[1]) {
					names = append(names, m[1])
				}
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	if p := call.With; p != nil {
		walk(p.JSON)
		walk(p.Raw)
		for _, f := range append(slices.Clone(p.Form), p.Headers...) {
			walk(f.Value)
		}
	}
	slices.Sort(names)
	if i := slices.Index(names, "id"); i >= 0 {
		names = append(slices.Delete(names, i, i+1), "id")
	}
	return names
}

// secretive reports variables whose values are credentials or may be.
func secretive(name string) bool {
	n := strings.ToLower(name)
	for _, part := range []string{"token", "password", "secret", "key", "csrf", "totp", "env:", "file:"} {
		if strings.Contains(n, part) {
			return true
		}
	}
	return false
}

// resolve makes the request of a declared read that has a body; every other
// request stays as it is.
func (t *Tools) resolve(who string, r wire.Request) (wire.Request, error) {
	path, rest, declared := strings.Cut(r.URL, "#")
	if !declared {
		return r, nil
	}
	rest, query, _ := strings.Cut(rest, "?")
	name, bound, _ := strings.Cut(rest, "/")
	call := t.declaredRead(name)
	if p := t.Sessions[who].Probe; name == alive && p != nil {
		call, path = &p.Request, p.Request.Path
	}
	if call == nil || call.With == nil {
		return r, fmt.Errorf("no read %q is declared", name)
	}
	over, names := map[string]string{}, bodyNames(*call)
	for i, value := range strings.SplitN(bound, "/", max(1, len(names))) {
		if i >= len(names) {
			break
		}
		plain, err := url.PathUnescape(value)
		if err != nil {
			plain = value // a trick: it travels as it is
		}
		over[names[i]] = plain
	}
	r.Method, r.URL, r.Effect = call.Method, path, portal.Look
	if query != "" {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		r.URL += sep + query
	}
	r.Header = slices.DeleteFunc(slices.Clone(r.Header), func(f evidence.Field) bool { return strings.EqualFold(f.Name, "Content-Type") })
	return t.Sessions[who].Load(r, call.With, over)
}

// declaredRead is the read that an address names: "hosts.detail".
func (t *Tools) declaredRead(name string) *portal.Call {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return nil
	}
	resource, err := url.PathUnescape(name[:dot])
	if err != nil {
		return nil
	}
	for _, r := range t.Portal.Resources {
		if r.Name == resource {
			return map[string]*portal.Call{"list": r.List, "detail": r.Detail, "export": r.Export}[name[dot+1:]]
		}
	}
	return nil
}

// safe reports whether a request only looks, as declared reads do.
func safe(r wire.Request) bool { return strings.Contains(r.URL, "#") || wire.Safe(r) }

// withFields puts fields into a body that is a JSON object.
func withFields(r wire.Request, fields []evidence.Field) wire.Request {
	var object map[string]any
	if len(fields) == 0 || json.Unmarshal(r.Body, &object) != nil || object == nil {
		return r
	}
	for _, f := range fields {
		object[f.Name] = f.Value
	}
	if body, err := json.Marshal(object); err == nil {
		r.Body = body
	}
	return r
}
