package refusal

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
)

// formless recognises refusals by their form alone: error envelopes, GraphQL
// errors without data, and answers that hold nothing.
func formless(v *normal.View) (string, bool) {
	if v.Truncated || v.Status >= 500 || v.Class() == 3 {
		return "", false // a crash is not a refusal until it was learned
	}
	switch v.Family {
	case normal.None:
		// A write may well answer nothing; a read that does shows nothing.
		if v.Class() == 2 && v.Method == "GET" {
			return Empty, true
		}
		return "", false
	case normal.JSON:
	default:
		return "", false
	}
	object, _ := v.JSON.(map[string]any)
	switch {
	case object != nil && graphqlError(object):
		return GraphQL, true
	case object != nil && failing(object) && !holds(object, 0):
		return Envelope, true
	case v.Class() == 2 && vacant(v.JSON, 0):
		return Empty, true
	}
	return "", false
}

// graphqlError reports errors with every field of data null.
func graphqlError(o map[string]any) bool {
	errors, _ := o["errors"].([]any)
	if len(errors) == 0 {
		return false
	}
	for _, e := range errors {
		if m, ok := e.(map[string]any); !ok || m["message"] == nil {
			return false
		}
	}
	return !leafy(o["data"], 0)
}

// leafy reports whether a value holds any scalar that is not null.
func leafy(v any, depth int) bool {
	const deep = 32
	switch x := v.(type) {
	case nil:
		return false
	case map[string]any:
		for key, e := range x {
			if key != "__typename" && (depth > deep || leafy(e, depth+1)) {
				return true
			}
		}
		return false
	case []any:
		return len(x) > 0 && (depth > deep || slices.ContainsFunc(x, func(e any) bool { return leafy(e, depth+1) }))
	}
	return true
}

// failing reports whether an object says of itself that it is an error.
func failing(o map[string]any) bool {
	for key, value := range o {
		switch normal.Key(key) {
		case "success", "ok", "succeeded", "issuccess":
			if no(value) {
				return true
			}
		case "status", "code", "statuscode", "result", "state", "errorcode", "errno":
			if no(value) || wrong(value) {
				return true
			}
		case "error", "errors", "exception", "fault":
			if said(value) {
				return true
			}
		case "iserror":
			if value == true {
				return true
			}
		}
	}
	return false
}

// no reports false, 0 and their spellings.
func no(v any) bool {
	switch x := v.(type) {
	case bool:
		return !x
	case json.Number:
		return x.String() == "0"
	case string:
		return strings.EqualFold(x, "false")
	}
	return false
}

// wrong reports a code of 400 and more, a negative one, or a word for failure.
func wrong(v any) bool {
	switch x := v.(type) {
	case json.Number:
		f, err := x.Float64()
		return err == nil && (f >= 400 || f < 0)
	case string:
		switch strings.ToLower(x) {
		case "error", "err", "fail", "failed", "failure", "denied", "forbidden", "unauthorized", "unauthorised", "unauthenticated", "not_found", "notfound":
			return true
		}
		return len(x) == 3 && (x[0] == '4' || x[0] == '5') && strings.Trim(x[1:], "0123456789") == ""
	}
	return false
}

// said reports whether the value of an error key reports one.
func said(v any) bool {
	switch x := v.(type) {
	case string:
		return x != ""
	case bool:
		return x
	case nil:
		return false
	}
	return !hollow(v)
}

// holds reports whether an object carries anything but its wrapping: a leaf
// that is not null under a key that does not belong to an envelope. What an
// error key holds belongs to the error.
func holds(v any, depth int) bool {
	const deep = 32
	if depth > deep {
		return true
	}
	switch x := v.(type) {
	case map[string]any:
		_, rpc := x["jsonrpc"]
		for key, value := range x {
			switch {
			case value == nil || rpc && key == "id":
			case isError(key):
				if depth == 0 && large(value) {
					return true
				}
			case normal.Envelope(key):
				if nested(value) && holds(value, depth+1) {
					return true
				}
			case holds(value, depth+1):
				return true
			}
		}
		return false
	case []any:
		for _, e := range x {
			if holds(e, depth+1) {
				return true
			}
		}
		return false
	case nil:
		return false
	}
	return depth > 0
}

func isError(key string) bool {
	switch strings.ToLower(key) {
	case "error", "errors", "exception", "fault", "detail", "details", "violations":
		return true
	}
	return false
}

// large reports whether an error carries more than errors say.
func large(v any) bool {
	const leaves = 40
	return count(v, 0) > leaves
}

func count(v any, depth int) int {
	n := 0
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			if depth < 8 {
				n += count(e, depth+1)
			}
		}
	case []any:
		for _, e := range x {
			if depth < 8 {
				n += count(e, depth+1)
			}
		}
	default:
		n = 1
	}
	return n
}

func nested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// vacant reports whether an answer holds nothing: null, an empty collection,
// or wrapping and paging around them.
func vacant(v any, depth int) bool {
	if hollow(v) {
		return true
	}
	object, ok := v.(map[string]any)
	if !ok || depth > 8 {
		return false
	}
	empty := false
	for key, value := range object {
		switch {
		case hollow(value):
			empty = true
		case nested(value):
			if !vacant(value, depth+1) && !paging(value) {
				return false
			}
			empty = empty || vacant(value, depth+1)
		case normal.Counting(key):
			if !no(value) {
				return false
			}
		case normal.Paging(key):
		case depth == 0 && fine(key, value):
		default:
			return false
		}
	}
	return empty
}

// paging reports whether an object only tells where one is in a list.
func paging(v any) bool {
	object, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for key, value := range object {
		counted := normal.Counting(key) && no(value)
		if nested(value) || !counted && !normal.Paging(key) {
			return false
		}
	}
	return true
}

// fine reports the part of an envelope that says that all went well.
func fine(key string, value any) bool {
	switch strings.ToLower(key) {
	case "success", "ok", "status", "code", "statuscode", "message", "msg", "error", "requestid", "request_id", "timestamp":
		s, _ := value.(string)
		return len(s) <= 60
	}
	return false
}
