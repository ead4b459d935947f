package routes

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
)

// classify fills in what a route is, what it is of, and what may be done with it.
func classify(e *entry) {
	if e.Noun == "" {
		e.Noun = nounOf(e.Template)
	}
	if e.Kind == "" {
		e.Kind = kindOf(e)
	}
	for i := range e.Params {
		p := &e.Params[i]
		if p.Noun == "" {
			p.Noun = paramNoun(e, *p)
		}
	}
	if e.Safe() && e.Kind != "static" {
		e.HeldBack = heldBack(e.Template, e.operation)
	}
	if e.Public == "" {
		e.Public = publicBy(e)
	}
}

// lastSegment is the last literal segment of a template, in lower case, and
// whether nothing follows it.
func lastSegment(template string) (string, bool) {
	p, _, _ := strings.Cut(template, "?")
	segments := strings.Split(strings.Trim(p, "/"), "/")
	for i := len(segments) - 1; i >= 0; i-- {
		if !strings.HasPrefix(segments[i], "{") {
			return strings.ToLower(segments[i]), i == len(segments)-1
		}
	}
	return "", false
}

// kindOf says what a route does, from its method, its path and its answer.
func kindOf(e *entry) string {
	last, ends := lastSegment(e.Template)
	word := strings.NewReplacer("-", "", "_", "").Replace(last)
	inPath := slices.ContainsFunc(e.Params, func(p artifact.Param) bool { return strings.Contains(e.Template, "{"+p.Name+"}") })
	media, _, _ := strings.Cut(strings.ToLower(e.answers), ";")
	switch {
	case ends && !inPath && slices.Contains([]string{"login", "signin", "authenticate", "authwithpassword"}, word):
		return "login"
	case ends && slices.Contains([]string{"logout", "signout", "logoff", "signoff"}, word):
		return "logout"
	case e.Safe() && isStatic(e.Template):
		return "static"
	case ends && (last == "graphql"):
		return "graphql"
	case media == "text/event-stream":
		return "sse"
	case ends && e.Method == "GET" && slices.Contains([]string{"ws", "websocket", "socket", "cable"}, word):
		return "websocket"
	}
	switch e.Method {
	case "GET", "HEAD":
		return readKind(e, last, ends, media)
	case "PUT", "PATCH":
		return "update"
	case "DELETE":
		return "delete"
	case "POST":
		return postKind(e, last, ends, inPath)
	}
	return "action"
}

// readKind is the kind of a GET.
func readKind(e *entry, last string, ends bool, media string) string {
	p, _, _ := strings.Cut(e.Template, "?")
	named := len(e.PathParams()) > 0
	switch {
	case exports(last, path.Ext(p), media, ends):
		return "export"
	case e.listing:
		return "list"
	case named && !ends:
		return "detail"
	case named && (normal.Singular(last) == last || strings.Contains(e.Template, "?")):
		return "detail" // "/invoices/{id}/summary" is of the invoice
	case strings.Contains(media, "html"):
		return "page"
	case normal.Singular(last) != last:
		return "list"
	case strings.HasSuffix(p, "/records"), last == "records", last == "search", last == "list":
		return "list"
	}
	return "read"
}

// exports reports routes that hand data out as a file.
func exports(last, ext, media string, ends bool) bool {
	switch strings.ToLower(ext) {
	case ".csv", ".xlsx", ".xls", ".pdf", ".zip", ".tsv", ".ods":
		return true
	}
	switch media {
	case "text/csv", "application/pdf", "application/zip", "application/octet-stream", "application/vnd.ms-excel",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return true
	}
	if !ends {
		return false
	}
	words := tokens(last)
	return slices.Contains(words, "export") || slices.Contains([]string{"download", "csv", "xlsx", "pdf", "zip", "takeout"}, last)
}

// postKind is the kind of a POST: on a collection it creates.
func postKind(e *entry, last string, ends, inPath bool) string {
	switch {
	case !ends:
		return "action"
	case doing(last) != "" || last == "search" || last == "query":
		return "action"
	case normal.Singular(last) != last || last == "records" || last == "new":
		return "create"
	case inPath && !slices.Contains([]string{"comment", "note", "message"}, last):
		return "action"
	case e.Resource != "":
		return "create"
	}
	return "action"
}

// isStatic reports files of the interface itself: the same for everybody.
func isStatic(template string) bool {
	p, _, _ := strings.Cut(strings.ToLower(template), "?")
	if strings.Contains(p, "{") {
		return false
	}
	switch path.Ext(p) {
	case ".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".eot", ".ico", ".webmanifest":
		return true
	case ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif":
		for _, folder := range []string{"/static/", "/assets/", "/public/", "/img/", "/images/", "/icons/", "/_next/", "/build/", "/dist/"} {
			if strings.HasPrefix(p, folder) {
				return true
			}
		}
		return strings.Count(p, "/") == 1 // "/logo.svg"
	}
	return p == "/robots.txt" || p == "/sitemap.xml" || p == "/favicon.ico"
}

// publicBy says why a route answers everybody by its nature; "" when it should not.
func publicBy(e *entry) string {
	switch e.Kind {
	case "login":
		return "it is how people sign in"
	case "static":
		return "a static file"
	}
	last, ends := lastSegment(e.Template)
	if e.Safe() && ends && len(e.PathParams()) == 0 {
		switch last {
		case "health", "healthz", "livez", "readyz", "ping":
			return "a health probe"
		}
	}
	return ""
}

// generic reports segments that stand for any collection.
func generic(segment string) bool {
	switch strings.ToLower(segment) {
	case "records", "items", "entries", "objects", "rows", "resources", "list", "collections", "search", "all", "index", "rest", "edit", "view", "show", "details", "json",
		"export", "download", "csv", "pdf", "xlsx", "zip":
		return true
	}
	return false
}

// nounOf is the type of object a template is about; segments that say nothing
// are passed over: "/collections/invoices/records/{id}" is an invoice.
func nounOf(template string) string {
	p, query, _ := strings.Cut(template, "?")
	var kept []string
	for segment := range strings.SplitSeq(p, "/") {
		name, _, _ := cutExt(segment)
		if strings.HasPrefix(name, "{") && strings.Contains(name, "}") {
			kept = append(kept, name)
			continue
		}
		if !generic(name) && !generic(segment) {
			kept = append(kept, segment)
		}
	}
	if noun := normal.NounOf("/" + strings.Trim(strings.Join(kept, "/"), "/")); noun != "" && noun != "{" {
		if ext := path.Ext(p); ext == ".php" || ext == ".asp" || ext == ".aspx" || ext == ".do" || ext == ".cgi" {
			for pair := range strings.SplitSeq(query, "&") {
				if key, value, _ := strings.Cut(pair, "="); dispatches(key) && value != "" && !changes(value) {
					return normal.Singular(value)
				}
			}
		}
		return noun
	}
	return ""
}

// paramNoun is the type of object a parameter names: "invoiceId" says so
// itself, "{id}" after a collection is one of it.
func paramNoun(e *entry, p artifact.Param) string {
	if noun := normal.NounOf(p.Name); noun != "" {
		return noun
	}
	name := strings.ToLower(p.Name)
	bare := slices.Contains([]string{
		"id", "uuid", "guid", "key", "slug", "ref", "number", "token", "code", "name", "pk", "identifier",
		"index", "idx", "iid", "num", "nr", "no", "sha", "hash", "handle",
	}, name) ||
		strings.HasPrefix(name, "id") && len(name) == 3
	if !strings.Contains(e.Template, "{"+p.Name+"}") {
		return "" // a query value without a telling name
	}
	template, query, _ := strings.Cut(e.Template, "?")
	if strings.Contains(query, "{"+p.Name+"}") {
		return e.Noun
	}
	before, _, _ := strings.Cut(template, "{"+p.Name+"}")
	if e.Resource != "" && p.Name == "id" {
		return e.Noun
	}
	if collection := nounOf(before + "{x}"); len(collection) >= 3 && strings.HasPrefix(name, collection) {
		return collection // "/books/{book_title}", "/users/{username}"
	}
	if !bare && plainWord(name) && !slices.Contains([]string{"page", "limit", "format", "lang", "locale", "version", "year", "month", "day", "date", "file", "path", "filename"}, name) {
		return normal.Singular(name)
	}
	if !bare {
		return ""
	}
	return nounOf(before + "{x}")
}

// listSchema reports a schema that is an array, or an object that mostly is one.
func listSchema(raw json.RawMessage) bool {
	var s struct {
		Type       any                        `json:"type"`
		Items      json.RawMessage            `json:"items"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	if s.Items != nil || s.Type == "array" {
		return true
	}
	for name, p := range s.Properties {
		switch strings.ToLower(name) {
		case "items", "data", "results", "rows", "records", "entries", "list", "content", "values", "edges":
			if listSchema(p) {
				return true
			}
		}
	}
	return len(s.Properties) <= 3 && slices.ContainsFunc(sortedNames(s.Properties), func(n string) bool { return listSchema(s.Properties[n]) })
}

func sortedNames(m map[string]json.RawMessage) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
