package portal

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// choice reads one of a few words.
func choice[T ~string](words []T) form[T] {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	f := parsed(text(), "one of "+list(all), "", func(t string) (T, string, string) {
		for _, w := range words {
			if t == string(w) {
				return w, "", ""
			}
		}
		return "", fmt.Sprintf("unknown word %q", t), suggest(t, all, "one of")
	})
	f.shape.words = all
	return f
}

// number reads a whole number from low on.
func number(low, high int) form[int] {
	f := parsed(text(), "number", "", func(t string) (int, string, string) {
		v, err := strconv.Atoi(t)
		if err != nil || v < low || v > high {
			return 0, fmt.Sprintf("%q is not a whole number from %d to %d", t, low, high), ""
		}
		return v, "", ""
	})
	f.shape.kind = kindNumber
	return f
}

// yes reads true or false.
func yes() form[bool] {
	f := parsed(text(), "true or false", "", func(t string) (bool, string, string) {
		switch strings.ToLower(t) {
		case "true":
			return true, "", ""
		case "false":
			return false, "", ""
		}
		return false, fmt.Sprintf("%q is neither true nor false", t), ""
	})
	f.shape.kind = kindBool
	return f
}

// maxRate bounds what a target may be sent: beyond it nobody audits, one floods.
const maxRate = 100_000

// rate reads requests per second: 10/s, 300/m, or a bare number.
func rate() form[float64] {
	return parsed(text(), "rate such as 10/s or 300/m", `^[0-9]+(\.[0-9]+)?(/(s|m|h))?$`, func(t string) (float64, string, string) {
		amount, unit, _ := strings.Cut(t, "/")
		v, err := strconv.ParseFloat(strings.TrimSpace(amount), 64)
		switch strings.TrimSpace(unit) {
		case "", "s", "sec", "second":
		case "m", "min", "minute":
			v /= 60
		case "h", "hour":
			v /= 3600
		default:
			err = strconv.ErrSyntax
		}
		if err != nil || !(v > 0 && v <= maxRate) {
			return 0, fmt.Sprintf("%q is not a rate", t), "write 10/s or 300/m"
		}
		return v, "", ""
	})
}

// span reads a duration.
func span() form[time.Duration] {
	return parsed(text(), "duration such as 500ms, 30s or 24h", `^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`, func(t string) (time.Duration, string, string) {
		if days, ok := strings.CutSuffix(t, "d"); ok {
			if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 10_000 {
				return time.Duration(n) * 24 * time.Hour, "", ""
			}
		}
		v, err := time.ParseDuration(t)
		if err != nil || v <= 0 {
			return 0, fmt.Sprintf("%q is not a duration", t), "write 500ms, 30s, 15m or 24h"
		}
		return v, "", ""
	})
}

// expression reads a regular expression.
func expression() form[string] {
	return parsed(text(), "regular expression", "", func(t string) (string, string, string) {
		if _, err := regexp.Compile(t); err != nil {
			return "", "not a regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: "), `put a backslash before ( ) [ ] { } . * + ? where they stand for themselves`
		}
		return t, "", ""
	})
}

// status reads an HTTP status.
func status() form[int] { return number(100, 599) }

// verbs are the methods a request or pattern may name: those of HTTP, WebDAV and CalDAV.
func verbs() []string {
	return []string{
		"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE", "CONNECT",
		"PROPFIND", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "ACL", "PURGE",
	}
}

// callPattern is a request for editors that check with the JSON Schema.
const callPattern = `^[A-Z]+ (/|https?://|\$\{)\S*$`

// method says what is wrong with a method; "" when it is known.
func method(m string) (wrong, hint string) {
	for _, v := range verbs() {
		switch {
		case m == v:
			return "", ""
		case strings.EqualFold(m, v):
			return fmt.Sprintf("the method %q is not in capitals", m), "write " + v
		}
	}
	near := nearest(m, verbs())
	if near == "" {
		return fmt.Sprintf("unknown method %q", m), "write GET /path, POST /path …"
	}
	return fmt.Sprintf("unknown method %q", m), `did you mean "` + near + `"?`
}

// parseCall reads "METHOD /path" or "METHOD https://host/path".
func parseCall(t string) (c Call, wrong, hint string) {
	verb, path, two := strings.Cut(strings.TrimSpace(t), " ")
	path = strings.TrimSpace(path)
	if !two {
		if strings.HasPrefix(verb, "/") {
			return c, fmt.Sprintf("%q names no method", t), "write GET " + verb
		}
		return c, fmt.Sprintf("%q is no request", t), "write GET /path, POST /path …"
	}
	if wrong, hint = method(verb); wrong != "" {
		return c, wrong, hint
	}
	if wrong, hint = pathProblem(path); wrong != "" {
		return c, wrong, hint
	}
	return Call{Method: verb, Path: path}, "", ""
}

func pathProblem(path string) (wrong, hint string) {
	first, rest, more := strings.Cut(path, " ")
	switch {
	case more && !strings.Contains(first, "?"):
		return fmt.Sprintf("something follows the path: %q", rest), "a request is METHOD /path; write a space in a path as %20"
	case more:
		return fmt.Sprintf("the path %q holds a space", path), "write %20"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "http://") && !strings.HasPrefix(path, "https://") && !strings.HasPrefix(path, "${"):
		return fmt.Sprintf("the path %q does not start with /", path), "write /" + path
	case strings.Contains(path, "#"):
		return fmt.Sprintf("the path %q holds a #", path), "what follows # is never sent; write %23 for the character"
	}
	return "", ""
}

// request reads a call of a recipe or resource.
func request() form[Call] {
	return parsed(template(), "request such as GET /path", callPattern, parseCall)
}

// fixedCall reads a call that holds no variables.
func fixedCall() form[Call] {
	return parsed(text(), "request such as GET /path", callPattern, parseCall)
}

// place reads "GET /path expression".
func place() form[IDsAt] {
	return parsed(template(), "request and where to look, such as GET /items.json /items/*/id", "", parsePlace)
}

func parsePlace(t string) (at IDsAt, wrong, hint string) {
	words := strings.Fields(t)
	if len(words) < 3 {
		return at, fmt.Sprintf("%q does not say where to look in the answer", t), "write the request and a JSON pointer or selector: GET /items.json /items/*/id"
	}
	call, wrong, hint := parseCall(words[0] + " " + words[1])
	_, rest, _ := strings.Cut(t, words[1])
	return IDsAt{Request: call, Pointer: strings.TrimSpace(rest)}, wrong, hint
}

// pattern reads a route pattern.
func pattern() form[Pattern] {
	return parsed(text(), "route such as GET /admin/* or /admin/*", `^([A-Z]+ |\* )?/\S*$`, parsePattern)
}

func parsePattern(t string) (p Pattern, wrong, hint string) {
	verb, path, two := strings.Cut(strings.TrimSpace(t), " ")
	if !two {
		verb, path = "", verb
	}
	path = strings.TrimSpace(path)
	if verb != "" && verb != "*" {
		if wrong, hint = method(verb); wrong != "" {
			return p, wrong, hint
		}
	}
	switch {
	case strings.Contains(path, "?"):
		return p, fmt.Sprintf("the route %q holds a query", path), "routes are told apart by method and path alone"
	case !strings.HasPrefix(path, "/"):
		return p, fmt.Sprintf("the route %q does not start with /", path), "write GET /path or /path"
	}
	wrong, hint = pathProblem(path)
	return Pattern{Method: verb, Path: path}, wrong, hint
}

func list(words []string) string { return strings.Join(words, ", ") }
