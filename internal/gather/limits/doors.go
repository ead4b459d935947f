package limits

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Words by which routes are known.
var (
	inviting  = regexp.MustCompile(`(?i)/(invite|invites|invitation|invitations)(/|$)`)
	answering = regexp.MustCompile(`(?i)(accept|decline|resend|revoke|cancel|confirm|redeem|validate|verify|join)`)
	coding    = regexp.MustCompile(`(?i)/(verify|verification|confirm|confirmation|activate|otp|totp|mfa|2fa|two-?factor|code|codes|pin|reset|redeem)\b|[-_](otp|code|2fa)\b`)
	joining   = regexp.MustCompile(`(?i)/(sign-?up|signup|register|registration|join|accounts?/new)(/|$)|invit[a-z]*/(accept|redeem|join)`)
	searching = regexp.MustCompile(`(?i)/(search|find|lookup|autocomplete|suggest)(/|\.|$)`)
	entering  = regexp.MustCompile(`(?i)/(log-?in|sign-?in|authenticate|auth|sessions?|tokens?)/?$`)
	personal  = regexp.MustCompile(`(?i)^(user|member|people|person|customer|client|contact|patient|employee|team|directory)$`)
)

// doors are the endpoints that are tried, in the order in which they are: the
// logins last, for who signs in here is hit by their limits.
func (b *burst) doors() []door {
	var out []door
	add := func(ds ...door) {
		for _, d := range ds {
			if !slices.ContainsFunc(out, func(o door) bool { return o.Route == d.Route }) {
				out = append(out, d)
			}
		}
	}
	add(b.named()...)
	add(b.search()...)
	add(b.read()...)
	add(b.exports()...)
	add(b.invites()...)
	add(b.resets()...)
	add(b.codes()...)
	add(b.logins()...)
	add(b.entrances()...)
	return out
}

// plain builds the door of a route, with the reason why it may not be tried.
func (b *burst) plain(kind string, r artifact.Route, needs ...portal.Effect) artifact.Door {
	d := b.open(kind, r.ID)
	switch {
	case r.Never:
		d.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case r.HeldBack != "":
		d.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: r.HeldBack}
	}
	for _, e := range needs {
		if d.Skipped.Reason == "" && !b.Allowed(e) {
			d.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: string(e) + " is not granted for target " + b.Target.Name}
		}
	}
	return d
}

// routes are the own routes of the target by a method that fit.
func (b *burst) routes(method string, fit func(artifact.Route) bool) []artifact.Route {
	var out []artifact.Route
	for _, r := range b.inventory.Routes {
		if r.Method == method && r.Origin == "" && r.Kind != "graphql" && r.Kind != "logout" && fit(r) {
			out = append(out, r)
		}
	}
	return out
}

// named are the routes that policy.limits names.
func (b *burst) named() []door {
	var out []door
	for _, key := range slices.Sorted(keys(b.Portal.Policy.Limits)) {
		method, path, is := strings.Cut(key, " ")
		if !is || method != http.MethodGet {
			continue
		}
		r := b.inventory.By(key)
		if r == nil {
			r = &artifact.Route{ID: key, Method: method, Template: path}
		}
		kind := artifact.DoorRead
		if searches(*r) {
			kind = artifact.DoorSearch
		}
		out = append(out, b.reading(kind, *r))
	}
	return out
}

func keys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// searches reports whether a route searches.
func searches(r artifact.Route) bool {
	return searching.MatchString(r.Template) || slices.ContainsFunc(r.Params, func(p artifact.Param) bool {
		return p.In == "query" && slices.Contains([]string{"q", "query", "search", "term", "keyword", "keywords"}, strings.ToLower(p.Name))
	})
}

// search is the first route that searches.
func (b *burst) search() []door {
	found := b.routes(http.MethodGet, func(r artifact.Route) bool {
		return searches(r) && r.Kind != "static" && len(r.PathParams()) == 0 && !r.Never
	})
	slices.SortStableFunc(found, func(a, c artifact.Route) int {
		return cmp.Compare(rank(!searching.MatchString(a.Template)), rank(!searching.MatchString(c.Template)))
	})
	if len(found) == 0 {
		return nil
	}
	return []door{b.reading(artifact.DoorSearch, found[0])}
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// read is one list of the API, of people where there is one.
func (b *burst) read() []door {
	for key := range b.Portal.Policy.Limits {
		if strings.HasPrefix(key, http.MethodGet+" ") && !searching.MatchString(key) {
			return nil // the team says which reads are worth a limit
		}
	}
	found := b.routes(http.MethodGet, func(r artifact.Route) bool {
		return gather.Reads(r) && r.Kind == "list" && len(r.PathParams()) == 0 && r.HeldBack == "" && !searches(r) && !gather.Exporting(r)
	})
	slices.SortStableFunc(found, func(a, c artifact.Route) int {
		return cmp.Compare(rank(!personal.MatchString(a.Noun)), rank(!personal.MatchString(c.Noun)))
	})
	if len(found) == 0 {
		return nil
	}
	return []door{b.reading(artifact.DoorRead, found[0])}
}

// exports are the first export that a GET answers and the first that is submitted.
func (b *burst) exports() []door {
	var out []door
	direct := b.routes(http.MethodGet, func(r artifact.Route) bool {
		if !gather.Exporting(r) || !gather.Reads(r) || r.HeldBack != "" {
			return false
		}
		_, _, bound := b.bound(r)
		return bound
	})
	if len(direct) > 0 {
		out = append(out, b.reading(artifact.DoorExport, direct[0]))
	}
	for _, r := range b.routes(post, func(r artifact.Route) bool {
		return gather.Exporting(r) && len(r.PathParams()) == 0
	}) {
		out = append(out, b.making(artifact.DoorExport, r, portal.Write))
		break
	}
	return out
}

// invites are the routes that invite people.
func (b *burst) invites() []door {
	var out []door
	for _, r := range b.routes(post, func(r artifact.Route) bool {
		return inviting.MatchString(r.Template) && !answering.MatchString(r.Template)
	}) {
		out = append(out, b.making(artifact.DoorInvite, r, portal.Write, portal.Mail))
	}
	return out[:min(len(out), 2)]
}

// disposable is the identity that bursts name.
func (b *burst) disposable() *portal.Identity {
	for _, id := range b.Portal.Identities {
		if id.Disposable && id.User != "" {
			return id
		}
	}
	return nil
}

// resets ask for a new password.
func (b *burst) resets() []door {
	var out []door
	for _, r := range b.routes(post, func(r artifact.Route) bool { _, is := gather.AsksReset(r); return is }) {
		d := b.plain(artifact.DoorReset, r, portal.Mail)
		id := b.disposable()
		if d.Skipped.Reason == "" && id == nil {
			d.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "resets are asked for a disposable identity only; mark one with disposable: true"}
		}
		k := &knocker{burst: b, study: limiting.New(d), who: []string{evidence.Anonymous}}
		if id != nil {
			field, _ := gather.AsksReset(r)
			k.make = b.form(r, map[string]string{field: id.User})
			k.fine = func(f limiting.Face) bool { return f.Status/100 == 2 || f.Status/100 == 3 }
		}
		out = append(out, door{Door: d, knock: k.all})
	}
	return out[:min(len(out), 2)]
}

// codeFields are the names under which a body carries a code.
var codeFields = []string{"code", "otp", "totp", "pin", "token", "resetToken", "reset_token", "inviteToken", "invite_token", "verificationCode", "verification_code"}

// codes take a code that could be guessed, or make an account.
func (b *burst) codes() []door {
	var out []door
	for _, r := range b.routes(post, func(r artifact.Route) bool {
		return len(r.PathParams()) == 0 && (coding.MatchString(r.Template) || joining.MatchString(r.Template))
	}) {
		field := gather.BodyField(r, codeFields...)
		kind := artifact.DoorCode
		if joining.MatchString(r.Template) {
			kind = artifact.DoorSignUp
		}
		d := b.plain(kind, r)
		who := evidence.Anonymous
		switch id := b.disposable(); {
		case d.Skipped.Reason != "":
		case field == "" && kind == artifact.DoorSignUp:
			d.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "each attempt would make an account that cannot be removed"}
		case field == "":
			continue
		case r.Public == "" && id == nil:
			d.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "codes are guessed as a disposable identity only; mark one with disposable: true"}
		case r.Public == "":
			who = id.Name
		}
		k := &knocker{burst: b, study: limiting.New(d), who: []string{who}, make: b.guessCode(r, field)}
		k.fine = func(f limiting.Face) bool {
			return f.Status/100 == 4 && f.Status != 405 || f.Status/100 == 2 || f.Status/100 == 3
		}
		out = append(out, door{Door: d, knock: k.all})
	}
	return out[:min(len(out), 4)]
}

// entrances are logins beside those that the recipes use: a limit on one is
// none when the other has none.
func (b *burst) entrances() []door {
	var out []door
	id := b.disposable()
	for _, r := range b.routes(post, func(r artifact.Route) bool {
		return (r.Kind == "login" || entering.MatchString(r.Template)) && len(r.PathParams()) == 0 &&
			gather.AccountField(r) != "" && gather.BodyField(r, passwordFields...) != "" && !joining.MatchString(r.Template)
	}) {
		d := b.plain(artifact.DoorLogin, r)
		d.Aside = true
		if id == nil || id.Password.IsZero() {
			d.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "passwords are guessed at a disposable identity only; mark one with disposable: true"}
		}
		k := &knocker{burst: b, study: limiting.New(d), who: []string{evidence.Anonymous}}
		if id != nil {
			d.Who = id.Name
			user, password := gather.AccountField(r), gather.BodyField(r, passwordFields...)
			k.make = b.form(r, map[string]string{user: id.User, password: wrongPassword})
			k.right = b.form(r, map[string]string{user: id.User, password: id.Password.Reveal()})
			k.study, k.fine = limiting.New(d), answered
		}
		out = append(out, door{Door: d, knock: k.all})
	}
	return out[:min(len(out), 3)]
}

// answered reports an answer of a handler that looked at what was sent.
func answered(f limiting.Face) bool {
	return f.Status >= 200 && f.Status < 500 && f.Status != 405 && f.Status != 415
}

var passwordFields = []string{"password", "pass", "passwd", "pwd", "secret"}
