package alter

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
)

// profiles tries the caller's own profile: as a disposable identity, for a
// profile is no object that this run made. It is put back as it was. The
// fields go one by one, so that each is put back and proved so by itself.
func profiles(ctx context.Context, t *gather.Tools) []artifact.Assignment {
	var out []artifact.Assignment
	for _, u := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if u.Method != "PATCH" && u.Method != "PUT" || !isProfile(u.Template) || u.Never || u.Origin != "" {
			continue
		}
		tg, skip := profile(ctx, t, u)
		if skip.Reason == "" {
			skip = tg.works(ctx, t)
		}
		if skip.Reason != "" {
			out = append(out, artifact.Assignment{Route: u.ID, Who: tg.who, Field: "every field", Skipped: skip})
			continue
		}
		plain, effective := tg.plan(t)
		tg.tryAlone(ctx, t, plain)
		tg.tryAlone(ctx, t, effective)
		out = append(out, append(plain, effective...)...)
	}
	return out
}

// profile reads a disposable identity's own profile.
func profile(ctx context.Context, t *gather.Tools, u artifact.Route) (target, artifact.Skip) {
	people := t.People()
	i := slices.IndexFunc(people, func(p artifact.Identity) bool { return p.Disposable })
	if i < 0 {
		return target{}, artifact.Skip{Reason: check.Undeclared, Why: "a profile is changed as a disposable identity only: mark one with disposable: true"}
	}
	who := people[i]
	tg := target{route: u, path: u.Template, read: u.Template, who: who.Name}
	got := canary.Ask(ctx, t, canary.Look("before", who.Name, u.Template))[0]
	if tg.doc, tg.root = profileIn(got); tg.doc == nil {
		return tg, artifact.Skip{Reason: check.NoPositiveControl, Why: "the profile is not read as JSON"}
	}
	tg.before, tg.gate = got.Attempt, gateOf(ctx, t, who)
	return tg, artifact.Skip{}
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

// maxGates bounds how many routes are asked for one that is closed to somebody.
const maxGates = 4

// gateOf finds a read that is declared for higher roles and really refused to who.
func gateOf(ctx context.Context, t *gather.Tools, who artifact.Identity) string {
	asked := 0
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Method != "GET" || r.Roles == nil || canary.Allowed(r, who.Role) || len(r.PathParams()) > 0 || r.HeldBack != "" || r.Never || r.Origin != "" {
			continue
		}
		if asked++; asked > maxGates {
			break
		}
		got := canary.Ask(ctx, t, canary.Look("gate", who.Name, r.Template))[0]
		if got.Answer == nil || got.Unproven != "" {
			continue
		}
		if _, refused := t.Refusals().Denied(r.ID, got.Answer.Exchange); refused {
			return r.Template
		}
	}
	return ""
}
