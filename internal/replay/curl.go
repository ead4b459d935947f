// Package replay shows how to repeat what was sent: an exchange as a curl
// command for a shell, or many as a HAR file for a browser or a proxy. Neither
// holds a credential: curl takes them from the environment.
package replay

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/launchready/launchready/evidence"
)

// redacted is what stands for a credential in evidence; its group is the kind.
var redacted = regexp.MustCompile(`\[redacted:([a-z0-9-]+):[0-9a-f]+\]`)

// Variable names the environment variable that holds a credential of an
// identity: LAUNCHREADY_BOB_AUTHORIZATION. What is a header name or a kind of
// credential.
func Variable(who, what string) string {
	letters := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}
	return "LAUNCHREADY_" + strings.Map(letters, who) + "_" + strings.Map(letters, what)
}

// Curl returns a command for a POSIX shell (2024) that sends the request of ex
// again, byte for byte but for credentials: a header that carries one, and
// each credential in the URL or body, is taken from the environment, from the
// Variable of who sent it.
func Curl(ex *evidence.Exchange) string {
	c := command{who: ex.Who, args: []string{"curl", "-sS", "-i"}}
	c.request(&ex.Request)
	c.headers(&ex.Request)
	stdin := c.body(ex.Request.Body)
	c.args = append(c.args, c.quote(address(&ex.Request)))
	return stdin + strings.Join(c.args, " ")
}

// command is a command line being written.
type command struct {
	who  string
	args []string
}

func (c *command) add(flag string, values ...string) {
	c.args = append(c.args, flag)
	for _, v := range values {
		c.args = append(c.args, c.quote(v))
	}
}

// request adds what makes curl send the method and the target as they are.
func (c *command) request(r *evidence.Request) {
	switch {
	case r.Method == "HEAD" && len(r.Body) == 0:
		c.add("--head") // -X HEAD would wait for a body
	case r.Method == "GET" && len(r.Body) == 0, r.Method == "POST" && len(r.Body) > 0:
	default:
		c.add("-X", r.Method)
	}
	if strings.HasPrefix(r.URL, "https:") && strings.HasPrefix(r.Proto, "HTTP/1") {
		c.add("--http1.1")
	}
	if strings.Contains(r.URL, "/.") {
		c.add("--path-as-is")
	}
	if strings.ContainsAny(r.URL, "[]{}") {
		c.add("--globoff")
	}
	if r.Target != "" {
		c.add("--request-target", r.Target)
	}
}

// address is what curl connects to. A target that is sent raw may be one that
// curl cannot parse, so that its URL is left at the origin.
func address(r *evidence.Request) string {
	if u, err := url.Parse(r.URL); r.Target != "" && err == nil {
		return u.Scheme + "://" + u.Host + "/"
	}
	return r.URL
}

// headers adds the fields that were sent and takes away what curl adds by itself.
func (c *command) headers(r *evidence.Request) {
	for _, f := range r.Header {
		switch strings.ToLower(f.Name) {
		case "content-length": // curl counts
			continue
		case "accept-encoding":
			c.add("--compressed")
		}
		if redacted.MatchString(f.Value) {
			c.args = append(c.args, "-H", c.quote(f.Name+": ")+c.variable(f.Name))
			continue
		}
		if f.Value == "" {
			c.add("-H", f.Name+";") // curl's way to send an empty field
			continue
		}
		c.add("-H", f.Name+": "+f.Value)
	}
	own := []string{"User-Agent", "Accept"}
	if len(r.Body) > 0 {
		own = append(own, "Content-Type")
	}
	for _, name := range own {
		if !slices.ContainsFunc(r.Header, func(f evidence.Field) bool { return strings.EqualFold(f.Name, name) }) {
			c.add("-H", name+":")
		}
	}
}

// body adds the body and returns what must be piped into curl.
func (c *command) body(b []byte) (stdin string) {
	switch {
	case len(b) == 0:
	case utf8.Valid(b) && !strings.Contains(string(b), "\x00"):
		c.add("--data-raw", string(b))
	default:
		c.add("--data-binary", "@-")
		return fmt.Sprintf("printf %%s '%s' | base64 -d | ", base64.StdEncoding.EncodeToString(b))
	}
	return ""
}

// quote returns s as one shell word, with credentials taken from the environment.
func (c *command) quote(s string) string {
	var out strings.Builder
	at := 0
	for _, m := range redacted.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(word(s[at:m[0]]))
		out.WriteString(c.variable(s[m[2]:m[3]]))
		at = m[1]
	}
	if at == 0 || at < len(s) {
		out.WriteString(word(s[at:]))
	}
	return out.String()
}

// variable expands the environment variable that holds a credential.
func (c *command) variable(what string) string { return `"$` + Variable(c.who, what) + `"` }

// word quotes s for a shell; what could steer a terminal is written in octal.
func word(s string) string {
	if s == "" {
		return ""
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, steers) {
		return "$'" + octal(s) + "'"
	}
	if !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// special reports whether a shell may read r as more than itself.
func special(r rune) bool {
	return !(r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:@%+,", r)))
}

// steers reports whether printing r does something else than showing a sign.
func steers(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }

// octal escapes all but plain printable ASCII for $'…'.
func octal(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		switch {
		case b == '\'' || b == '\\':
			out.WriteByte('\\')
			out.WriteByte(b)
		case b < ' ' || b > '~':
			fmt.Fprintf(&out, `\%03o`, b)
		default:
			out.WriteByte(b)
		}
	}
	return out.String()
}
