package lab

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// idStyle is how a kind's objects are named in addresses.
type idStyle int

const (
	uuids idStyle = iota
	integers
	slugs
)

// form is what a field holds.
type form int

const (
	line form = iota
	prose
	email
	amount
	date
	choice
	flag
	reference
)

// field is one property of a kind: what it holds, who may set it, and how it is shown in the contract.
type field struct {
	name     string
	form     form
	choices  []string // for choice
	kind     string   // for reference: the kind it points at
	required bool
	readOnly bool
	secret   bool // never shown
	example  any
}

// resource is a kind of business object with the usual five operations.
type resource struct {
	name, path string // "invoices", "/api/invoices"
	one        string // "invoice"
	title      string // the field that names an object
	ids        idStyle
	from       int // first integer id
	fields     []field

	lists, shows, creates, changes, removes operation
	view                                    func(*call, *row, map[string]any) // adds to what is shown
	filters                                 []param
}

// operation is who may do one thing with a kind, and what is answered about another tenant's object.
type operation struct {
	off     bool
	roles   []string
	open    bool                              // a defect: needs no login
	claimed bool                              // a defect: the contract says that it is public
	foreign func(*call, *row) answer          // another tenant's object; nil answers as if it did not exist
	early   func(*call) *answer               // a defect: runs before the gate
	scope   func(*call, string) string        // the tenant whose objects are listed or created, the caller's when nil
	apply   func(*call, *row, map[string]any) // after a change, for what is not a plain field
	query   []param
	keep    time.Duration                       // how long caches may give the answer to every caller
	before  func(*call, map[string]any) *answer // checks what is about to be stored
}

// show is an object as the API gives it.
func (c *call) show(r *row) map[string]any {
	shown := map[string]any{"id": r.key(), "createdAt": stamp(r.created), "updatedAt": stamp(r.updated)}
	if r.tenant != "" {
		shown["tenantId"] = r.tenant
	}
	for _, f := range r.kind.fields {
		if value, has := r.values[f.name]; has && !f.secret {
			shown[f.name] = value
		}
	}
	if r.kind.view != nil {
		r.kind.view(c, r, shown)
	}
	return shown
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// accept reads the writable fields of a body; what the caller may not set is ignored.
func (c *call) accept(res *resource, body map[string]any, fresh bool) (map[string]any, *answer) {
	values := map[string]any{}
	for _, f := range res.fields {
		value, sent := body[f.name]
		if f.readOnly || f.secret {
			continue
		}
		if !sent {
			if fresh && f.required && !c.optional(f) {
				a := invalid(f.name, "is required")
				return nil, &a
			}
			continue
		}
		if a := c.trips(f, value); a != nil {
			return nil, a
		}
		if why := c.faulty(f, value); why != "" && !c.lenient(f, value) {
			a := invalid(f.name, why)
			return nil, &a
		}
		values[f.name] = value
	}
	return values, nil
}

// faulty says what is wrong with a value, "" when nothing is.
func (c *call) faulty(f field, value any) string {
	text, isText := value.(string)
	switch f.form {
	case amount:
		n, isNumber := value.(float64)
		if !isNumber || n < 0 || n > 1e9 {
			return "must be a number from 0 to 1000000000"
		}
		return ""
	case flag:
		if _, is := value.(bool); !is {
			return "must be true or false"
		}
		return ""
	case reference:
		if !c.w.refers(f.kind, fmt.Sprint(value), c.who.tenant) {
			return "names no such " + f.kind
		}
		return ""
	}
	switch {
	case !isText || !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "must be a text"
	case utf8.RuneCountInString(text) > f.limit():
		return fmt.Sprintf("must be at most %d characters", f.limit())
	case f.required && strings.TrimSpace(text) == "":
		return "must not be empty"
	case f.form == choice && !slices.Contains(f.choices, text):
		return "must be one of " + strings.Join(f.choices, ", ")
	case f.form == email && !isMail(text):
		return "must be an e-mail address"
	case f.form == date && !isDate(text):
		return "must be a date (YYYY-MM-DD)"
	}
	return ""
}

func (f field) limit() int {
	if f.form == prose {
		return 4000
	}
	return 200
}

func isMail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// refers reports whether a reference names an object the tenant may refer to.
func (w *World) refers(kind, id, tenant string) bool {
	if kind == "projects" && w.flaw("poisoning") {
		tenant = ""
	}
	return w.shelf(kind).find(id, tenant) != nil
}
