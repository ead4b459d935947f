package initiate

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/openapi"
)

// contractPlaces are where frameworks serve their contract.
func contractPlaces() []string {
	return []string{
		"/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs", "/api/openapi.json", "/api/openapi.yaml",
		"/api/swagger.json", "/swagger/v1/swagger.json", "/api/schema/", "/api-json", "/api-docs", "/docs", "/api/docs", "/redoc",
	}
}

// contractLink finds the document that a documentation page shows.
var contractLink = regexp.MustCompile(`(?:spec-url|"?url"?)\s*[:=]\s*["']([^"'\s<>]+)["']`)

// contracts asks for a contract where one usually is, until the first is found.
func (f *finder) contracts() {
	for _, at := range contractPlaces() {
		p, ok := f.look(at)
		if !ok || p.status != http.StatusOK {
			continue
		}
		if f.contract(p.path, p.body) {
			return
		}
		for _, m := range contractLink.FindAllSubmatch(p.body[:min(len(p.body), 1<<20)], maxListed) {
			local, ok := f.local(p.path, string(m[1]))
			if !ok || foreign(local) {
				continue
			}
			if q, ok := f.look(local); ok && q.status == http.StatusOK && f.contract(q.path, q.body) {
				return
			}
		}
	}
}

// contract notes a document when it is one.
func (f *finder) contract(where string, data []byte) bool {
	if !looksLikeContract(data) || foreign(where) {
		return false
	}
	var origins []string
	if f.found.URL != "" {
		origins = []string{f.found.URL}
	}
	doc, _ := openapi.Read(f.ctx, data, origins...)
	if doc.Version == "" || len(doc.Operations) == 0 {
		return false
	}
	f.found.Contracts = append(f.found.Contracts, Contract{Where: where, Version: tidy(doc.Version, 10), Operations: len(doc.Operations)})
	if f.found.Title == "" {
		f.found.Title = tidy(doc.Title, maxTitle)
	}
	if f.found.API == nil {
		f.found.API = loginOperation(doc, where, f.basePath())
	}
	return true
}

// basePath is what portal.yaml's url already holds of every path.
func (f *finder) basePath() string {
	if f.base == nil {
		return ""
	}
	return strings.TrimRight(f.base.Path, "/")
}

// contractStart is the key every contract begins with, somewhere near its top.
var contractStart = regexp.MustCompile(`(?m)(^|[{,\s])["']?(openapi|swagger)["']?\s*:\s*["']?[23]\.`)

func looksLikeContract(data []byte) bool {
	return contractStart.Match(data[:min(len(data), 64<<10)])
}

// contractFile looks at a file of the repository.
func (f *finder) contractFile(path, shown string) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxBody {
		return
	}
	data, err := os.ReadFile(path)
	if err == nil {
		f.contract(filepath.ToSlash(shown), data)
	}
}

var (
	loginPath    = regexp.MustCompile(`(?i)log-?_?in|sign-?_?in|session|token|auth`)
	otherPath    = regexp.MustCompile(`(?i)log-?_?out|sign-?_?out|sign-?_?up|refresh|reset|register|forgot|verify|revoke|introspect|change|invite|\{`)
	likeliest    = regexp.MustCompile(`(?i)log-?_?in|sign-?_?in`)
	passwordName = regexp.MustCompile(`(?i)^(user_?)?pass(word|wd|phrase)?$`)
)

// tokenNames is what answers call their token, the likeliest first.
func tokenNames() []string {
	return []string{"access_token", "accessToken", "token", "jwt", "authToken", "auth_token", "id_token", "idToken"}
}

// loginOperation finds the operation that takes a user and a password.
func loginOperation(doc *openapi.Doc, where, base string) *API {
	var best *API
	bestScore := 0
	for _, op := range doc.Operations {
		if op.Method != http.MethodPost || op.Origin != "" || op.Body == nil || !loginPath.MatchString(op.Path) || otherPath.MatchString(op.Path) || foreign(op.Path) || strings.ContainsAny(op.Path, " ?") {
			continue
		}
		path, below := strings.CutPrefix(op.Path, base)
		fields := loginFields(op.Body.Schema)
		if fields == nil || (!below && !op.Unplaced) {
			continue
		}
		score := 1000 - len(path)
		if likeliest.MatchString(path) {
			score += 1000
		}
		if best == nil || score > bestScore {
			bestScore = score
			best = &API{
				Request: "POST " + path, Where: where, Fields: fields,
				JSON: !strings.Contains(op.Body.Type, "form"),
			}
			if op.Response != nil {
				best.Token = tokenPointer(op.Response.Schema, "", 0)
			}
		}
	}
	return best
}

// object is as much of a JSON Schema as is looked at.
type object struct {
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	AllOf      []json.RawMessage          `json:"allOf"`
}

// readObject returns the properties of a schema, those of its parts included.
func readObject(schema json.RawMessage, depth int) object {
	var o object
	if json.Unmarshal(schema, &o) != nil || depth > 4 {
		return object{}
	}
	for _, part := range o.AllOf {
		p := readObject(part, depth+1)
		for name, s := range p.Properties {
			if o.Properties == nil {
				o.Properties = map[string]json.RawMessage{}
			}
			o.Properties[name] = s
		}
		o.Required = append(o.Required, p.Required...)
	}
	return o
}

// loginFields maps a body to what an identity brings; nil when it is no login.
func loginFields(schema json.RawMessage) []Field {
	o := readObject(schema, 0)
	var user, password string
	for _, name := range sortedNames(o.Properties) {
		switch {
		case foreign(name):
		case passwordName.MatchString(name):
			if password != "" {
				return nil
			}
			password = name
		case userWords.MatchString(name) && (user == "" || (!slices.Contains(o.Required, user) && slices.Contains(o.Required, name))):
			user = name
		}
	}
	if user == "" || password == "" {
		return nil
	}
	fields := []Field{{Name: user, Value: "${user}"}, {Name: password, Value: "${password}"}}
	if _, asks := o.Properties["grant_type"]; asks {
		fields = append([]Field{{Name: "grant_type", Value: "password"}}, fields...)
	}
	return fields
}

// tokenPointer finds the token in an answer's schema.
func tokenPointer(schema json.RawMessage, at string, depth int) string {
	o := readObject(schema, 0)
	for _, name := range tokenNames() {
		if _, has := o.Properties[name]; has {
			return at + "/" + name
		}
	}
	if depth == 2 {
		return ""
	}
	for _, name := range sortedNames(o.Properties) {
		if foreign(name) || strings.ContainsAny(name, "/~ ") {
			continue
		}
		if p := tokenPointer(o.Properties[name], at+"/"+name, depth+1); p != "" {
			return p
		}
	}
	return ""
}

func sortedNames(m map[string]json.RawMessage) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
