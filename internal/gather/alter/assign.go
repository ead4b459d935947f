package alter

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// fieldsPerRequest are tried together; a refusal of all is tried one by one.
const fieldsPerRequest = 8

// Assign makes the mass-assignment transcript.
func Assign() gather.Gatherer {
	return gather.Gatherer{
		Name:    "assign",
		Doc:     "sends fields that the caller must not set, on objects made for it",
		Makes:   artifact.Assigned.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:  func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			out := &artifact.Assignments{Trials: profiles(ctx, t)}
			for _, m := range makers(t) {
				if ctx.Err() == nil && len(out.Trials) < maxTrials*4 {
					out.Trials = append(out.Trials, objects(ctx, t, m)...)
				}
			}
			return out, nil
		},
	}
}

// target is one document that a caller may change, and how.
type target struct {
	route   artifact.Route // the write
	read    string         // where it is read
	who     string
	root    string // pointer of the object in the reading
	doc     map[string]any
	before  artifact.Attempt
	entry   journal.Entry
	witness string // identity of the other tenant, who must not see the object
}

// objects tries the update of one noun, on a fresh object of the identity with
// the fewest rights that may update it.
func objects(ctx context.Context, t *gather.Tools, m maker) []artifact.Assignment {
	if len(m.updates) == 0 {
		return nil
	}
	u := m.updates[0]
	who, ok := lowest(t, m.create, u)
	if !ok {
		return nil
	}
	c, skip := plant(ctx, t, m, who.Name)
	if c == nil {
		return []artifact.Assignment{{Route: u.ID, Who: who.Name, Field: "every field", Skipped: skip}}
	}
	root := c.pointer[:max(0, strings.LastIndexByte(c.pointer, '/'))]
	doc, is := parentOf(c.doc, c.pointer).(map[string]any)
	if !is {
		return []artifact.Assignment{{Route: u.ID, Who: who.Name, Field: "every field", Skipped: artifact.Skip{Reason: check.Undeclared, Why: "the object is not read as JSON"}}}
	}
	path, _ := u.Fill(rename(u, c.detail, c.values))
	tg := target{route: u, read: c.target(), who: who.Name, root: root, doc: doc, before: c.before.Attempt, entry: c.changing("other fields")}
	if strangers := t.Strangers(who.Tenant); len(strangers) > 0 {
		tg.witness = strangers[0].Name
	}
	return tg.try(ctx, t, path)
}

// lowest is the identity with the fewest rights that may call all routes.
func lowest(t *gather.Tools, routes ...artifact.Route) (artifact.Identity, bool) {
	var best artifact.Identity
	for _, p := range t.People() {
		barred := slices.ContainsFunc(routes, func(r artifact.Route) bool { return !allowed(r, p.Role) })
		if !barred && !p.Disposable && p.Tenant != "" && (best.Name == "" || gather.RoleRank(p.Role) < gather.RoleRank(best.Role)) {
			best = p
		}
	}
	return best, best.Name != ""
}

// profiles tries the caller's own profile: as a disposable identity, for a
// profile is no object that this run made. It is put back as it was.
func profiles(ctx context.Context, t *gather.Tools) []artifact.Assignment {
	var out []artifact.Assignment
	for _, u := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if u.Method != "PATCH" && u.Method != "PUT" || !isProfile(u.Template) || u.Never {
			continue
		}
		i := slices.IndexFunc(t.People(), func(p artifact.Identity) bool { return p.Disposable })
		if i < 0 {
			out = append(out, artifact.Assignment{Route: u.ID, Field: "every field", Skipped: artifact.Skip{
				Reason: check.Undeclared, Why: "a profile is changed as a disposable identity only; mark one with disposable: true",
			}})
			continue
		}
		who := t.People()[i]
		got := t.Ask(ctx, look("before", who.Name, u.Template))[0]
		doc, root := profileIn(got)
		if doc == nil {
			out = append(out, artifact.Assignment{Route: u.ID, Who: who.Name, Field: "every field", Skipped: artifact.Skip{
				Reason: check.NoPositiveControl, Why: "the profile is not read as JSON",
			}})
			continue
		}
		tg := target{route: u, read: u.Template, who: who.Name, root: root, doc: doc, before: got.Attempt}
		out = append(out, tg.try(ctx, t, u.Template)...)
	}
	return out
}

func isProfile(template string) bool {
	segs := strings.Split(strings.Trim(strings.ToLower(template), "/"), "/")
	return slices.Contains([]string{"me", "profile", "account", "user", "self"}, segs[len(segs)-1])
}

// profileIn is the object in an answer, through an envelope.
func profileIn(got gather.Answered) (map[string]any, string) {
	if got.Answer == nil || got.Unproven != "" || got.Status()/100 != 2 {
		return nil, ""
	}
	var doc map[string]any
	dec := json.NewDecoder(strings.NewReader(string(got.Answer.Body)))
	dec.UseNumber()
	if dec.Decode(&doc) != nil {
		return nil, ""
	}
	for _, key := range []string{"data", "user", "profile", "account"} {
		if inner, is := doc[key].(map[string]any); is {
			return inner, "/" + key
		}
	}
	return doc, ""
}

// try sends the fields and reads the document again, twice.
func (tg target) try(ctx context.Context, t *gather.Tools, path string) []artifact.Assignment {
	trials := tg.plan(t)
	for chunk := range slices.Chunk(trials, fieldsPerRequest) {
		got := tg.send(ctx, t, path, chunk)
		if got.Status()/100 == 4 && len(chunk) > 1 {
			for i := range chunk {
				tg.send(ctx, t, path, chunk[i:i+1])
			}
		}
	}
	return trials
}

// plan lists the fields to try: those the object shows and the contract does
// not let callers write.
func (tg target) plan(t *gather.Tools) []artifact.Assignment {
	writable := properties(tg.route)
	var out []artifact.Assignment
	names := make([]string, 0, len(tg.doc))
	for name := range tg.doc {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		_, may := writable[name]
		if may && !privileged(name) || ownKey(name) {
			continue
		}
		sent, ok := tg.value(t, name, tg.doc[name])
		if !ok {
			continue
		}
		out = append(out, artifact.Assignment{
			Route: tg.route.ID, Who: tg.who, Field: name, Pointer: tg.root + "/" + normal.Escape(name), Sent: sent,
			Writable: may && len(writable) > 0, Before: tg.before, NeedsEffect: isRole(name) || gather.TenantWord(strings.TrimSuffix(strings.TrimSuffix(name, "Id"), "_id")),
		})
	}
	return out
}

// ownKey are keys by which the object is found again; changing one would lose it.
func ownKey(name string) bool {
	return slices.Contains([]string{"id", "_id", "uuid", "slug", "href", "url", "links", "_links"}, strings.ToLower(name))
}

func isRole(name string) bool {
	return slices.Contains([]string{"role", "roles", "is_admin", "isadmin", "admin", "permissions", "scope", "scopes"}, strings.ToLower(name))
}

// privileged are fields nobody sets on their own, whatever the contract says.
func privileged(name string) bool { return isRole(name) }

// value is a recognisable value of the field's own type that differs from the
// one it has: the next role, the other test tenant, a flipped flag.
func (tg target) value(t *gather.Tools, name string, was any) (string, bool) {
	var v any
	switch was := was.(type) {
	case bool:
		v = !was
	case json.Number, float64:
		v = 733100 + len(name)
	case string:
		v = tg.word(t, name, was)
	case nil:
		v = gather.Canary("lrw-")
	default:
		return "", false // lists and objects: their leaves are other endpoints' matter
	}
	b, err := json.Marshal(v)
	return string(b), err == nil && fmt.Sprint(v) != fmt.Sprint(was)
}

func (tg target) word(t *gather.Tools, name, was string) string {
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(tg.who)
	switch {
	case isRole(name):
		return higherRole(t, was)
	case gather.TenantWord(strings.TrimSuffix(strings.TrimSuffix(name, "Id"), "_id")):
		for _, tenant := range t.Tenants() {
			if ids := t.TenantIDs(tenant); tenant != self.Tenant && len(ids) > 0 {
				return ids[0]
			}
		}
	case normal.Timestamp(name, was):
		return "2001-02-03T04:05:06Z"[:min(20, max(10, len(was)))]
	case strings.Contains(was, "@"):
		return gather.Canary("lrw-") + "@example.invalid"
	}
	return gather.Canary("lrw-")
}

// higherRole is the role next above the one that is held, as the identities name them.
func higherRole(t *gather.Tools, was string) string {
	best := ""
	for _, p := range t.People() {
		if gather.RoleRank(p.Role) > gather.RoleRank(was) && (best == "" || gather.RoleRank(p.Role) < gather.RoleRank(best)) {
			best = p.Role
		}
	}
	if best == "" {
		return "admin"
	}
	return best
}

// send sends some fields at once, reads twice, and restores a profile.
func (tg target) send(ctx context.Context, t *gather.Tools, path string, trials []artifact.Assignment) gather.Answered {
	body, back := map[string]json.RawMessage{}, map[string]any{}
	for i := range trials {
		body[trials[i].Field] = json.RawMessage(trials[i].Sent)
		back[trials[i].Field] = tg.doc[trials[i].Field]
		if trials[i].NeedsEffect {
			trials[i].EffectBefore = tg.effect(ctx, t, trials[i].Field)
		}
	}
	raw, _ := json.Marshal(body)
	undo, _ := json.Marshal(back)
	e := tg.entry
	if e.Kind == "" { // a profile: put back what it held
		e = journal.Entry{
			Kind: journal.Change, What: "profile of " + tg.who, Who: tg.who,
			Undo: &journal.Request{Who: tg.who, Method: tg.route.Method, Path: path, ContentType: jsonType, Body: undo},
		}
		if value, err := json.Marshal(back[trials[0].Field]); err == nil {
			e.Verify = &journal.Verify{Who: tg.who, Path: tg.read, Expect: journal.Equal, Pointer: trials[0].Pointer, Value: value}
		}
	}
	got := t.Write(ctx, gather.Ask{Name: "write", Who: tg.who, Request: write(tg.route.Method, path, jsonType, raw)}, e, nil)
	after := gather.Attempts(t.Ask(ctx, look("after", tg.who, tg.read), look("after again", tg.who, tg.read)))
	for i := range trials {
		trials[i].Write, trials[i].After = got.Attempt, after
		if trials[i].NeedsEffect {
			trials[i].Effect = tg.effect(ctx, t, trials[i].Field)
		}
	}
	return got
}

// effect asks what only the privilege would open: for a role a route declared
// for higher ones, for a tenant the object as the other tenant reads it.
func (tg target) effect(ctx context.Context, t *gather.Tools, field string) artifact.Attempt {
	if !isRole(field) {
		if tg.witness == "" {
			return artifact.Attempt{}
		}
		return t.Ask(ctx, look("effect", tg.witness, tg.read))[0].Attempt
	}
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(tg.who)
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Method == "GET" && r.Roles != nil && !allowed(r, self.Role) && len(r.PathParams()) == 0 && r.HeldBack == "" && !r.Never {
			return t.Ask(ctx, look("effect", tg.who, r.Template))[0].Attempt
		}
	}
	return artifact.Attempt{}
}
