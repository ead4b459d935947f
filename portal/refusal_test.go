package portal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/portal"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	long := start + "routes:\n  public:\n" + strings.Repeat("    - nowhere\n", 12)
	tests := []struct{ name, text, want string }{
		{"empty", "", "portal.yaml: is empty (write one with: launchready init https://staging.portal.example.com)"},
		{"only a comment", "# nothing\n", "portal.yaml: is empty (write one with: launchready init https://staging.portal.example.com)"},
		{"unknown key", "version: 1\ntaget:\n  s: {url: http://x}\n", `portal.yaml:2:1: unknown key "taget" under portal.yaml root (did you mean "targets"?)`},
		{"unknown key, none near", start + "zebra: 1\n", `portal.yaml:5:1: unknown key "zebra" under portal.yaml root (keys here: version, portal, targets, login, identities, denied, routes, resources, source, logs, domain, policy, monitors, ops, waivers)`},
		{"no version", "targets:\n  s:\n    url: http://x\n", `portal.yaml:1:1: portal.yaml root lacks the key "version" (write version: 1)`},
		{"another version", "version: 2\ntargets:\n  s:\n    url: http://x\n", `portal.yaml:1:10: version: "2" is not known (write version: 1)`},
		{"no targets", "version: 1\n", `portal.yaml:1:1: portal.yaml root lacks the key "targets" (where the portal runs; the first that is not production is audited unless one is named)`},
		{"targets without one", "version: 1\ntargets: {}\n", "portal.yaml:2:1: targets is empty (name one: staging: with url: below it)"},
		{"a key twice", start + "portal: a\nportal: b\n", `portal.yaml:6:1: key "portal" under portal.yaml root was already given on line 5`},
		{"a limit for nothing", start + "policy:\n  limits:\n    exprot: 3\n", `portal.yaml:7:5: policy.limits: unknown action "exprot" (did you mean "export"?)`},
		{"an egress that is no address", start + "    egress: 0.0.0.0\n", `portal.yaml:5:13: targets.local.egress: "0.0.0.0" is no address that a connection can leave from (write one of this machine's own, as 192.0.2.10)`},
		{"a list for the file", "- a\n", "portal.yaml:1:1: portal.yaml root takes a mapping (keys here: version, portal, targets, login, identities, denied, routes, resources, source, logs, domain, policy, monitors, ops, waivers)"},
		{"two documents", start + "---\na: 1\n", "portal.yaml:6:2: a second document starts here (one file holds one document)"},
		{"tab", start + "login:\n\tsend: cookie\n", "portal.yaml:6:1: is not YAML: found character '\t' that cannot start any token (indent with spaces, not with a tab)"},
		{
			"variable in flow style", start + "identities:\n  a: {password: ${env:A}}\n",
			`portal.yaml:6:18: is not YAML: ',' or '}' must be specified (write it in block style, one plain request a line; braces, "?" and "${" need quotes inside { } and [ ])`,
		},
		{
			"braces in a flow list", start + "routes:\n  public: [GET /x/{id}, GET /y]\n",
			`portal.yaml:6:19: is not YAML: ',' or ']' must be specified (write it in block style, one plain request a line; braces, "?" and "${" need quotes inside { } and [ ])`,
		},
		{"colon in a text", start + "login:\n  send: header X-Auth: ${token}\n", `portal.yaml:6:9: is not YAML: mapping value is not allowed in this context (put a text that holds ": " in quotes)`},
		{"anchor that is not there", start + "portal: *x\n", `portal.yaml:5:9: no anchor is called "x" (put a text that starts with * in quotes)`},
		{"alias of itself", start + "monitors:\n  a: &x [*x]\n", "portal.yaml:6:10: monitors is nested or repeated too often"},
		{"merge key", start + "monitors:\n  <<: {a: 1}\n", "portal.yaml:6:3: merge keys are not read (write the keys out)"},
		{"more than ten", long, refusedRoutes(10) + "\nportal.yaml: and 2 more"},

		{"scheme", "version: 1\ntargets:\n  s:\n    url: ftp://x\n", `portal.yaml:4:10: targets.s.url: the scheme "ftp" is neither http nor https`},
		{"no scheme", "version: 1\ntargets:\n  s:\n    url: portal.example.com\n", `portal.yaml:4:10: targets.s.url: "portal.example.com" has no scheme (write https://portal.example.com)`},
		{"user in a URL", "version: 1\ntargets:\n  s:\n    url: https://a:b@x\n", "portal.yaml:4:10: targets.s.url: a URL here holds no user and password (an outer gate goes under headers: Authorization)"},
		{"query in a URL", "version: 1\ntargets:\n  s:\n    url: https://x/?a=b\n", "portal.yaml:4:10: targets.s.url: a URL here holds no ? and no #"},
		{"path in an origin", start + "    also: https://x/api\n", `portal.yaml:5:11: targets.local.also: "https://x/api" is more than an origin (write https://x)`},
		{"wildcard in an origin", start + "    also: [https://*.x]\n", "portal.yaml:5:12: targets.local.also[0]: a host here is one host, without * (list each origin)"},
		{"effect", start + "    allow: [look, writ]\n", `portal.yaml:5:19: targets.local.allow[1]: unknown word "writ" (did you mean "write"?)`},
		{"rate", start + "    rate: fast\n", `portal.yaml:5:11: targets.local.rate: "fast" is not a rate (write 10/s or 300/m)`},
		{"in flight", start + "    in-flight: 0\n", `portal.yaml:5:16: targets.local.in-flight: "0" is not a whole number from 1 to 1000`},
		{"authority that is not there", start + "    ca: ops/none.pem\n", "portal.yaml:5:5: targets.local.ca: there is no file ops/none.pem (the path starts from the folder of portal.yaml)"},
		{"resolve", start + "    resolve:\n      x: y\n", `portal.yaml:6:10: targets.local.resolve.x: "y" is no address (write 127.0.0.1, 127.0.0.1:8443 or [::1]:8443)`},
		{"header", start + "    headers:\n      \"a b\": c\n", `portal.yaml:6:7: "a b" is no header name`},

		{"variable without a name", start + "portal: ${env:}\n", "portal.yaml:5:9: ${env:} names nothing"},
		{"file that is not there", start + "portal: ${file:none}\n", "portal.yaml:5:9: ${file:none}: no such file or directory (the path starts from the folder of portal.yaml)"},
		{"recipe variable elsewhere", start + "portal: ${user}\n", "portal.yaml:5:9: portal has no variable ${user} (only ${env:NAME} and ${file:path} are put in here; other variables belong to login and resources)"},

		{"method in small letters", start + "login:\n  logout: post /logout\n", `portal.yaml:6:11: login.logout: the method "post" is not in capitals (write POST)`},
		{"method", start + "login:\n  logout: PSOT /logout\n", `portal.yaml:6:11: login.logout: unknown method "PSOT" (did you mean "POST"?)`},
		{"no method", start + "login:\n  logout: /logout\n", `portal.yaml:6:11: login.logout: "/logout" names no method (write GET /logout)`},
		{"refresh key", start + "login:\n  refresh:\n    reqest: POST /r\n", `portal.yaml:7:5: unknown key "reqest" under login.refresh (did you mean "request"?)`},
		{"refresh method", start + "login:\n  refresh: post /r\n", `portal.yaml:6:12: login.refresh: the method "post" is not in capitals (write POST)`},
		{"refresh with two bodies", start + "login:\n  refresh:\n    request: POST /r\n    form: {a: b}\n    json: {a: b}\n", "portal.yaml:7:5: login.refresh has 2 bodies (keep one of form and json)"},
		{"relative path", start + "login:\n  logout: POST logout\n", `portal.yaml:6:11: login.logout: the path "logout" does not start with / (write /logout)`},
		{"recipe key", start + "login:\n  step:\n    - request: GET /\n", `portal.yaml:6:3: unknown key "step" under login (did you mean "steps"?)`},
		{"send", start + "login:\n  send: baerer\n", `portal.yaml:6:9: login.send: "baerer" is no way to send a credential (did you mean "bearer"?)`},
		{"send without a value", start + "login:\n  send: header X-Auth\n", `portal.yaml:6:9: login.send: "header X-Auth" lacks a name or a value (write "header NAME: ${token}")`},
		{"csrf", start + "login:\n  csrf: meta[name=x]\n", `portal.yaml:6:9: login.csrf: "meta[name=x]" is no CSRF handling (one of: header, form-field, fetch-metadata, none)`},
		{"two bodies", start + "login:\n  steps:\n    - request: POST /\n      form: {a: b}\n      json: {a: b}\n", "portal.yaml:7:7: login.steps[0] has 2 bodies (keep one of form, json and body)"},
		{"damaged JSON", start + "login:\n  steps:\n    - request: POST /\n      json: '{a: b}'\n", "portal.yaml:8:13: login.steps[0].json is not JSON: invalid character 'a' looking for beginning of object key string (write it as a mapping, one key a line)"},
		{"unknown variable", start + "login:\n  steps:\n    - request: POST /\n      form:\n        a: ${usr}\n", "portal.yaml:9:12: login.steps[0].form.a: unknown variable ${usr} (did you mean \"user\"?)"},
		{"id in a recipe", start + "login:\n  logout: POST /x/${id}\n", "portal.yaml:6:11: login.logout: unknown variable ${id} (known here: user, password, token, totp, tenant, role, name, text)"},
		{"capture", start + "login:\n  steps:\n    - request: GET /\n      capture:\n        a: regex (\n", `portal.yaml:9:12: login.steps[0].capture.a: "(" is not a regular expression`},

		{"identity key", start + "identities:\n  a:\n    pasword: x\n", `portal.yaml:7:5: unknown key "pasword" under identities.a (did you mean "password"?)`},
		{"identity key nothing asks for", start + "identities:\n  a:\n    token: x\n    colour: red\n", `portal.yaml:8:5: unknown key "colour" under identities.a (keys here: tenant, role, login, user, password, token, totp, vars, disposable, expired, idled)`},
		{"anonymous", start + "identities:\n  anonymous:\n    token: x\n", `portal.yaml:6:3: "anonymous" cannot be an identity's name (letters, digits, . _ @ and -; anonymous is who has no credential)`},
		{"identity twice", start + "identities:\n  a: {token: x}\n  a: {token: y}\n", `portal.yaml:7:3: key "a" under identities was already given on line 6`},
		{"no way in", start + "identities:\n  a: {user: x}\n", "portal.yaml:6:3: identities.a has no way to sign in (describe login:, or give it a token)"},
		{"no steps", start + "login:\n  send: cookie\nidentities:\n  a: {user: x}\n", "portal.yaml:8:3: identities.a has no way to sign in: its recipe has no steps (give the recipe steps, or the identity a token)"},
		{"basic without a password", start + "login:\n  send: basic\nidentities:\n  a: {user: x}\n", "portal.yaml:8:3: identities.a lacks user and password, which basic sends"},
		{"bearer without a token", start + "login:\n  send: bearer\nidentities:\n  a: {user: x}\n", "portal.yaml:8:3: identities.a has no token, which line 6 sends (capture token in a step, or give the identity a token)"},
		{"no password", start + "login:\n  steps:\n    - request: POST /\n      form:\n        p: ${password}\nidentities:\n  a: {user: x}\n", "portal.yaml:11:3: identities.a lacks password, which line 9 sends"},
		{"recipe that is not there", start + "login:\n  api:\n    send: basic\nidentities:\n  a: {user: x, password: y, login: apu}\n", `portal.yaml:9:29: identities.a: there is no login recipe "apu" (did you mean "api"?)`},
		{"which recipe", start + "login:\n  a:\n    send: basic\n  b:\n    send: basic\nidentities:\n  x: {user: x, password: y}\n", "portal.yaml:11:3: identities.x does not say which recipe it signs in with (login: one of a, b)"},

		{"variable in a key", start + "monitors:\n  \"a\": {\"${user}\": 1}\n", `portal.yaml:6:9: monitors.a: the key "${user}" holds a variable (variables stand in values)`},
		{"role", start + "routes:\n  allow:\n    GET /admin/*: [admn]\nidentities:\n  a: {role: admin, token: x}\n", `portal.yaml:7:5: routes.allow.GET /admin/*: unknown role "admn" (did you mean "admin"?)`},
		{"query in a route", start + "routes:\n  public: GET /x?y=1\n", `portal.yaml:6:11: routes.public: the route "/x?y=1" holds a query (routes are told apart by method and path alone)`},
		{"expression", start + "denied:\n  body: (x\n", "portal.yaml:6:9: denied.body: not a regular expression: missing closing ): `(x` (put a backslash before ( ) [ ] { } . * + ? where they stand for themselves)"},
		{"ids without a place", start + "resources:\n  a:\n    ids: GET /a.json\n", `portal.yaml:7:10: resources.a.ids: "GET /a.json" does not say where to look in the answer (write the request and a JSON pointer or selector: GET /items.json /items/*/id)`},
		{"pointer after a list", start + "resources:\n  a:\n    list: GET /a.json /id\n", `portal.yaml:7:11: resources.a.list: something follows the path: "/id" (a request is METHOD /path; write a space in a path as %20)`},
		{"re-read that writes", start + "resources:\n  a:\n    update:\n      request: PUT /a/${id}\n      verify: PUT /a/${id} /x\n", "portal.yaml:9:15: resources.a.update.verify: a re-read is a GET, not a PUT"},
		{"tenant of ids", start + "identities:\n  a: {tenant: globex, token: x}\nresources:\n  a:\n    ids:\n      globx: [1]\n", `portal.yaml:10:7: resources.a.ids.globx: unknown tenant "globx" (did you mean "globex"?)`},
		{"duration", start + "policy: {latency: {p95: 500}}\n", `portal.yaml:5:25: policy.latency.p95: "500" is not a duration (write 500ms, 30s, 15m or 24h)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := portal.Parse("portal.yaml", []byte(tt.text), environment)
			var list *portal.Error
			if !errors.As(err, &list) {
				t.Fatalf("got %v, want a *portal.Error", err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func refusedRoutes(n int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`portal.yaml:%d:7: routes.public[%d]: the route "nowhere" does not start with / (write GET /path or /path)`, i+7, i)
	}
	return strings.Join(lines, "\n")
}
