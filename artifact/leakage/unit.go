package leakage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
)

// unit is a text that is looked at by itself, and where it stands.
type unit struct {
	where, key string
	text       string
	fault      bool // it belongs to an error
	markup     bool // it may hold markup as the portal wrote it
	page       bool // what a reader of a page sees
}

// reader takes an answer apart.
type reader struct {
	units []unit
	fault bool // the whole answer reports an error
}

// read returns the texts of an answer's body. A body that is JSON is read leaf
// by leaf: lists of lines become one text, objects of file and line one line each.
func read(ex *evidence.Exchange) []unit {
	r := ex.Response
	body := string(r.Body[:min(len(r.Body), mostBody)])
	if body == "" {
		return nil
	}
	d := reader{fault: Fault(ex)}
	if !d.fault && !promising(body) {
		return nil
	}
	if v, ok := parse(body); ok {
		d.walk(v, "", "", 0, d.fault)
		return d.units
	}
	kind := strings.ToLower(ex.Header("Content-Type"))
	d.units = append(d.units, unit{where: "body", text: body, fault: d.fault, markup: true})
	if strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.HasPrefix(strings.TrimSpace(body), "<") {
		d.units = append(d.units, unit{where: "body", text: visible(body), fault: d.fault, page: true})
	}
	return d.units
}

// promising reports whether an answer without an error is worth taking apart:
// it holds a literal of some signature, or keys under which traces stand.
func promising(body string) bool {
	for _, text := range undone(body) {
		if inAnswers.any(text) {
			return true
		}
	}
	for _, key := range []string{`line"`, `Line"`, `lineno"`, `lineNumber"`, `LineNumber"`, `stack"`, `Stack"`, `race"`} {
		if strings.Contains(body, key) {
			return true
		}
	}
	return false
}

// Fault reports whether an answer says that something went wrong: by its
// status, or in an envelope that holds nothing else.
func Fault(ex *evidence.Exchange) bool {
	if ex.Status() >= 400 {
		return true
	}
	if b := ex.Body(); len(b) == 0 || len(b) > 64<<10 {
		return false // an envelope is short
	}
	kind, denied := refusal.New(nil).Refuses("", normal.Of(ex, normal.Mask{}))
	return denied && (kind == refusal.Envelope || kind == refusal.GraphQL)
}

func parse(s string) (any, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	if s == "" || s[0] != '{' && s[0] != '[' && s[0] != '"' {
		return nil, false
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return nil, false
	}
	return v, true
}

// walk collects the strings of a JSON value.
func (d *reader) walk(v any, where, key string, depth int, fault bool) {
	if depth > mostDepth || len(d.units) >= mostUnits {
		return
	}
	switch x := v.(type) {
	case string:
		d.add(where, key, x, fault)
	case []any:
		d.list(x, where, key, depth, fault)
	case map[string]any:
		if frame := rebuilt(x); frame != "" {
			d.add(where, key, frame, fault)
		}
		failed := fault || says(x)
		for _, k := range sorted(x) {
			d.walk(x[k], where+"/"+normal.Escape(k), k, depth+1, fault || faulty(k) || failed && telling(k))
		}
	}
}

// list joins what stands one line an element: a trace as a list of strings or
// of frames.
func (d *reader) list(x []any, where, key string, depth int, fault bool) {
	var lines []string
	for _, e := range x {
		switch e := e.(type) {
		case string:
			lines = append(lines, e)
		case map[string]any:
			if frame := rebuilt(e); frame != "" {
				lines = append(lines, frame)
			}
		}
		if len(lines) >= 200 {
			break
		}
	}
	if len(lines) > 1 {
		d.add(where, key, strings.Join(lines, "\n"), fault)
	}
	for i, e := range x {
		if _, line := e.(string); line && len(lines) > 1 {
			continue
		}
		d.walk(e, where+"/"+strconv.Itoa(i), key, depth+1, fault)
	}
}

func (d *reader) add(where, key, text string, fault bool) {
	if len(text) < 4 {
		return
	}
	if where == "" {
		where = "body"
	}
	// A short answer in JSON may carry another document as text.
	if v, ok := parse(text); ok && len(text) > 2 && text[0] != '"' {
		inner := reader{}
		inner.walk(v, where, key, mostDepth/2, fault)
		d.units = append(d.units, inner.units...)
	}
	d.units = append(d.units, unit{where: where, key: key, text: text, fault: fault})
}

// rebuilt writes an object of file and line as the line of a trace, or "".
func rebuilt(x map[string]any) string {
	var file, line, name string
	for k, v := range x {
		text := ""
		switch v := v.(type) {
		case string:
			text = v
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
		}
		switch normal.Key(k) {
		case "file", "filename", "filepath", "path", "source":
			file = text
		case "line", "lineno", "linenumber":
			line = text
		case "function", "method", "methodname", "func", "name", "module":
			if name == "" || text < name {
				name = text
			}
		}
	}
	if _, err := strconv.Atoi(line); err != nil || file == "" || !strings.ContainsAny(file, ".") {
		return ""
	}
	return fmt.Sprintf("%s %s:%s", name, file, line)
}

// faulty are keys under which programs write what went wrong inside.
func faulty(key string) bool {
	switch normal.Key(key) {
	case "error", "errors", "err", "exception", "exceptions", "stack", "stacktrace", "trace", "traceback", "backtrace", "debug", "debuginfo",
		"cause", "innerexception", "innererror", "lasterror", "errormessage", "errordetail", "errordetails", "developermessage", "exceptionmessage",
		"exceptiontype", "stacktracestring", "remotestacktracestring", "fault", "faultstring":
		return true
	}
	return false
}

// telling are keys beside a failure that tell of it.
func telling(key string) bool {
	switch normal.Key(key) {
	case "message", "msg", "detail", "details", "reason", "description", "output", "result", "info", "meta", "extensions":
		return true
	}
	return false
}

// says reports an object that says of itself that it failed, one of many in a
// list, say.
func says(x map[string]any) bool {
	for k, v := range x {
		switch normal.Key(k) {
		case "status", "state", "result":
			s, _ := v.(string)
			switch strings.ToLower(s) {
			case "error", "failed", "failure", "fail", "crashed":
				return true
			}
		case "success", "ok":
			if v == false {
				return true
			}
		case "code", "statuscode", "errorcode":
			if n, ok := v.(float64); ok && n >= 500 && n < 600 {
				return true
			}
		}
	}
	return false
}

// wordless are keys of long strings that hold a trace by their name.
func wordless(key string) bool {
	switch normal.Key(key) {
	case "stack", "stacktrace", "traceback", "backtrace", "stacktracestring":
		return true
	}
	return false
}

func sorted(x map[string]any) []string {
	keys := make([]string, 0, len(x))
	for k := range x {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
