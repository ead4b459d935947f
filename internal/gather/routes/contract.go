package routes

import (
	"context"
	"crypto/sha256"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/openapi"
	"github.com/launchready/launchready/internal/wire"
)

// maxContract bounds the bytes read of a contract.
const maxContract = 32 << 20

// usual are the places contracts are served at.
func usual() []string {
	return []string{
		"/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs", "/api/openapi.json", "/api/openapi.yaml",
		"/api/swagger.json", "/api-docs", "/api/docs.json", "/swagger/v1/swagger.json", "/api/schema", "/docs/openapi.json",
	}
}

// contracts reads every declared contract, or looks for one at the usual places.
func (g *gathering) contracts(ctx context.Context) {
	declared := g.Portal.Routes.OpenAPI
	for _, name := range declared {
		if data, ok := g.contractFile(name); ok {
			g.contract(ctx, name, data, nil)
			continue
		}
		g.contractAt(ctx, name, true)
	}
	if len(declared) > 0 {
		return
	}
	for _, path := range usual() {
		if ctx.Err() != nil || g.contractAt(ctx, path, false) {
			return
		}
	}
}

// contractFile reads a contract from disk; false when the name is not a file's.
func (g *gathering) contractFile(name string) ([]byte, bool) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(g.Portal.Dir, path)
	}
	info, err := os.Stat(path)
	remote := strings.HasPrefix(name, "/") || strings.Contains(name, "://")
	switch {
	case err != nil && remote:
		return nil, false
	case err != nil:
		g.gap(fromOpenAPI, "%s: could not be read: %v", name, err)
		return nil, true
	case info.IsDir():
		g.gap(fromOpenAPI, "%s: a folder, not a file", name)
		return nil, true
	case info.Size() > maxContract:
		g.gap(fromOpenAPI, "%s: larger than %d MiB", name, maxContract>>20)
		return nil, true
	}
	data, err := os.ReadFile(path)
	if err != nil {
		g.gap(fromOpenAPI, "%s: could not be read: %v", name, err)
	}
	return data, true
}

// contractAt fetches a contract as everybody, for it may differ by caller.
func (g *gathering) contractAt(ctx context.Context, path string, declared bool) bool {
	everybody := append([]string{evidence.Anonymous}, g.names()...)
	if !declared { // ask few before asking all
		everybody = everybody[:min(2, len(everybody))]
	}
	bodies := map[[32]byte][]byte{}
	seenBy := map[[32]byte][]string{}
	var order [][32]byte
	found := func(who []string) {
		for _, a := range g.fetchContract(ctx, path, who) {
			if a.Answer == nil || a.Answer.Status != 200 {
				if declared {
					g.note(fromOpenAPI, "%s: not served to %s", path, a.Who)
				}
				continue
			}
			sum := sha256.Sum256(a.Answer.Body)
			if bodies[sum] == nil {
				if !declared && !looksLikeContract(ctx, a.Answer.Body) {
					continue
				}
				bodies[sum] = a.Answer.Body
				order = append(order, sum)
			}
			seenBy[sum] = append(seenBy[sum], a.Who)
		}
	}
	found(everybody)
	if len(order) == 0 {
		if declared {
			g.gap(fromOpenAPI, "%s: the contract could not be read as anybody", path)
		}
		return false
	}
	if rest := g.names(); !declared && len(rest) > 1 {
		found(rest[1:])
	}
	for _, sum := range order {
		g.contract(ctx, path, bodies[sum], seenBy[sum])
	}
	return true
}

func (g *gathering) fetchContract(ctx context.Context, path string, who []string) []gather.Answered {
	asks := make([]gather.Ask, len(who))
	for i, name := range who {
		asks[i] = gather.Ask{Name: "contract", Who: name, Request: wire.Request{
			Method: "GET", URL: path, MaxBody: maxContract,
			Header: []evidence.Field{{Name: "Accept", Value: "application/json, application/yaml;q=0.9, */*;q=0.5"}},
		}}
	}
	return g.Ask(ctx, asks...)
}

// looksLikeContract keeps pages that answer any path from counting as contracts.
func looksLikeContract(ctx context.Context, data []byte) bool {
	doc, _ := openapi.Read(ctx, data)
	return len(doc.Operations) > 0
}

// contract merges the operations of a document, as seen by who (nil: a file).
func (g *gathering) contract(ctx context.Context, name string, data []byte, who []string) {
	if data == nil {
		return
	}
	doc, problems := openapi.Read(ctx, data, g.site.origins()...)
	for _, p := range problems {
		g.note(fromOpenAPI, "%s: %s", name, p)
	}
	if len(doc.Operations) == 0 {
		g.gap(fromOpenAPI, "%s: no operation could be read from it", name)
	}
	if len(who) == 0 {
		who = []string{""}
	}
	prefix := g.unplaced(ctx, doc)
	for _, op := range doc.Operations {
		if op.Unplaced {
			op.Path = prefix + op.Path
		}
		e := g.operation(op)
		for _, w := range who {
			g.b.add(e, fromOpenAPI, w)
		}
	}
	g.links(doc, prefix)
}

// operation turns an operation into a route.
func (g *gathering) operation(op openapi.Operation) entry {
	template := op.Path
	if op.Origin == "" {
		// Routes are named below the target's own path.
		if rest, below := strings.CutPrefix(template, g.site.base.EscapedPath()); below && strings.HasPrefix(rest, "/") {
			template = rest
		}
	}
	e := entry{operation: op.ID, Route: artifact.Route{
		Method: op.Method, Template: template, Origin: op.Origin, OptionalAuth: op.OptionalAuth, Secured: op.Secured, Roles: op.Roles,
	}}
	if op.Roles != nil {
		e.RolesFrom = "x-roles"
	} else if roles := g.rolesIn(op.Scopes); roles != nil {
		e.Roles, e.RolesFrom = roles, "scopes"
	}
	if op.Public {
		e.Public = "security: [] in the contract"
	}
	for _, p := range op.Params {
		e.Params = append(e.Params, artifact.Param{
			Name: p.Name, In: p.In, Type: p.Type, Format: p.Format, Required: p.Required, Enum: p.Enum, Example: p.Example, Schema: p.Schema,
		})
	}
	if op.Body != nil {
		e.BodyType, e.BodySchema, e.BodySample = op.Body.Type, op.Body.Schema, op.Body.Example
	}
	if op.Response != nil {
		e.RespSchema, e.answers = op.Response.Schema, op.Response.Type
		e.listing = listSchema(op.Response.Schema)
	}
	return e
}

// rolesIn returns the scopes that are names of roles, when all of them are.
func (g *gathering) rolesIn(scopes []string) []string {
	for _, s := range scopes {
		if !slices.ContainsFunc(g.Portal.Identities, func(i identity) bool { return strings.EqualFold(i.Role, s) }) {
			return nil
		}
	}
	return scopes
}

// unplaced decides below which path of the target the operations of a document
// are whose servers are all foreign: the one where more of them are there.
func (g *gathering) unplaced(ctx context.Context, doc *openapi.Doc) string {
	var prefixes []string
	for _, s := range doc.Foreign {
		if s.Path != "" && !slices.Contains(prefixes, s.Path) {
			prefixes = append(prefixes, s.Path)
		}
	}
	if len(prefixes) == 0 || !slices.ContainsFunc(doc.Operations, func(o openapi.Operation) bool { return o.Unplaced }) {
		return ""
	}
	prefixes = append(prefixes[:min(len(prefixes), 3)], "")
	var paths []string
	for _, o := range doc.Operations {
		if o.Unplaced && o.Method == "GET" && !strings.Contains(o.Path, "{") && heldBack(o.Path, o.ID) == "" && len(paths) < 3 {
			paths = append(paths, o.Path)
		}
	}
	who := evidence.Anonymous
	if names := g.names(); len(names) > 0 {
		who = names[0]
	}
	best, most := prefixes[0], -1
	for _, prefix := range prefixes {
		var asks []gather.Ask
		for _, p := range paths {
			asks = append(asks, gather.Ask{Name: "prefix", Who: who, Request: wire.Request{Method: "GET", URL: prefix + p}})
		}
		there := 0
		for _, a := range g.Ask(ctx, asks...) {
			if a.Answer != nil && a.Answer.Status != 404 && a.Answer.Status != 410 && a.Answer.Status != 405 {
				there++
			}
		}
		if there > most {
			best, most = prefix, there
		}
	}
	g.note(fromOpenAPI, "every server of the contract is out of scope; its paths are asked below %q of the target", first(best, "/"))
	return best
}

// links keeps what the contract says of which answer feeds which parameter.
func (g *gathering) links(doc *openapi.Doc, prefix string) {
	byID := map[string]string{}
	for _, op := range doc.Operations {
		if op.Unplaced {
			op.Path = prefix + op.Path
		}
		id := routeID(op.Method, op.Origin, g.operation(op).Template)
		byID[op.ID], byID[op.Method+" "+op.Path] = id, id
	}
	for _, op := range doc.Operations {
		for _, l := range op.Links {
			to := byID[l.To]
			if to == "" {
				continue
			}
			if op.Unplaced {
				op.Path = prefix + op.Path
			}
			g.declared = append(g.declared, artifact.Link{
				From: routeID(op.Method, op.Origin, g.operation(op).Template), Pointer: l.From, To: to, Param: l.Param, Why: "link",
			})
		}
	}
}

// routeID names a route.
func routeID(method, origin, template string) string {
	return method + " " + origin + template
}

// safeURL reports whether a URL may be parsed and shown.
func safeURL(raw string) (*url.URL, bool) {
	u, err := url.Parse(raw)
	return u, err == nil && u.User == nil
}
