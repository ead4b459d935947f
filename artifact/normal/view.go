// Package normal brings an exchange into forms that can be compared: its
// normal form without what changes by itself, its shape, its fields, its text
// in every encoding, and the ids it names. It is pure; gatherers use it to
// adapt and checks use it to judge.
package normal

import (
	"net/url"
	"strings"
	"sync"

	"github.com/launchready/launchready/evidence"
)

// Bounds on what is read of one answer: a hostile body must cost no more than
// a large honest one.
const (
	maxBody   = 512 << 10 // bytes read of a body
	maxFields = 20_000    // leaves, lines and attributes kept
	maxDepth  = 100       // nesting followed
	maxEcho   = 64        // values of the request that are masked
)

// Family says what kind of body an answer has, whatever its label says.
type Family string

// The families.
const (
	JSON   Family = "json"
	HTML   Family = "html"
	XML    Family = "xml"
	Text   Family = "text"
	Binary Family = "binary"
	None   Family = "none" // no body
)

// Mask says what to leave out of the normal form.
type Mask struct {
	// Volatile are JSON pointers, array indexes as *, that change by themselves.
	Volatile []string
	// Echo are values sent, beside those found in the exchange's own request.
	Echo []string
	// Known holds ids that mean something and are kept; other UUIDs are masked.
	Known map[string]bool
}

// Leaf is a scalar of a body. In JSON an empty array, an empty object and null
// are leaves too. In other families a leaf is a line, a cell, a property or an
// attribute, and its pointers say where it stands in words.
type Leaf struct {
	Pointer string // RFC 6901: "/items/0/id"
	Star    string // the same with indexes as *: "/items/*/id"
	Key     string // last object key on the way: "id"
	Type    string // string, number, boolean, null, array, object
	Value   string // decoded text; numbers as they were written; "" when empty
}

// View is an answer made comparable. It may be shared between goroutines.
type View struct {
	Method    string
	URL       string // of the request
	Status    int    // 0 when no answer arrived
	Family    Family
	Location  string // path of the Location header; with scheme and host when it leads elsewhere
	JSON      any    // parsed, numbers as json.Number; nil when the family is not json
	Fields    []Leaf // what the body holds, in order; for JSON every leaf, keys sorted
	Truncated bool   // the body was not seen whole, so equality cannot be proven

	request *evidence.Request
	body    string
	digest  string
	header  []evidence.Field
	echo    echoes
	mask    Mask
	marked  []markup // HTML and XML, scanned

	once   sync.Once
	normal string
	shaped sync.Once
	shape  map[uint64]struct{}
	folded sync.Once
	texts  []*Folded
}

// Of returns the view of an exchange; of nil, and of an exchange without an
// answer, a view with status 0.
func Of(ex *evidence.Exchange, m Mask) *View {
	v := &View{Family: None, mask: m}
	if ex == nil {
		return v
	}
	v.request, v.Method, v.URL = &ex.Request, ex.Request.Method, ex.Request.URL
	v.echo = echoesOf(v.request, m.Echo)
	r := ex.Response
	if r == nil {
		return v
	}
	v.Status, v.header, v.digest = r.Status, r.Header, r.Digest
	v.Truncated = r.Truncated || ex.Error != "" || len(r.Body) > maxBody
	v.body = string(r.Body[:min(len(r.Body), maxBody)])
	v.Location = place(ex.Request.URL, ex.Header("Location"))
	v.read(ex.Header("Content-Type"))
	return v
}

// With returns the same answer under another mask, without reading it again.
func (v *View) With(m Mask) *View {
	w := &View{
		Method: v.Method, URL: v.URL, Status: v.Status, Family: v.Family, Location: v.Location, JSON: v.JSON, Fields: v.Fields, Truncated: v.Truncated,
		request: v.request, body: v.body, digest: v.digest, header: v.header, mask: m, marked: v.marked,
	}
	if v.request != nil {
		w.echo = echoesOf(v.request, m.Echo)
	}
	return w
}

// Class is the status class: 2 for 2xx; 0 when no answer arrived.
func (v *View) Class() int { return v.Status / 100 }

// Body is the text of the body as it was recorded, bounded.
func (v *View) Body() string { return v.body }

// Header returns the response header fields.
func (v *View) Header() []evidence.Field { return v.header }

// Digest is the SHA-256 of the body as it was received, in hexadecimal.
func (v *View) Digest() string { return v.digest }

// place is where a Location header leads: a path on the same host, or scheme,
// host and path elsewhere. Query and fragment are left out.
func place(from, location string) string {
	if location == "" {
		return ""
	}
	base, err := url.Parse(from)
	if err != nil {
		base = &url.URL{}
	}
	to, err := base.Parse(location)
	if err != nil {
		return location
	}
	if to.Host == base.Host || to.Host == "" {
		return to.EscapedPath()
	}
	return to.Scheme + "://" + to.Host + to.EscapedPath()
}

// Same reports whether two answers have the same normal form. Answers that
// did not arrive or were not seen whole are never the same as anything.
func Same(a, b *View) bool {
	if a == nil || b == nil || a.Status == 0 || b.Status == 0 || a.Truncated || b.Truncated {
		return false
	}
	return a.Normal() == b.Normal()
}

// minWords is how many words make a page or a text more than a phrase.
const minWords = 12

// Content reports whether an answer holds something worth protecting: at least
// one value that is not empty, not paging, not an envelope and not fleeting.
// It is the test of a positive control.
func Content(v *View) bool {
	if v == nil || v.Status == 0 {
		return false
	}
	switch v.Family {
	case JSON, XML:
		return v.holds()
	case HTML:
		return len(strings.Fields(v.visible())) >= minWords
	case Text:
		return len(strings.Fields(v.body)) >= 3
	case Binary:
		return len(v.body) > 64
	}
	return false
}

// holds reports whether fields say something of their own. In an object with
// nothing but wrapping ({"status": "ok"}) not even the wrapping says anything.
func (v *View) holds() bool {
	thing := false
	for i := range v.Fields {
		l := &v.Fields[i]
		thing = thing || l.Value != "" && !Envelope(l.Key) && !Paging(l.Key) && !Counting(l.Key) && !fleeting(l.Key)
	}
	for i := range v.Fields {
		l := &v.Fields[i]
		switch {
		case l.Value == "" || l.Value == "0" || Paging(l.Key) || fleeting(l.Key):
		case !thing && !Counting(l.Key):
		case v.masked(l) == l.Value:
			return true
		}
	}
	return false
}
