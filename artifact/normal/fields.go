package normal

import (
	"encoding/csv"
	"strconv"
	"strings"
)

// fields takes a body that is not JSON apart.
func (v *View) fields(body, media string) {
	switch v.Family {
	case HTML:
		v.pageFields()
	case XML:
		v.elementFields()
	case Text:
		switch {
		case strings.Contains(media, "csv"), strings.Contains(media, "tab-separated"):
			v.cells(body)
		case strings.HasPrefix(body, "BEGIN:V"):
			v.properties(body)
		default:
			v.lines(body)
		}
	}
}

// field adds a field that is not a JSON leaf; where is said in words.
func (v *View) field(where, key, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	if len(v.Fields) >= maxFields {
		v.Truncated = true
		return
	}
	v.Fields = append(v.Fields, Leaf{Pointer: where, Star: key, Key: key, Type: "string", Value: value})
}

// pageFields: visible lines, speaking attributes, and the JSON that pages
// carry in scripts.
func (v *View) pageFields() {
	n := 0
	for line := range strings.Lines(v.visible()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			n++
			v.field("line "+strconv.Itoa(n), "", line)
		}
	}
	scripts := 0
	for i := range v.marked {
		m := &v.marked[i]
		if m.kind == 's' && m.name == "script" {
			scripts++
			v.scriptFields(m.text, scripts)
		}
		if m.kind != '<' || m.forgery() {
			continue
		}
		for _, a := range m.attrs {
			if !speaking(a.name) {
				continue
			}
			where := m.name + " " + a.name
			if name := m.get("name"); name != "" {
				where += " of " + name
			}
			v.field(where, a.name, a.value)
		}
	}
}

// scriptFields reads the state that a script holds as JSON, whole or assigned.
func (v *View) scriptFields(text string, n int) {
	i, j := strings.IndexAny(text, "{["), strings.LastIndexAny(text, "}]")
	if i < 0 || j < i {
		return
	}
	value, ok := parse(text[i : j+1])
	if !ok {
		return
	}
	w := walker{}
	w.walk(value, "", "", "", 0)
	for _, l := range w.leaves {
		if len(v.Fields) >= maxFields {
			v.Truncated = true
			return
		}
		where := "script " + strconv.Itoa(n) + " "
		l.Pointer, l.Star = where+l.Pointer, where+l.Star
		v.Fields = append(v.Fields, l)
	}
}

// elementFields: the texts and attributes of an XML document.
func (v *View) elementFields() {
	name := ""
	for i := range v.marked {
		switch m := &v.marked[i]; m.kind {
		case 't':
			v.field("element "+name, name, m.text)
		case '<':
			name = m.name
			for _, a := range m.attrs {
				if !strings.HasPrefix(a.name, "xmlns") {
					v.field("attribute "+name+" "+a.name, a.name, a.value)
				}
			}
		}
	}
}

// cells: a table, its first row the keys.
func (v *View) cells(body string) {
	head, _, _ := strings.Cut(body, "\n")
	r := csv.NewReader(strings.NewReader(body))
	r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = true, -1, true
	for _, comma := range ";\t|" {
		if strings.Count(head, string(comma)) > strings.Count(head, string(r.Comma)) {
			r.Comma = comma
		}
	}
	var keys []string
	for row := 1; ; row++ {
		record, err := r.Read()
		if err != nil {
			break // the end, or damage: the text itself is searched as well
		}
		if keys == nil {
			keys = append(keys, record...)
			continue
		}
		for i, cell := range record {
			key := ""
			if i < len(keys) {
				key = keys[i]
			}
			v.field("row "+strconv.Itoa(row), key, cell)
		}
		if len(v.Fields) >= maxFields {
			return
		}
	}
}

// properties: iCalendar and vCard (RFC 5545 §3.1): NAME;PARAMS:VALUE, folded lines joined.
func (v *View) properties(body string) {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\n ", ""), "\n\t", "")
	n := 0
	for line := range strings.Lines(body) {
		n++
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ";")
		switch name {
		case "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "DTSTAMP":
			continue
		}
		v.field("line "+strconv.Itoa(n), strings.ToLower(name), strings.NewReplacer(`\n`, " ", `\,`, ",", `\;`, ";").Replace(value))
	}
}

func (v *View) lines(body string) {
	n := 0
	for line := range strings.Lines(body) {
		n++
		v.field("line "+strconv.Itoa(n), "", line)
	}
}
