package redact

import (
	"bytes"
	"encoding/json"
	"strings"
)

// mostNested bounds JSON inside strings of JSON.
const mostNested = 3

// notJSON marks a body that did not parse and would parse after redaction:
// whoever reads it must take the same way as the original's reader.
const notJSON = "\n[redacted: was not valid JSON]"

// json edits a JSON text in place: structure, order, spaces and numbers stay,
// only strings change. A text that is no JSON is redacted as plain text.
func (r *Redactor) json(s string, nested int) string {
	if !json.Valid([]byte(s)) {
		t := r.text(s)
		if t != s && json.Valid([]byte(t)) {
			t += notJSON
		}
		return t
	}
	j := jsonEditor{r: r, s: s, nested: nested}
	j.run()
	if j.done == 0 {
		return s
	}
	j.out.WriteString(s[j.done:])
	return j.out.String()
}

// jsonEditor walks over the tokens of a valid JSON text.
type jsonEditor struct {
	r      *Redactor
	s      string
	nested int
	out    strings.Builder
	done   int
	names  []string // for each open array or object: the property it is the value of
	name   string   // the property whose value comes next
}

func (j *jsonEditor) run() {
	for i := 0; i < len(j.s); {
		switch c := j.s[i]; c {
		case '"':
			end := closing(j.s, i+1) + 1
			if at := blanks(j.s, end); at < len(j.s) && j.s[at] == ':' {
				j.name = j.property(i, end)
				i = at + 1
				continue
			}
			j.value(i, end)
			i = end
		case '[', '{':
			j.names = append(j.names, j.name)
			if c == '{' {
				j.name = ""
			}
			i++
		case ']', '}':
			j.names = j.names[:len(j.names)-1]
			j.settle()
			i++
		case ',':
			j.settle()
			i++
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			end := i + 1
			for end < len(j.s) && strings.IndexByte("0123456789+-.eE", j.s[end]) >= 0 {
				end++
			}
			j.number(i, end)
			i = end
		default:
			i++
		}
	}
}

// closing returns the quote that ends the string whose inside starts at i.
func closing(s string, i int) int {
	for {
		end := strings.IndexByte(s[i:], '"')
		if end < 0 {
			return len(s) - 1
		}
		end += i
		escapes := 0
		for s[end-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
		i = end + 1
	}
}

// settle makes the enclosing array's property the name of the next element.
func (j *jsonEditor) settle() {
	j.name = ""
	if n := len(j.names); n > 0 {
		j.name = j.names[n-1]
	}
}

// property redacts a key and returns it as it was.
func (j *jsonEditor) property(from, to int) string {
	name := j.s[from+1 : to-1]
	if strings.IndexByte(name, '\\') >= 0 {
		name = unquoteJSON(name)
	}
	if t := j.r.text(name); t != name {
		j.replace(from, to, t)
	}
	return name
}

// value redacts one string value.
func (j *jsonEditor) value(from, to int) {
	v := j.s[from+1 : to-1]
	if strings.IndexByte(v, '\\') >= 0 {
		v = unquoteJSON(v)
	}
	if t := j.r.valueOf(j.name, v, j.nested); t != v {
		j.replace(from, to, t)
	}
}

// number replaces a number that is a registered secret, such as a PIN, by a string.
func (j *jsonEditor) number(from, to int) {
	if to-from < 6 {
		return
	}
	v := j.s[from:to]
	j.r.mu.RLock()
	_, secret := j.r.known.kinds[v]
	j.r.mu.RUnlock()
	if secret {
		j.replace(from, to, j.r.placeholder("key", v))
	}
}

func (j *jsonEditor) replace(from, to int, with string) {
	j.out.WriteString(j.s[j.done:from])
	j.out.WriteString(quoteJSON(with))
	j.done = to
}

// valueOf redacts the value of a property.
func (r *Redactor) valueOf(name, v string, nested int) string {
	if carriesHeader(plain(name)) {
		return r.Header(plain(name), v)
	}
	if kind := kindOf(name); kind != "" {
		if with, changed := r.secret(kind, v); changed {
			return with
		}
	}
	if nested < mostNested && len(v) > 1 && (v[0] == '{' || v[0] == '[') {
		return r.json(v, nested+1)
	}
	return r.text(v)
}

// quoteJSON writes a JSON string, escaping no more than it must.
func quoteJSON(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// unquoteJSON reads the inside of a JSON string; one that cannot be read stays.
func unquoteJSON(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}
