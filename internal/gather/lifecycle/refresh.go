package lifecycle

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

var (
	refreshPath  = regexp.MustCompile(`(?i)/(refresh|refresh[-_]?tokens?|tokens?/(refresh|renew)|renew)/?$`)
	refreshField = regexp.MustCompile(`(?i)refresh`)
	variable     = regexp.MustCompile(`\$\{([^${}]+)\}`)
)

// exchanger is the request that exchanges a refresh token for new tokens.
type exchanger struct {
	call  portal.Call
	form  []portal.Pair
	json  any
	ok    *portal.Match
	field string // learned: the body's field that takes the token
}

// String is "POST /refresh"; "" when none is known.
func (e *exchanger) String() string {
	if e == nil {
		return ""
	}
	return e.call.String()
}

// byCookie reports whether the token travels as a cookie.
func (e *exchanger) byCookie() bool { return e.form == nil && e.json == nil && e.field == "" }

// exchanger is the recipe's, else the route of the inventory that has its form; nil when there is none.
func (v *visitor) exchanger() *exchanger {
	if r := v.main.Recipe.Refresh; r != nil {
		return &exchanger{call: r.Request, form: r.Form, json: r.JSON, ok: r.OK}
	}
	handed := slices.DeleteFunc(slices.Clone(v.held), func(h held) bool { return h.Kind != "refresh" })
	if len(handed) == 0 {
		return nil
	}
	asCookie := len(handed[0].cred.Cookies) > 0
	for _, r := range v.routes() {
		if r.Method != http.MethodPost || len(r.PathParams()) > 0 || r.Never || !refreshPath.MatchString(r.Template) {
			continue
		}
		target, _ := r.Fill(nil)
		e := &exchanger{call: portal.Call{Method: r.Method, Path: target}, field: bodyField(r, refreshField)}
		if e.field == "" && !asCookie {
			continue
		}
		if e.field == "" {
			return e
		}
		if strings.Contains(r.BodyType, "form") {
			e.form = []portal.Pair{{Name: e.field, Value: "${" + learnedToken + "}"}}
		} else {
			e.json = map[string]any{e.field: "${" + learnedToken + "}"}
		}
		return e
	}
	return nil
}

// learnedToken is the variable that a learned exchange names its token by.
const learnedToken = "launchready_refresh"

// bodyField is the field of a route's body whose name matches; "" when none does.
func bodyField(r artifact.Route, name *regexp.Regexp) string {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(r.BodySchema, &schema) // no schema: the parameters may tell
	var names []string
	for field := range schema.Properties {
		names = append(names, field)
	}
	for _, p := range r.Params {
		if p.In == "body" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		if name.MatchString(n) {
			return n
		}
	}
	return ""
}

// exchange exchanges h for new tokens and asks the alive probe with what came
// of it: Alive means that it bought a living session. What replaces the token
// takes its place in h.
func (v *visitor) exchange(ctx context.Context, e *exchanger, s *login.Session, h *held, when string) artifact.Proof {
	p := artifact.Proof{Attempt: artifact.Attempt{Name: "refresh " + when, Who: v.who.Name}}
	undecided := func(reason check.Reason, why string) artifact.Proof {
		p.Unproven, p.Why = reason, why
		return p
	}
	path, err := s.ExpandURL(e.call.Path)
	if err != nil {
		return undecided(check.Undeclared, err.Error())
	}
	r := wire.Request{Method: e.call.Method, URL: path, Effect: portal.SignIn, By: name, For: p.Name, Expect5xx: true}
	r, err = s.Load(r, &portal.Payload{Form: e.form, JSON: e.json}, e.bound(h.value))
	if err != nil {
		return undecided(check.Undeclared, "the refresh cannot be made: "+err.Error())
	}
	r.Header = append(r.Header, evidence.Field{Name: "Accept", Value: "application/json"})
	a, err := s.DoWith(ctx, r, login.Credential{Cookies: h.cred.Cookies})
	if a != nil {
		p.Ref = a.Ref
	}
	if err != nil {
		return undecided(gather.Refusal(err), err.Error())
	}
	seen := normal.Of(a.Exchange, normal.Mask{})
	if v.t.Refusals().Throttles(seen) {
		return undecided(check.Throttled, "the refresh is throttled")
	}
	if a.Status/100 != 2 {
		if a.Status >= 500 {
			return undecided(check.Unstable, "the refresh answered "+http.StatusText(a.Status))
		}
		return p
	}
	opened := login.Credential{Cookies: (&http.Response{Header: a.Header}).Cookies()}
	handed := login.HandedBy(a)
	for _, n := range handed {
		v.t.Wire.Redactor().Add("token", n.Value)
		if login.IsRefresh(n.Name) {
			h.value = n.Value
		}
	}
	if e.byCookie() {
		h.cred.Cookies = merged(h.cred.Cookies, opened.Cookies)
	}
	for _, n := range handed {
		if login.IsRefresh(n.Name) {
			continue
		}
		bearer := login.Credential{Headers: []evidence.Field{{Name: "Authorization", Value: "Bearer " + n.Value}}}
		if got := v.probe(ctx, "what the refresh gave "+when, bearer); got.Alive {
			p.Alive = true
			return p
		}
	}
	if len(opened.Cookies) > 0 {
		p.Alive = v.probe(ctx, "what the refresh gave "+when, opened).Alive
	}
	if !p.Alive && len(handed) > 0 {
		return undecided(check.Suspected, "the refresh gave tokens that do not open "+v.life.Probe)
	}
	return p
}

// bound binds the variables of a body to the token as it is now.
func (e *exchanger) bound(token string) map[string]string {
	with := map[string]string{learnedToken: token}
	var texts []string
	for _, f := range e.form {
		texts = append(texts, f.Value)
	}
	if raw, err := json.Marshal(plain(e.json)); err == nil {
		texts = append(texts, string(raw))
	}
	var names []string
	for _, m := range variable.FindAllStringSubmatch(strings.Join(texts, " "), -1) {
		names = append(names, m[1])
	}
	if i := slices.IndexFunc(names, refreshField.MatchString); i >= 0 && token != "" {
		with[names[i]] = token
	} else if len(names) == 1 && token != "" {
		with[names[0]] = token
	}
	return with
}

// plain gives maps the keys that JSON can write.
func plain(v any) any {
	if m, is := v.(map[any]any); is {
		out := map[string]any{}
		for k, x := range m {
			if name, is := k.(string); is {
				out[name] = plain(x)
			}
		}
		return out
	}
	return v
}

func merged(old, fresh []*http.Cookie) []*http.Cookie {
	out := slices.DeleteFunc(slices.Clone(old), func(o *http.Cookie) bool {
		return slices.ContainsFunc(fresh, func(f *http.Cookie) bool { return f.Name == o.Name })
	})
	return append(out, slices.DeleteFunc(slices.Clone(fresh), func(f *http.Cookie) bool { return f.MaxAge < 0 || f.Value == "" })...)
}

// withRefresh gives a logout the refresh token where its contract asks for one.
func (v *visitor) withRefresh(call portal.Call, header []evidence.Field, holds []replaying) ([]byte, []evidence.Field) {
	i := slices.IndexFunc(v.routes(), func(r artifact.Route) bool { return r.Method == call.Method && r.Template == call.Path })
	h := slices.IndexFunc(holds, func(h replaying) bool { return h.refresh != nil && h.refresh.value != "" })
	if i < 0 || h < 0 || call.Method == http.MethodGet {
		return nil, header
	}
	route := v.routes()[i]
	field := bodyField(route, refreshField)
	if field == "" {
		return nil, header
	}
	token := holds[h].refresh.value
	if strings.Contains(route.BodyType, "form") {
		return []byte(url.Values{field: {token}}.Encode()), append(header, evidence.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
	}
	raw, err := json.Marshal(map[string]string{field: token})
	if err != nil {
		return nil, header
	}
	return raw, append(header, evidence.Field{Name: "Content-Type", Value: "application/json"})
}

// form is a page's form that asks to confirm something.
type form struct{ action, body string }

// confirmation finds the form of a page that asks whether one really wants to
// sign out; ok is false on any other page.
func confirmation(a *wire.Answer) (f form, ok bool) {
	if a.Status != http.StatusOK || !strings.Contains(a.Header.Get("Content-Type"), "html") {
		return f, false
	}
	doc, err := html.Parse(strings.NewReader(string(a.Body)))
	if err != nil {
		return f, false
	}
	for n := range doc.Descendants() {
		if n.DataAtom != atom.Form || !strings.EqualFold(attribute(n, "method"), "post") {
			continue
		}
		values, askable := url.Values{}, true
		for d := range n.Descendants() {
			if d.DataAtom != atom.Input || attribute(d, "name") == "" {
				continue
			}
			if attribute(d, "type") != "hidden" && attribute(d, "type") != "submit" {
				askable = false // it asks for more than a yes
			}
			values.Set(attribute(d, "name"), attribute(d, "value"))
		}
		if askable {
			return form{action: attribute(n, "action"), body: values.Encode()}, true
		}
	}
	return f, false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
