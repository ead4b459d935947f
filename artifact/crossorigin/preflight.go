package crossorigin

import (
	"mime"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// Request is what a script wants to send to another origin.
type Request struct {
	Origin      string // as serialised: "https://a.example", "null"
	Method      string
	Header      []evidence.Field // what the script sets itself
	Credentials bool
}

// Preflighted says whether a browser asks by OPTIONS before it sends r.
func Preflighted(r Request) bool { return !safeMethod(r.Method) || len(unsafe(r.Header)) > 0 }

// MaySend says whether a browser sends r after that answer to its preflight
// (Fetch, "CORS-preflight fetch").
func MaySend(preflight Answer, r Request) (ok bool, why string) {
	if preflight.Status == 0 {
		return false, NoAnswer
	}
	if ok, why := preflight.check(r.Origin, r.Credentials); !ok {
		return false, why
	}
	if preflight.Status < 200 || preflight.Status > 299 {
		return false, BadStatus
	}
	methods, ok := preflight.list("Access-Control-Allow-Methods")
	if !ok {
		return false, BadList
	}
	names, ok := preflight.list("Access-Control-Allow-Headers")
	if !ok {
		return false, BadList
	}
	method := normalise(r.Method)
	wild := func(list []string) bool { return !r.Credentials && slices.Contains(list, "*") }
	if !slices.Contains(methods, method) && !safeMethod(method) && !wild(methods) {
		return false, NoMethod
	}
	listed := func(name string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	for _, name := range unsafe(r.Header) {
		switch {
		case listed(name):
		case !wild(names):
			return false, NoHeader
		case strings.EqualFold(name, "Authorization"): // Chromium warns, and sends it all the same
			return false, StarAlone
		}
	}
	return true, ""
}

// list reads a list of tokens, empty where there is none; ok is false where an
// element is no token.
func (a Answer) list(name string) (out []string, ok bool) {
	v, _ := a.get(name)
	for element := range strings.SplitSeq(v, ",") {
		element = strings.Trim(element, " \t")
		if element == "" {
			continue
		}
		if strings.ContainsFunc(element, func(r rune) bool { return !tokenRune(r) }) {
			return nil, false
		}
		out = append(out, element)
	}
	return out, true
}

// normalise puts the methods in upper case that a browser does (Fetch,
// "normalize a method"): PATCH is not among them.
func normalise(method string) string {
	for _, m := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"} {
		if strings.EqualFold(m, method) {
			return m
		}
	}
	return method
}

func safeMethod(method string) bool {
	switch normalise(method) {
	case "GET", "HEAD", "POST", "":
		return true
	}
	return false
}

// mostSafe bytes of a value are safelisted, and of all of them together
// (Fetch, "CORS-unsafe request-header names").
const (
	mostSafe    = 128
	mostSafeSum = 1024
)

// unsafe returns the names that need a preflight, each once.
func unsafe(header []evidence.Field) []string {
	var out, safe []string
	sum := 0
	for _, f := range header {
		if safelisted(f) {
			safe = append(safe, f.Name)
			sum += len(f.Value)
		} else {
			out = append(out, f.Name)
		}
	}
	if sum > mostSafeSum {
		out = append(out, safe...)
	}
	slices.Sort(out)
	return slices.CompactFunc(out, strings.EqualFold)
}

func safelisted(f evidence.Field) bool {
	if len(f.Value) > mostSafe {
		return false
	}
	switch strings.ToLower(f.Name) {
	case "accept":
		return !strings.ContainsFunc(f.Value, unsafeRune)
	case "accept-language", "content-language":
		return !strings.ContainsFunc(f.Value, func(r rune) bool {
			letter := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
			return !letter && !strings.ContainsRune(" *,-.;=", r)
		})
	case "content-type":
		media, _, err := mime.ParseMediaType(f.Value)
		if err != nil || strings.ContainsFunc(f.Value, unsafeRune) {
			return false
		}
		return media == "application/x-www-form-urlencoded" || media == "multipart/form-data" || media == "text/plain"
	}
	return false
}

func unsafeRune(r rune) bool {
	return r < ' ' && r != '\t' || r == 0x7f || strings.ContainsRune(`"():<>?@[\]{}`, r)
}

func tokenRune(r rune) bool {
	alnum := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return alnum || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
