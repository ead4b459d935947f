package login

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// mismatch says which part of m does not hold for a; "" when every part holds.
func mismatch(m *portal.Match, a *wire.Answer) (string, error) {
	if len(m.Status) > 0 && !slices.Contains(m.Status, a.Status) {
		return fmt.Sprintf("answered %d, expected %s", a.Status, either(m.Status)), nil
	}
	location := a.Header.Get("Location")
	for _, part := range []struct {
		name, expr, text string
		want             bool
	}{
		{"Location", m.Location, location, true},
		{"Location", m.LocationNot, location, false},
		{"body", m.Body, string(a.Body), true},
		{"body", m.BodyNot, string(a.Body), false},
	} {
		if part.expr == "" {
			continue
		}
		re, err := regexp.Compile(part.expr)
		if err != nil {
			return "", fmt.Errorf("read %s expression: %w", part.name, err)
		}
		got := re.MatchString(part.text)
		if part.name == "Location" && !got {
			got = re.MatchString(pathOf(part.text)) // "^/login" is meant for an absolute URL too
		}
		if got != part.want {
			return fmt.Sprintf("answered %d, and its %s %s %s", a.Status, part.name, matches(got), part.expr), nil
		}
	}
	if m.Header != "" && a.Header.Get(m.Header) == "" {
		return fmt.Sprintf("answered %d without the header %s", a.Status, m.Header), nil
	}
	if m.Cookie != "" && !setsCookie(a, m.Cookie) {
		return fmt.Sprintf("answered %d and did not set the cookie %s", a.Status, m.Cookie), nil
	}
	return "", nil
}

func matches(yes bool) string {
	if yes {
		return "matches"
	}
	return "does not match"
}

func either(status []int) string {
	words := make([]string, len(status))
	for i, s := range status {
		words[i] = strconv.Itoa(s)
	}
	return strings.Join(words, " or ")
}

func pathOf(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	return u.Path
}

func setsCookie(a *wire.Answer, name string) bool {
	return slices.ContainsFunc((&http.Response{Header: a.Header}).Cookies(), func(c *http.Cookie) bool {
		return c.Name == name && c.Value != "" && c.MaxAge >= 0
	})
}

// specific reports whether a person described the answer by more than its status.
func specific(m *portal.Match) bool {
	return m != nil && (m.Location != "" || m.LocationNot != "" || m.Body != "" || m.BodyNot != "" || m.Header != "" || m.Cookie != "")
}

// refusesInJSON reports whether a body is a JSON envelope that says no: many
// portals answer a failed login with 200.
func refusesInJSON(body []byte) bool {
	doc, err := decode(body)
	object, ok := doc.(map[string]any)
	if err != nil || !ok {
		return false
	}
	for key, value := range object {
		word := strings.ToLower(fmt.Sprint(value))
		switch strings.ToLower(key) {
		case "success", "ok", "authenticated", "loggedin", "valid":
			if word == "false" || word == "0" {
				return true
			}
		case "status", "result", "state":
			if slices.Contains([]string{"error", "fail", "failed", "failure", "denied", "unauthorized", "invalid"}, word) || clientError(word) {
				return true
			}
		case "code", "statuscode", "status_code":
			if clientError(word) {
				return true
			}
		case "error", "errors":
			if says(value) {
				return true
			}
		}
	}
	return false
}

func clientError(word string) bool {
	n, err := strconv.Atoi(word)
	return err == nil && n >= 400 && n < 600
}

// says reports whether an error member holds anything.
func says(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return fmt.Sprint(v) != "0"
}
