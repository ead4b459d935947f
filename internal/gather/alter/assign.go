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
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// fieldsPerRequest are tried together; a refusal of all is tried one by one.
const fieldsPerRequest = 8

// Assign makes the mass-assignment transcript.
func Assign() gather.Gatherer {
	return gather.Gatherer{
		Name:     "assign",
		Doc:      "sends fields that the caller must not set, on objects made for it",
		Makes:    artifact.Assigned.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:    []string{artifact.Baselines.Name()},
		Thorough: true,
		Effects:  []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:   func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			out := &artifact.Assignments{Trials: profiles(ctx, t)}
			for _, m := range canary.Makers(t) {
				for _, u := range m.Updates {
					if ctx.Err() == nil && len(out.Trials) < maxTrials*4 {
						out.Trials = append(out.Trials, objects(ctx, t, m, u)...)
					}
				}
			}
			return out, nil
		},
	}
}

// target is one document that a caller may change, and how.
type target struct {
	route   artifact.Route // the write
	path    string         // its request target
	read    string         // where it is read
	who     string
	root    string         // pointer of the object in the reading
	doc     map[string]any // that object
	before  artifact.Attempt
	entry   journal.Entry // of a change; without a kind for a profile, which is put back
	witness string        // identity of the other tenant, who must not see the object
	gate    string        // what only a higher role is shown
}

// objects tries an update of one noun, as the identity with the fewest rights
// that may update it. What may move the object or raise a privilege is tried
// on a fresh one.
func objects(ctx context.Context, t *gather.Tools, m canary.Maker, u artifact.Route) []artifact.Assignment {
	who, ok := lowest(t, m.Create, u)
	if !ok {
		return nil
	}
	tg, skip := object(ctx, t, m, u, who)
	if skip.Reason == "" {
		skip = tg.works(ctx, t)
	}
	if skip.Reason != "" {
		return []artifact.Assignment{{Route: u.ID, Who: who.Name, Field: "every field", Skipped: skip}}
	}
	plain, effective := tg.plan(t)
	tg.tryTogether(ctx, t, plain)
	for i := range effective {
		fresh, skip := object(ctx, t, m, u, who)
		if skip.Reason != "" {
			effective[i].Skipped = skip
			continue
		}
		effective[i].Before = fresh.before
		fresh.send(ctx, t, effective[i:i+1])
	}
	return append(plain, effective...)
}

// object makes one to try fields on.
func object(ctx context.Context, t *gather.Tools, m canary.Maker, u artifact.Route, who artifact.Identity) (target, artifact.Skip) {
	c, skip := canary.Plant(ctx, t, m, who.Name)
	if c == nil {
		return target{}, skip
	}
	doc, is := canary.ParentOf(c.Doc, c.Pointer).(map[string]any)
	path, filled := u.Fill(canary.Rename(u, c.Detail, c.Values))
	if !is || !filled {
		return target{}, artifact.Skip{Reason: check.Undeclared, Why: "the object is not read as JSON"}
	}
	tg := target{
		route: u, path: path, read: c.Target(), who: who.Name, doc: doc, before: c.Before.Attempt, entry: c.Changing("other fields"),
		root: c.Pointer[:max(0, strings.LastIndexByte(c.Pointer, '/'))],
	}
	if strangers := t.Strangers(who.Tenant); len(strangers) > 0 {
		tg.witness = strangers[0].Name
	}
	return tg, artifact.Skip{}
}

// lowest is the identity with the fewest rights that may call all routes.
func lowest(t *gather.Tools, routes ...artifact.Route) (artifact.Identity, bool) {
	var best artifact.Identity
	for _, p := range t.People() {
		barred := slices.ContainsFunc(routes, func(r artifact.Route) bool { return !canary.Allowed(r, p.Role) })
		if !barred && !p.Disposable && p.Tenant != "" && (best.Name == "" || gather.RoleRank(p.Role) < gather.RoleRank(best.Role)) {
			best = p
		}
	}
	return best, best.Name != ""
}

// works sends an update that nothing is wrong with: without it, a refusal of
// the others would say nothing.
func (tg target) works(ctx context.Context, t *gather.Tools) artifact.Skip {
	body := canary.Writable(tg.route, tg.doc)
	if len(body) == 0 {
		for name, was := range tg.doc {
			if _, is := was.(string); is && slices.Contains(canary.TextNames, strings.ToLower(name)) {
				body[name] = was
			}
		}
	}
	got := tg.write(ctx, t, "positive", body, body)
	switch {
	case got.Unproven != "":
		return artifact.Skip{Reason: got.Unproven, Why: got.Why}
	case got.Status()/100 != 2 && got.Status()/100 != 3:
		return artifact.Skip{Reason: check.NoPositiveControl, Why: fmt.Sprintf("not even an update with nothing new in it is accepted from %s (status %d)", tg.who, got.Status())}
	}
	return artifact.Skip{}
}

// tryTogether tries fields by the handful; where a handful is refused, one by one.
func (tg target) tryTogether(ctx context.Context, t *gather.Tools, trials []artifact.Assignment) {
	for chunk := range slices.Chunk(trials, fieldsPerRequest) {
		got := tg.send(ctx, t, chunk)
		if got.Status()/100 == 4 && len(chunk) > 1 {
			tg.tryAlone(ctx, t, chunk)
		}
	}
}

func (tg target) tryAlone(ctx context.Context, t *gather.Tools, trials []artifact.Assignment) {
	for i := range trials {
		tg.send(ctx, t, trials[i:i+1])
	}
}

// send sends some fields at once and reads twice.
func (tg target) send(ctx context.Context, t *gather.Tools, trials []artifact.Assignment) gather.Answered {
	body, back := map[string]any{}, map[string]any{}
	if tg.route.Method == "PUT" {
		body = canary.Writable(tg.route, tg.doc)
	}
	for i := range trials {
		body[trials[i].Field] = json.RawMessage(trials[i].Sent)
		if was, had := tg.doc[trials[i].Field]; had {
			back[trials[i].Field] = was
		}
		if trials[i].NeedsEffect {
			trials[i].EffectBefore = tg.effect(ctx, t, trials[i].Field)
		}
	}
	got := tg.write(ctx, t, "write", body, back)
	after := tg.reread(ctx, t, trials[0].NeedsEffect)
	for i := range trials {
		trials[i].Write, trials[i].After = got.Attempt, after
		if trials[i].NeedsEffect {
			trials[i].Effect = tg.effect(ctx, t, trials[i].Field)
		}
	}
	return got
}

// write journals and sends a body. A profile is put back as it was; an object
// ends with its own entry.
func (tg target) write(ctx context.Context, t *gather.Tools, name string, body, back map[string]any) gather.Answered {
	contentType, raw, _ := canary.Encode(tg.route.BodyType, body)
	e := tg.entry
	if e.Kind == "" {
		_, undo, _ := canary.Encode(tg.route.BodyType, back)
		e = journal.Entry{Kind: journal.Change, What: "profile of " + tg.who, Who: tg.who}
		e.Undo = &journal.Request{Who: tg.who, Method: tg.route.Method, Path: tg.path, ContentType: contentType, Body: undo}
		for field, was := range back {
			if value, err := json.Marshal(was); err == nil {
				e.Verify = &journal.Verify{Who: tg.who, Path: tg.read, Expect: journal.Equal, Pointer: tg.root + "/" + normal.Escape(field), Value: value}
			}
		}
	}
	return t.Write(ctx, gather.Ask{Name: name, Who: tg.who, Request: canary.Write(tg.route.Method, tg.path, contentType, raw)}, e, nil)
}

// reread reads the document twice: as the writer, or as the other tenant where
// the writer is not shown it any more.
func (tg target) reread(ctx context.Context, t *gather.Tools, moves bool) []artifact.Attempt {
	after := canary.Ask(ctx, t, canary.Look("after", tg.who, tg.read), canary.Look("after again", tg.who, tg.read))
	if moves && tg.witness != "" && after[0].Status()/100 == 4 {
		after = canary.Ask(ctx, t, canary.Look("after", tg.witness, tg.read), canary.Look("after again", tg.witness, tg.read))
	}
	return gather.Attempts(after)
}

// effect asks what only the privilege would open: for a role a route that is
// declared for higher ones, for a tenant the object as the other tenant reads it.
func (tg target) effect(ctx context.Context, t *gather.Tools, field string) artifact.Attempt {
	switch {
	case isRole(field) && tg.gate != "":
		return canary.Ask(ctx, t, canary.Look("effect", tg.who, tg.gate))[0].Attempt
	case !isRole(field) && tg.witness != "":
		return canary.Ask(ctx, t, canary.Look("effect", tg.witness, tg.read))[0].Attempt
	}
	return artifact.Attempt{}
}
