package gather

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// StrangerLike returns an account name of the same form that nobody has.
func StrangerLike(user string) string {
	local, domain, isMail := strings.Cut(user, "@")
	if isMail {
		return Canary("nobody-") + "@" + domain
	}
	return Canary("nobody") + local[:min(1, len(local))]
}

// resetPath are the words by which routes ask for a new password.
var resetPath = regexp.MustCompile(`(?i)/(forgot|reset|recover|lost)[-_]?(password|credentials)?|password[-_/](reset|forgot|recovery)`)

// AsksReset reports whether a route asks for a new password: field is the
// body's field that names the account.
func AsksReset(r artifact.Route) (field string, ok bool) {
	field = AccountField(r)
	return field, r.Method == "POST" && field != "" && len(r.PathParams()) == 0 && resetPath.MatchString(r.Template)
}

// AccountField is the name of the body's field that names an account; "" when
// no field does.
func AccountField(r artifact.Route) string {
	return BodyField(r, "email", "mail", "user", "username", "login", "identifier")
}

// BodyField is the first of the names that a route's body has; "" when it has none.
func BodyField(r artifact.Route, names ...string) string {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(r.BodySchema, &schema) // no schema: the parameters may tell
	for _, name := range names {
		if _, ok := schema.Properties[name]; ok {
			return name
		}
		if slices.ContainsFunc(r.Params, func(p artifact.Param) bool { return p.In == "body" && p.Name == name }) {
			return name
		}
	}
	return ""
}
