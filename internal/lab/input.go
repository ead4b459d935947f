package lab

import (
	"fmt"
	"html"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// crashed is what the portal says when a handler gave up half-way.
func crashed() answer {
	return refuse(http.StatusInternalServerError, "crashed", "Something went wrong on our side.")
}

// trips is what a value does to a handler that did not check it first.
func (c *call) trips(f field, value any) *answer {
	text, isText := value.(string)
	_, isNumber := value.(float64)
	crash := c.w.flaw("input-crash") && f.form == amount && !isNumber && value != nil ||
		c.w.flaw("input-crash-quote") && f.name == "brief" && isText && strings.Contains(text, "'")
	if !crash {
		return nil
	}
	a := crashed()
	return &a
}

// lenient reports a field whose check a defect leaves out.
func (c *call) lenient(f field, value any) bool {
	switch value.(type) {
	case string:
		return c.w.flaw("input-persisted-enum") && f.name == "priority"
	case float64:
		return c.w.flaw("input-persisted") && f.name == "budget"
	}
	return false
}

// optional reports a required field that a defect does without.
func (c *call) optional(f field) bool {
	return c.w.flaw("input-persisted-required") && f.name == "name" && f.example == "Lighthouse Bakery"
}

// nested is how deep lists and objects stand in one another.
func nested(body []byte) int {
	depth, most := 0, 0
	for _, b := range body {
		switch b {
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth--
		}
	}
	return most
}

// unread is what becomes of a body that a defect makes a handler choke on.
func (c *call) unread() *answer {
	if c.w.flaw("input-crash-drop") && strings.TrimSpace(string(c.body)) == "null" {
		panic(http.ErrAbortHandler)
	}
	if c.w.flaw("input-crash-deep") && nested(c.body) > 100 {
		a := crashed()
		return &a
	}
	return nil
}

// misasked checks the parameters of a list: those with choices take one of them.
func (c *call) misasked(filters []param) *answer {
	query := c.r.URL.Query()
	for name := range query {
		base, _, bracketed := strings.Cut(name, "[")
		known := slices.ContainsFunc(filters, func(f param) bool { return f.name == base })
		if bracketed && known && !c.w.flaw("input-operator") {
			a := invalid(base, "must be one value")
			return &a
		}
	}
	for _, f := range filters {
		for _, wanted := range query[f.name] {
			if f.choices == nil || wanted != "" && slices.Contains(f.choices, wanted) || c.pasted(f) || c.ignored(f) {
				continue
			}
			a := invalid(f.name, "must be one of "+strings.Join(f.choices, ", "))
			return &a
		}
	}
	return nil
}

// pasted reports a filter that a defect pastes into a query.
func (c *call) pasted(f param) bool {
	return c.w.flaw("input-sql") && slices.Contains(f.choices, "dormant")
}

// ignored reports a filter whose unknown values a defect ignores.
func (c *call) ignored(f param) bool {
	return c.w.flaw("input-accepted") && slices.Contains(f.choices, "paused")
}

var condition = regexp.MustCompile(`^(.*?)(%?)' AND '([^']*)'='([^']*)$`)

// selects evaluates a filter as the database does that it is pasted into.
func selects(wanted, value string) bool {
	if m := condition.FindStringSubmatch(wanted); m != nil {
		return m[1] == value && m[2] == "" && m[3] == m[4]
	}
	return wanted == value
}

// operated are the filters that a defect takes as operators: ?status[$ne]=void.
func (c *call) operated(filters []param, shown map[string]any) bool {
	for _, f := range filters {
		for name, values := range c.r.URL.Query() {
			word, is := strings.CutPrefix(name, f.name+"[")
			if !is || !slices.Contains(f.choices, "void") {
				continue
			}
			if word != "$ne]" || fmt.Sprint(shown[f.name]) == values[0] {
				return false
			}
		}
	}
	return true
}

// sought is what a search looks for; with a defect it is a part of a query.
func (c *call) sought(words string) (string, bool) {
	if !c.w.flaw("input-sql-like") {
		return words, true
	}
	if m := regexp.MustCompile(`^(.*?)%' and '([^']*)'='([^']*)$`).FindStringSubmatch(words); m != nil {
		return m[1], m[2] == m[3]+"%"
	}
	return words, true
}

var expression = regexp.MustCompile(`\{\{7\*7331\}\}|\$\{7\*7331\}`)

// rendered is a text after a template engine saw it.
func rendered(text string) string { return expression.ReplaceAllString(text, "51317") }

// manuals are files that come with the portal, the same for everybody.
var manuals = map[string]string{
	"/srv/manuals/welcome.txt":  "Projects, invoices and tickets are in the menu above.\n",
	"/srv/manuals/invoices.txt": "An invoice is due on the day that stands on it.\n",
	"/etc/passwd":               "root:x:0:0:root:/root:/bin/sh\nportal:x:100:101::/srv:/sbin/nologin\n",
}

func (w *World) manualRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/manuals", name: "showManual", summary: "A page of the manual", status: 200, media: "text/plain",
		query: []param{{name: "file", doc: "which page", example: "welcome.txt"}}, serve: (*call).manual,
	}}
}

func (c *call) manual() answer {
	name := c.r.URL.Query().Get("file")
	if !c.w.flaw("input-traversal") && name != path.Base(name) {
		return c.missing()
	}
	content, has := manuals[path.Join("/srv/manuals", name)]
	if !has {
		return c.missing()
	}
	return answer{status: http.StatusOK, raw: []byte(content), media: "text/plain; charset=utf-8"}
}

// fileName is the name of a file as it was sent, folders and all.
func fileName(disposition string) string {
	_, name, _ := strings.Cut(disposition, `filename="`)
	name, _, _ = strings.Cut(name, `"`)
	return name
}

// reflected puts the state into the page as it was sent.
func (c *call) reflected(a answer, state string) answer {
	if c.w.flaw("input-reflected") {
		a.raw = []byte(strings.Replace(string(a.raw), "</h1>", "</h1><p>No tickets that are "+state+".</p>", 1))
	} else {
		a.raw = []byte(strings.Replace(string(a.raw), "</h1>", "</h1><p>No tickets that are "+html.EscapeString(state)+".</p>", 1))
	}
	return a
}

// Bounds of one GraphQL document.
const (
	maxGraphNesting, maxGraphFields = 15, 120
)

// tooMuch says why a GraphQL document is refused before it is run.
func (w *World) tooMuch(query string) string {
	switch {
	case !w.flaw("graph-depth") && braces(query) > maxGraphNesting:
		return "the document nests too deep"
	case !w.flaw("graph-aliases") && strings.Count(query, ":") > maxGraphFields:
		return "the document asks for too much"
	}
	return ""
}

func braces(query string) int { return nested([]byte(query)) }

// keepHalf is the defect that keeps what was good of a refused change.
func (c *call) keepHalf(found *row, body map[string]any) {
	if !c.w.flaw("input-sideeffects") || found.kind.name != "tickets" {
		return
	}
	for _, f := range found.kind.fields {
		if value, sent := body[f.name]; sent && !f.readOnly && c.faulty(f, value) == "" {
			found.values[f.name] = value
		}
	}
}
