package lifecycle

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

var (
	roleField = regexp.MustCompile(`(?i)^(role|role_?name|user_?role|member_?role|access_?level)$`)
	userNoun  = regexp.MustCompile(`(?i)^(user|member|account|person|people|colleague|employee|staff|team_?member|membership)$`)
)

// promotion is how an administrator gives somebody another role.
type promotion struct {
	admin, peer artifact.Identity // who may, and who has the higher role
	victim      artifact.Identity
	change      artifact.Route
	field       string
	path        string // of the victim's account
	pointer     string // where the role stands in it
	low, high   string // values of the field
	opens       artifact.Route
	target      string
}

// role raises a disposable identity, lets a session begin, and takes the role
// away again: what only the higher role may read must be closed to that session.
func (s *studies) role(ctx context.Context, t *gather.Tools, victim artifact.Identity) artifact.Revocation {
	r := artifact.Revocation{Event: "role", Who: victim.Label()}
	p, skip := findPromotion(ctx, t, victim)
	if r.Skipped = skip; skip.Reason != "" {
		return r
	}
	at, within := later(t)
	r.Route, r.Opens, r.Within = p.change.ID, p.opens.ID, within
	id, err := t.Journal.Before(journal.Entry{
		Target: t.Target.Name, Kind: journal.Change, What: "role of " + p.victim.Name, Who: p.admin.Name, Method: p.change.Method, Path: p.path,
		Undo:   &journal.Request{Who: p.admin.Name, Method: p.change.Method, Path: p.path, ContentType: "application/json", Body: p.body(p.low)},
		Verify: &journal.Verify{Who: p.admin.Name, Path: p.path, Expect: journal.Equal, Pointer: p.pointer, Value: quoted(p.low)},
	})
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.RunError, Why: err.Error()}
		return r
	}
	raised := p.send(ctx, t, p.high)
	main := t.As(p.victim.Name)
	held, err := main.FreshFor(ctx, name)
	if err == nil && raised.Unproven == "" {
		r.Before = p.open(ctx, t, held, "while it has the role")
	} else {
		r.Before = artifact.Proof{Attempt: artifact.Attempt{Name: "while it has the role", Who: p.victim.Name, Unproven: check.NoPositiveControl, Why: "the role could not be given: " + raised.Why}}
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoing)
	defer cancel()
	r.Change = p.send(undo, t, p.low)
	if got := p.now(undo, t, p.victim); got == p.low {
		r.Effect = artifact.Proof{Attempt: r.Change, Alive: true}
		err = t.Journal.Undone(id)
	} else {
		r.Left = "the role of " + p.victim.Name + " is " + got + " and was " + p.low
		err = t.Journal.Left(id, r.Left)
	}
	if err != nil {
		r.Left = err.Error()
	}
	if r.Before.Alive {
		r.After = s.watched(ctx, at, func(when string) artifact.Proof { return p.open(ctx, t, held, "without the role, "+when) })
	}
	return r
}

// findPromotion looks for everything that a change of role takes.
func findPromotion(ctx context.Context, t *gather.Tools, victim artifact.Identity) (promotion, artifact.Skip) {
	p := promotion{victim: victim}
	undeclared := func(why string) (promotion, artifact.Skip) {
		return p, artifact.Skip{Reason: check.Undeclared, Why: why}
	}
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	if inv == nil {
		return undeclared("no route is known")
	}
	admin, ok := t.Owner(victim.Tenant)
	if !ok || gather.RoleRank(admin.Role) <= gather.RoleRank(victim.Role) {
		return undeclared("nobody in " + victim.Name + "'s tenant has more rights, who could change its role")
	}
	p.admin = admin
	for _, r := range inv.Routes {
		if r.Never || r.Method != "PATCH" && r.Method != "PUT" || len(r.PathParams()) != 1 || !userNoun.MatchString(r.Noun) {
			continue
		}
		if f := bodyField(r, roleField); f != "" && inv.By("GET "+r.Template) != nil && (p.field == "" || r.Method == "PATCH") {
			p.change, p.field = r, f
		}
	}
	if p.field == "" {
		return undeclared("no route is known by which an administrator changes a role")
	}
	for _, i := range t.People() {
		if i.Tenant == victim.Tenant && gather.RoleRank(i.Role) > gather.RoleRank(victim.Role) {
			p.peer = i
			if p.privilege(ctx, t, inv) {
				break
			}
		}
	}
	if p.target == "" {
		return undeclared("no read is known that a higher role may do and " + victim.Role + " may not (routes.allow)")
	}
	if p.low = p.now(ctx, t, victim); p.low == "" {
		return undeclared("the account of " + victim.Name + " was not found at " + p.change.Template)
	}
	own := p.path
	p.high = p.now(ctx, t, p.peer)
	if p.path = own; p.high == "" || p.high == p.low {
		return undeclared("which value gives the role " + p.peer.Role + " is not known")
	}
	return p, artifact.Skip{}
}

// privilege finds a read that the peer's role opens and the victim's does not, and proves both.
func (p *promotion) privilege(ctx context.Context, t *gather.Tools, inv *artifact.Inventory) bool {
	tries := 0
	for _, r := range inv.Routes {
		if r.Method != "GET" || len(r.PathParams()) > 0 || r.Never || r.HeldBack != "" || r.Kind == "sse" || r.Kind == "websocket" ||
			!slices.Contains(r.Roles, p.peer.Role) || slices.Contains(r.Roles, p.victim.Role) || tries == 3 {
			continue
		}
		tries++
		p.opens, p.target = r, ""
		target, ok := r.Fill(nil)
		if !ok {
			continue
		}
		got := t.Ask(ctx,
			gather.Ask{Name: "privilege as " + p.peer.Name, Who: p.peer.Name, Request: wire.Request{Method: "GET", URL: target}},
			gather.Ask{Name: "privilege as " + p.victim.Name, Who: p.victim.Name, Request: wire.Request{Method: "GET", URL: target}})
		if p.opened(t, got[0].Answer) && got[0].Unproven == "" && got[1].Unproven == "" && !p.opened(t, got[1].Answer) {
			p.target = target
			return true
		}
	}
	return false
}

// opened reports whether an answer is more than a refusal.
func (p *promotion) opened(t *gather.Tools, a *wire.Answer) bool {
	if a == nil || a.Status/100 != 2 {
		return false
	}
	_, denied := t.Refusals().Denied(p.opens.ID, a.Exchange)
	return !denied
}

// open asks for the privileged read with one session.
func (p *promotion) open(ctx context.Context, t *gather.Tools, s *login.Session, when string) artifact.Proof {
	out := artifact.Proof{Attempt: artifact.Attempt{Name: when, Who: p.victim.Name}}
	a, err := s.Do(ctx, wire.Request{Method: "GET", URL: p.target, By: name, For: when, Expect5xx: true, Header: []evidence.Field{{Name: "Accept", Value: "application/json, text/html;q=0.5"}}})
	if a != nil {
		out.Ref = a.Ref
	}
	switch {
	case err != nil:
		out.Unproven, out.Why = gather.Refusal(err), err.Error()
	case p.opened(t, a):
		out.Alive = true
	case t.Refusals().Throttled(a.Exchange):
		out.Unproven, out.Why = check.Throttled, "throttled"
	}
	return out
}

// send gives the victim a role.
func (p *promotion) send(ctx context.Context, t *gather.Tools, value string) artifact.Attempt {
	got := t.InOrder(ctx, gather.Ask{Name: "change the role", Who: p.admin.Name, Request: wire.Request{
		Method: p.change.Method, URL: p.path, Effect: portal.Write, Body: p.body(value),
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}},
	}})[0]
	if got.Unproven == "" && got.Status() >= 400 {
		got.Unproven, got.Why = check.NoPositiveControl, "the change of the role was refused"
	}
	return got.Attempt
}

func (p *promotion) body(value string) []byte {
	raw, _ := json.Marshal(map[string]string{p.field: value}) // texts always encode
	return raw
}

func quoted(value string) json.RawMessage {
	raw, _ := json.Marshal(value) // a text always encodes
	return raw
}

// now reads somebody's role as the administrator, and keeps the path of the
// account; "" when it is not found.
func (p *promotion) now(ctx context.Context, t *gather.Tools, who artifact.Identity) string {
	param := p.change.PathParams()[0]
	for _, id := range p.ids(ctx, t, who) {
		path, ok := p.change.Fill(artifact.Values{param: id})
		if !ok {
			continue
		}
		got := p.read(ctx, t, path)
		if got.Unproven != "" || got.Status() != 200 || !strings.Contains(string(got.Answer.Body), who.User) {
			continue
		}
		for _, l := range normal.Of(got.Answer.Exchange, normal.Mask{}).Fields {
			if strings.EqualFold(l.Key, p.field) {
				p.path, p.pointer = path, l.Pointer
				return l.Value
			}
		}
	}
	return ""
}

// mostIDs bounds what is tried to find one account.
const mostIDs = 4

// ids are what may name somebody's account: the id beside the own address in
// the list of accounts, else what is known to name its owner.
func (p *promotion) ids(ctx context.Context, t *gather.Tools, who artifact.Identity) []string {
	if cut := strings.LastIndex(p.change.Template, "/{"); cut > 0 {
		if got := p.read(ctx, t, p.change.Origin+p.change.Template[:cut]); got.Status() == 200 && got.Unproven == "" {
			if id := gather.IDBeside(got.Answer.Body, who.User); id != "" {
				return []string{id}
			}
		}
	}
	var out []string
	for _, fact := range t.As(who.Name).Facts() {
		if fact == who.User || !strings.ContainsAny(fact, " /@") && fact != who.Tenant {
			out = append(out, fact)
		}
	}
	slices.Reverse(out) // ids were learned last
	return out[:min(len(out), mostIDs)]
}

func (p *promotion) read(ctx context.Context, t *gather.Tools, path string) gather.Answered {
	return t.InOrder(ctx, gather.Ask{Name: "read the role", Who: p.admin.Name, Request: wire.Request{
		Method: "GET", URL: path, Header: []evidence.Field{{Name: "Accept", Value: "application/json"}},
	}})[0]
}
