package routes

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// fromLogin is the source of the requests of sign-in recipes.
const fromLogin = "login"

var variable = regexp.MustCompile(`\$\{([A-Za-z_][\w.-]*)\}`)

// resources adds what the description declares, with the bindings it gives.
func (g *gathering) resources() {
	for _, r := range g.Portal.Resources {
		reads := []struct {
			kind string
			call *portal.Call
		}{{"list", r.List}, {"detail", r.Detail}, {"export", r.Export}}
		for _, x := range reads {
			if x.call != nil {
				g.declare(r, x.kind, *x.call, nil)
			}
		}
		if r.IDsAt != nil && (r.List == nil || r.IDsAt.Request != *r.List) {
			g.declare(r, "list", r.IDsAt.Request, nil)
		}
		writes := []struct {
			kind string
			call *portal.WriteCall
		}{{"create", r.Create}, {"update", r.Update}, {"delete", r.Delete}}
		for _, x := range writes {
			if x.call == nil {
				continue
			}
			g.declare(r, x.kind, x.call.Request, x.call)
			if v := x.call.Verify; v != nil && (r.Detail == nil || v.Request != *r.Detail) {
				g.declare(r, "", v.Request, nil)
			}
		}
	}
}

// declare adds one declared call as a route of the resource.
func (g *gathering) declare(r *portal.Resource, kind string, call portal.Call, write *portal.WriteCall) {
	p, template, ok := g.templateOf(call.Path)
	if !ok {
		g.note(fromResource, "%s: %s is out of scope", r.Name, call)
		return
	}
	e := entry{Route: artifact.Route{
		Method: strings.ToUpper(call.Method), Origin: p, Template: template, Kind: kind,
		Noun: normal.Singular(r.Name), Resource: r.Name,
	}, listing: kind == "list"}
	if write == nil && call.With != nil && kind != "" {
		e.Looks, e.Template = true, gather.BodyAddress(template, r.Name, kind, call)
	}
	for _, name := range e.PathParams() {
		param := artifact.Param{Name: name, In: inOf(e.Template, name), Type: "string", Required: true}
		if name == "id" {
			param.Noun = e.Noun
		}
		e.Params = append(e.Params, param)
	}
	if write != nil {
		e.BodyType, e.BodySample = bodyOf(write)
	}
	for _, v := range g.bindings(r, e.PathParams()) {
		e.bind(v)
	}
	g.b.add(e, fromResource, "")
}

// templateOf turns "/a/${id}" into "/a/{id}", and tells the origin of an absolute one.
func (g *gathering) templateOf(path string) (origin, template string, ok bool) {
	template = variable.ReplaceAllString(path, "{$1}")
	if !strings.Contains(template, "://") {
		if !strings.HasPrefix(template, "/") {
			template = "/" + template
		}
		return "", template, true
	}
	u, err := url.Parse(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(template))
	if err != nil {
		return "", "", false
	}
	p, ok := g.site.of(u)
	query := u.RawQuery
	if query != "" {
		query = "?" + query
	}
	return p.origin, strings.NewReplacer("%7B", "{", "%7D", "}").Replace(p.path + query), ok
}

// bodyOf returns the content type and the sample of a declared write.
func bodyOf(w *portal.WriteCall) (string, []byte) {
	if w.JSON != nil {
		return "application/json", marshal(w.JSON)
	}
	if len(w.Form) == 0 {
		return "", nil
	}
	fields := map[string]any{}
	for _, p := range w.Form {
		fields[p.Name] = p.Value
	}
	return "application/x-www-form-urlencoded", marshal(fields)
}

// bindings returns the concrete values a declared resource is known to have,
// for each identity that could be its reader.
func (g *gathering) bindings(r *portal.Resource, names []string) []artifact.Values {
	if len(names) == 0 {
		return nil
	}
	var out []artifact.Values
	for _, person := range g.people {
		ids := slices.Clone(r.IDs)
		if r.Owner != nil {
			ids = append(ids, r.Owner[person.Tenant]...)
		}
		if !slices.Contains(names, "id") {
			ids = []string{""}
		}
		vars := g.As(person.Name).Vars()
		for _, id := range ids {
			v := artifact.Values{}
			for _, name := range names {
				value := vars[name]
				if name == "id" {
					value = id
				}
				if value != "" && !secretive(name) {
					v[name] = value
				}
			}
			if len(v) == len(names) {
				out = append(out, v)
			}
		}
	}
	return out
}

// signIns adds the requests by which people sign in and out.
func (g *gathering) signIns() {
	for _, recipe := range g.Portal.Logins {
		for _, step := range recipe.Steps {
			g.signIn("login", step.Request)
		}
		if recipe.Logout != nil {
			g.signIn("logout", *recipe.Logout)
		}
	}
}

func (g *gathering) signIn(kind string, call portal.Call) {
	origin, template, ok := g.templateOf(call.Path)
	if !ok || strings.Contains(template, "{") {
		return
	}
	e := entry{Route: artifact.Route{Method: strings.ToUpper(call.Method), Origin: origin, Template: template}}
	last, _ := lastSegment(template)
	switch last {
	case "graphql", "rpc", "jsonrpc", "json-rpc", "xmlrpc", "api", "query", "index.php", "":
		// One address for everything: that it signs in makes the rest no more public.
	default:
		if !e.Safe() || kind == "logout" {
			e.Kind = kind
		}
	}
	g.b.add(e, fromLogin, "")
}
