package initiate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// unknownURL stands where nobody said where the portal runs.
const unknownURL = "https://staging.portal.example.com"

// Write writes a short commented portal.yaml. It parses as it is, once the
// variables it names are set; what was not found says what to fill in.
func (f Findings) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("# A first portal.yaml. Mend what says FILL IN, export the variables, then run: launchready doctor\nversion: 1\n")
	line(&b, 0, "portal", f.name(), "")
	f.target(&b)
	f.login(&b)
	f.identities(&b)
	f.routes(&b)
	f.source(&b)
	_, err := w.Write(b.Bytes())
	return err
}

func (f Findings) name() string {
	if f.Title != "" {
		return f.Title
	}
	if u, err := url.Parse(f.URL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "Client portal"
}

func (f Findings) target(b *bytes.Buffer) {
	at, name, comment := f.URL, "staging", ""
	if at == "" {
		at, comment = unknownURL, "FILL IN: where it runs; audit staging before production"
	}
	if u, err := url.Parse(at); err == nil {
		if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "localhost" || (err == nil && ip.IsLoopback()) {
			name = "local"
		}
	}
	if f.Silent != "" {
		comment = "when init looked: " + tidy(f.Silent, maxTitle)
	}
	b.WriteString("targets:\n")
	fmt.Fprintf(b, "  %s:\n", name)
	line(b, 2, "url", at, comment)
	b.WriteString("    allow: [look, sign-in]   # write, burst, load and mail prove more; grant them on a portal that may be written to\n")
}

// login writes the recipe: the contract's operation if it gives a token, else
// the form of the page, else the operation.
func (f Findings) login(b *bytes.Buffer) {
	switch {
	case f.API != nil && (f.API.Token != "" || f.Form == nil):
		f.loginByAPI(b)
	case f.Form != nil:
		f.loginByForm(b)
	default:
		b.WriteString(`# FILL IN: no way to sign in was found. For a form or a JSON login, and then user and password below instead of token:
# login:
#   steps:
#     - request: POST /login
#       form:                    # or json:
#         email: ${user}
#         password: ${password}
#   send: cookie                 # or: bearer ${token}, with capture: above
`)
	}
}

func (f Findings) loginByAPI(b *bytes.Buffer) {
	fmt.Fprintf(b, "login:                         # from %s", tidy(f.API.Where, maxTitle))
	if f.Form != nil {
		fmt.Fprintf(b, "; there is a form on %s too", tidy(f.Form.Page, maxTitle))
	}
	b.WriteString("\n  steps:\n")
	line(b, 2, "- request", f.API.Request, "")
	body(b, f.API.JSON, f.API.Fields, nil)
	if f.API.Token == "" {
		b.WriteString("  send: cookie                 # if the answer holds a token: capture it above and write bearer ${token}\n")
		return
	}
	b.WriteString("      capture:\n")
	line(b, 4, "token", f.API.Token, "")
	b.WriteString("  send: bearer ${token}\n")
}

func (f Findings) loginByForm(b *bytes.Buffer) {
	fmt.Fprintf(b, "login:                         # the form on %s\n  steps:\n", tidy(f.Form.Page, maxTitle))
	names := map[string]string{}
	for _, field := range f.Form.Fields {
		if field.Capture == "" {
			continue
		}
		if len(names) == 0 {
			line(b, 2, "- request", "GET "+f.Form.Page, "")
			b.WriteString("      capture:\n")
		}
		name := "csrf"
		if len(names) > 0 {
			name = fmt.Sprintf("hidden%d", len(names))
		}
		names[field.Name] = name
		line(b, 4, name, field.Capture, "")
	}
	line(b, 2, "- request", f.Form.Action, "")
	body(b, false, f.Form.Fields, names)
	b.WriteString("      # failed: {body: Incorrect password}   # when a wrong password is answered with 200\n  send: cookie\n")
}

// body writes the fields of a login request.
func body(b *bytes.Buffer, asJSON bool, fields []Field, captured map[string]string) {
	kind := "form"
	if asJSON {
		kind = "json"
	}
	fmt.Fprintf(b, "      %s:\n", kind)
	for _, field := range fields {
		value := field.Value
		if name := captured[field.Name]; name != "" {
			value = "${" + name + "}"
		}
		line(b, 4, scalar(field.Name), value, "")
	}
}

// identities writes three accounts: two tenants prove isolation, two roles prove roles.
func (f Findings) identities(b *bytes.Buffer) {
	b.WriteString("identities:                    # FILL IN: test accounts; two tenants prove isolation, two roles prove roles\n")
	for _, who := range []struct{ name, tenant, role string }{
		{"alice", "acme", "admin"}, {"amir", "acme", "member"}, {"bob", "globex", "admin"},
	} {
		fmt.Fprintf(b, "  %s:\n    tenant: %s\n    role: %s\n", who.name, who.tenant, who.role)
		variable := strings.ToUpper(who.name)
		if f.API == nil && f.Form == nil {
			fmt.Fprintf(b, "    token: ${env:%s_TOKEN}\n", variable)
			continue
		}
		fmt.Fprintf(b, "    user: %s@%s.test\n    password: ${env:%s_PASSWORD}\n", who.name, who.tenant, variable)
	}
}

func (f Findings) routes(b *bytes.Buffer) {
	if len(f.Robots) > 0 {
		shown := f.Robots[:min(len(f.Robots), maxListed)]
		fmt.Fprintf(b, "# robots.txt keeps visitors out of %s: worth a look for routes.never\n", tidy(strings.Join(shown, ", "), 2*maxTitle))
	}
	if len(f.Contracts) == 0 {
		b.WriteString("# FILL IN: no OpenAPI document was found; without one, routes are known from links, forms and lists alone\n# routes:\n#   from:\n#     - openapi: api/openapi.yaml\n")
		return
	}
	b.WriteString("routes:\n  from:\n")
	for _, c := range f.Contracts {
		line(b, 2, "- openapi", c.Where, fmt.Sprintf("%d operations, version %s", c.Operations, c.Version))
	}
}

func (f Findings) source(b *bytes.Buffer) {
	if f.Repo == "" {
		b.WriteString("# source:                      # FILL IN: without the code, secrets and routes are not looked for in it\n#   repo: .\n")
		return
	}
	comment := ""
	if len(f.Frameworks) > 0 {
		comment = strings.Join(f.Frameworks, ", ")
	}
	b.WriteString("source:\n")
	line(b, 1, "repo", path.Clean(f.Repo), comment)
	if f.Frontend != "" {
		line(b, 1, "frontend", f.Frontend, "")
	} else {
		b.WriteString("  # frontend: web/dist         # FILL IN: the built frontend, if there is one\n")
	}
	if len(f.Deploy) == 0 {
		b.WriteString("  # deploy: [docker-compose.yml]   # FILL IN: what says how it is deployed\n")
		return
	}
	b.WriteString("  deploy:\n")
	for _, d := range f.Deploy {
		fmt.Fprintf(b, "    - %s\n", scalar(d))
	}
}

// line writes one key with its value; a key that starts with "- " opens a list element.
func line(b *bytes.Buffer, depth int, key, value, comment string) {
	fmt.Fprintf(b, "%s%s: %s", strings.Repeat("  ", depth), key, scalar(value))
	if comment != "" {
		fmt.Fprintf(b, "   # %s", tidy(comment, 2*maxTitle))
	}
	b.WriteByte('\n')
}

// plain is a text that YAML takes for itself, without quotes.
var plain = regexp.MustCompile(`^(\.$|\.{1,2}/|\.github/|[A-Za-z/$_])[A-Za-z0-9 _./:;@$%{}?&=+()\[\]"~,-]*$`)

// scalar writes a text so that YAML reads it back as it is.
func scalar(text string) string {
	lower := strings.ToLower(text)
	word := lower == "true" || lower == "false" || lower == "null" || lower == "yes" || lower == "no" || lower == "on" || lower == "off"
	if plain.MatchString(text) && !word && !strings.Contains(text, ": ") && !strings.HasSuffix(text, ":") && strings.TrimSpace(text) == text {
		return text
	}
	quoted, err := json.Marshal(text)
	if err != nil { // a text always has a JSON form
		return `""`
	}
	return string(quoted)
}
