package marker_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// expect compares a ruling with "outcome[ reason]".
func expect(t *testing.T, got marker.Ruling, want string) {
	t.Helper()
	said := strings.TrimSpace(string(got.Outcome) + " " + string(got.Reason))
	if said != want {
		t.Errorf("ruling %q at step %d, want %q\n%s\n%v", said, got.Step, want, got.Message, got.Places)
	}
	if got.Message == "" {
		t.Error("the ruling has no message")
	}
}

func TestDecideAnonymous(t *testing.T) {
	t.Parallel()
	const path = "/api/invoices/" + uid
	anon := func(status int, media, body string, header ...string) marker.Answer {
		return answer(get(evidence.Anonymous, path, status, media, body, header...))
	}
	ping := `{"version":"4.2.1","region":"north"}`
	tests := []struct {
		name   string
		change func(*marker.AnonTrial)
		want   string
	}{
		{"401", func(*marker.AnonTrial) {}, "ok"},
		{"record", func(a *marker.AnonTrial) { a.X = anon(200, jsonType, object) }, "fail"},
		{"record in a 500", func(a *marker.AnonTrial) { a.X = anon(500, "text/plain", "dump: "+object) }, "fail"},
		{"record in the body of a login redirect", func(a *marker.AnonTrial) { a.X = anon(302, jsonType, object, "Location", "/login") }, "fail"},
		{"same document without markers", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X = anon(200, jsonType, ping), anon(200, jsonType, ping), anon(200, jsonType, ping)
		}, "fail"},
		{"same document for every tenant", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X = anon(200, jsonType, ping), anon(200, jsonType, ping), anon(200, jsonType, ping)
			a.Tenants = []marker.Answer{anon(200, jsonType, ping)}
		}, "unproven suspected"},
		{"same document, another tenant is shown more", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X = anon(200, jsonType, ping), anon(200, jsonType, ping), anon(200, jsonType, ping)
			a.Tenants = []marker.Answer{anon(200, jsonType, `{"version":"4.2.1","region":"north","plan":"gold"}`)}
		}, "unproven suspected"},
		{"same document, another tenant is shown something else", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X = anon(200, jsonType, ping), anon(200, jsonType, ping), anon(200, jsonType, ping)
			a.Tenants = []marker.Answer{anon(200, jsonType, `{"version":"4.2.1","region":"south"}`)}
		}, "fail"},
		{"same people for every tenant", func(a *marker.AnonTrial) {
			people := `{"people":[{"name":"Zoe","mail":"zoe@acme.test"},{"name":"Gus","mail":"gus@globex.test"}]}`
			a.P, a.P2, a.X, a.Tenants = anon(200, jsonType, people), anon(200, jsonType, people), anon(200, jsonType, people), []marker.Answer{anon(200, jsonType, people)}
		}, "fail"},
		{"same objects for every tenant", func(a *marker.AnonTrial) {
			rows := `{"rows":[{"id":"` + uid + `","n":1}]}`
			a.P, a.P2, a.X, a.Tenants = anon(200, jsonType, rows), anon(200, jsonType, rows), anon(200, jsonType, rows), []marker.Answer{anon(200, jsonType, rows)}
			a.Owned, a.Sent = marker.NewSet(uid), nil
		}, "fail"},
		{"same document at a guarded address", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X, a.Tenants = anon(200, jsonType, ping), anon(200, jsonType, ping), anon(200, jsonType, ping), []marker.Answer{anon(200, jsonType, ping)}
			a.Route = "GET /api/admin/state"
		}, "fail"},
		{"same document, public", func(a *marker.AnonTrial) { a.X, a.Public = anon(200, jsonType, object), true }, "ok"},
		{"403", func(a *marker.AnonTrial) { a.X = anon(403, jsonType, `{}`) }, "ok"},
		{"redirect to the login", func(a *marker.AnonTrial) { a.X = anon(302, "", "", "Location", "/login?next="+path) }, "ok"},
		{"login page", func(a *marker.AnonTrial) { a.X = anon(200, htmlType, login) }, "ok"},
		{"soft 404", func(a *marker.AnonTrial) {
			a.X = anon(200, htmlType, `<html><body><h1>Oops</h1><p>We could not find `+path+` for you.</p></body></html>`)
		}, "ok"},
		{"shell", func(a *marker.AnonTrial) { a.X = anon(200, htmlType, shell) }, "ok"},
		{"shell for everybody", func(a *marker.AnonTrial) {
			a.P, a.P2, a.X = anon(200, htmlType, shell), anon(200, htmlType, shell), anon(200, htmlType, shell)
		}, "not-applicable"},
		{"learned refusal", func(a *marker.AnonTrial) { a.X = anon(422, jsonType, `{"message":"Check your input"}`) }, "ok"},
		{"error envelope", func(a *marker.AnonTrial) { a.X = anon(200, jsonType, `{"ok":false,"error":"login first"}`) }, "ok"},
		{"404 of its own", func(a *marker.AnonTrial) { a.X = anon(404, jsonType, `{"error":"invoice not found"}`) }, "unproven suspected"},
		{"404 that an unknown id gets as well", func(a *marker.AnonTrial) {
			a.X = anon(404, jsonType, `{"error":"invoice `+uid+` not found"}`)
			a.N = answer(get(evidence.Anonymous, "/api/invoices/9c1d7f2e-0000-4000-8000-123456789abc", 404, jsonType, `{"error":"invoice 9c1d7f2e-0000-4000-8000-123456789abc not found"}`))
		}, "ok"},
		{"404 unlike that of an unknown id", func(a *marker.AnonTrial) {
			a.X = anon(404, jsonType, `{"error":"not yours"}`)
			a.N = answer(get(evidence.Anonymous, "/api/invoices/9c1d7f2e-0000-4000-8000-123456789abc", 404, jsonType, `{"error":"no such invoice"}`))
		}, "unproven suspected"},
		{"200 that an unknown id gets as well", func(a *marker.AnonTrial) {
			a.X, a.N = anon(200, jsonType, `{"offers":["Buy two, get three"]}`), anon(200, jsonType, `{"offers":["Buy two, get three"]}`)
		}, "unproven suspected"},
		{"other content", func(a *marker.AnonTrial) { a.X = anon(200, jsonType, `{"offers":["Buy two, get three"]}`) }, "unproven suspected"},
		{"empty list", func(a *marker.AnonTrial) { a.X = anon(200, jsonType, `[]`) }, "unproven suspected"},
		{"500", func(a *marker.AnonTrial) { a.X = anon(500, "text/plain", "oops") }, "unproven unstable"},
		{"400", func(a *marker.AnonTrial) { a.X = anon(400, "text/plain", "what?") }, "unproven undeclared"},
		{"cut off", func(a *marker.AnonTrial) { a.X.Ex.Response.Truncated = true }, "unproven unstable"},
		{"throttled", func(a *marker.AnonTrial) { a.X = anon(429, "", "") }, "unproven throttled"},
		{"firewall", func(a *marker.AnonTrial) { a.X = anon(403, htmlType, "Request blocked") }, "unproven intercepted"},
		{"no control", func(a *marker.AnonTrial) { a.P = anon(403, jsonType, `{}`) }, "unproven no-positive-control"},
		{"control not asked", func(a *marker.AnonTrial) { a.P, a.P2 = marker.Answer{}, marker.Answer{} }, "unproven no-positive-control"},
		{"bad token like none", func(a *marker.AnonTrial) {
			a.A0 = anon(200, jsonType, `{"offers":["Buy two, get three"]}`)
			a.X = anon(200, jsonType, `{"offers":["Buy two, get three"]}`)
		}, "unproven suspected"},
		{"bad token as 400", func(a *marker.AnonTrial) { a.A0, a.X = a.X, anon(400, jsonType, `{"detail":"malformed token"}`) }, "ok"},
		{"bad token opens", func(a *marker.AnonTrial) { a.A0, a.X = a.X, anon(200, jsonType, object) }, "fail"},
		{"bad token as 500", func(a *marker.AnonTrial) { a.A0, a.X = a.X, anon(500, "text/plain", "oops") }, "unproven unstable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := marker.AnonTrial{
				Route: "GET /api/invoices/{id}", Sent: []string{uid}, Judge: refusal.New(baseline()), Stranger: marker.NewSet("Northwind"),
				P: answer(get("alice", path, 200, jsonType, object)), P2: answer(get("alice", path, 200, jsonType, object)),
				X: anon(401, jsonType, `{"title":"Unauthorized","status":401}`),
			}
			tt.change(&a)
			expect(t, marker.DecideAnonymous(a), tt.want)
		})
	}
}

func TestDecideBypass(t *testing.T) {
	t.Parallel()
	const path = "/admin/audit"
	ex := func(path string, status int, body string) marker.Answer {
		return answer(get(evidence.Anonymous, path, status, jsonType, body))
	}
	plain := `{"version":"4.2.1","region":"north"}`
	tests := []struct {
		name   string
		change func(*marker.BypassTrial)
		want   string
	}{
		{"opens", func(*marker.BypassTrial) {}, "fail"},
		{"opens without markers", func(b *marker.BypassTrial) {
			b.P, b.P2, b.Try, b.Again = ex(path, 200, plain), ex(path, 200, plain), ex(path+"/", 200, plain), ex(path+"/", 200, plain)
		}, "fail"},
		{"any path without markers", func(b *marker.BypassTrial) {
			b.P, b.P2, b.Try, b.Again, b.Control = ex(path, 200, plain), ex(path, 200, plain), ex(path+"/", 200, plain), ex(path+"/", 200, plain), ex("/lr-0/", 200, plain)
		}, "ok"},
		{"refused", func(b *marker.BypassTrial) { b.Try = ex(path+"/", 403, gone) }, "ok"},
		{"another 200", func(b *marker.BypassTrial) { b.Try = ex(path+"/", 200, `{"welcome":"to the start page"}`) }, "ok"},
		{"shell", func(b *marker.BypassTrial) { b.Try = answer(get("", path+"/", 200, htmlType, shell)) }, "ok"},
		{"once only", func(b *marker.BypassTrial) { b.Again = ex(path+"/", 403, gone) }, "unproven unstable"},
		{"not repeated", func(b *marker.BypassTrial) { b.Again = marker.Answer{} }, "unproven unstable"},
		{"no control", func(b *marker.BypassTrial) { b.Control = marker.Answer{} }, "unproven unstable"},
		{"plain request is open", func(b *marker.BypassTrial) { b.Base = ex(path, 200, `{"x":"anything at all"}`) }, "unproven no-positive-control"},
		{"no authorised answer", func(b *marker.BypassTrial) { b.P = ex(path, 500, `{}`) }, "unproven no-positive-control"},
		{"throttled", func(b *marker.BypassTrial) { b.Try = ex(path+"/", 429, `{}`) }, "unproven throttled"},
		{"not sent", func(b *marker.BypassTrial) { b.Try = marker.Answer{Unproven: check.EffectRefused} }, "unproven effect-refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := marker.BypassTrial{
				Route: "GET " + path, Judge: refusal.New(baseline()),
				Base: ex(path, 401, `{"status":401}`), P: ex(path, 200, object), P2: ex(path, 200, object),
				Try: ex(path+"/", 200, object), Again: ex(path+"/", 200, object), Control: ex("/lr-0/", 404, gone),
			}
			tt.change(&b)
			expect(t, marker.DecideBypass(b), tt.want)
		})
	}
}

func TestDecideRole(t *testing.T) {
	t.Parallel()
	const path = "/api/audit"
	ex := func(status int, body string) marker.Answer {
		return answer(get("amir", path, status, jsonType, body))
	}
	tests := []struct {
		name   string
		change func(*marker.RoleTrial)
		want   string
	}{
		{"refused", func(*marker.RoleTrial) {}, "ok"},
		{"open", func(r *marker.RoleTrial) { r.X = ex(200, object) }, "fail"},
		{"open, only inferred", func(r *marker.RoleTrial) { r.X, r.Inferred = ex(200, object), true }, "unproven suspected"},
		{"open in a 403", func(r *marker.RoleTrial) { r.X = ex(403, object) }, "fail"},
		{"same without markers", func(r *marker.RoleTrial) {
			r.P, r.P2, r.X = ex(200, `{"mode":"full","level":12}`), ex(200, `{"mode":"full","level":12}`), ex(200, `{"mode":"full","level":12}`)
		}, "fail"},
		{"own view", func(r *marker.RoleTrial) { r.X = ex(200, own) }, "unproven suspected"},
		{"empty", func(r *marker.RoleTrial) { r.X = ex(200, `{"items":[]}`) }, "ok"},
		{"crash", func(r *marker.RoleTrial) { r.X = ex(500, `{}`) }, "unproven unstable"},
		{"unknown", func(r *marker.RoleTrial) { r.X = ex(409, `{"a":"b"}`) }, "unproven undeclared"},
		{"dead", func(r *marker.RoleTrial) { r.X.Unproven = check.SessionDead }, "unproven session-dead"},
		{"no control", func(r *marker.RoleTrial) { r.P = ex(404, gone) }, "unproven no-positive-control"},
		{"cut off", func(r *marker.RoleTrial) { r.X.Ex.Response.Truncated = true }, "unproven unstable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := marker.RoleTrial{Route: "GET " + path, Judge: refusal.New(baseline()), P: ex(200, object), P2: ex(200, object), X: ex(403, `{}`)}
			tt.change(&r)
			expect(t, marker.DecideRole(r), tt.want)
		})
	}
}

func TestDecideWrite(t *testing.T) {
	t.Parallel()
	const tag = "lrw-abcdefghij23"
	read := func(status int, body string) marker.Answer {
		return answer(get("alice", "/api/notes/7", status, jsonType, body))
	}
	list := func(body string) marker.Answer { return answer(get("alice", "/api/notes", 200, jsonType, body)) }
	const note = `{"id":7,"text":"lrc-aaaaaaaaaaaa","author":"alice","updatedAt":"2026-03-01T10:00:00Z"}`
	changed := strings.ReplaceAll(note, "lrc-aaaaaaaaaaaa", tag)
	other := read(200, `{"id":8,"text":"untouched"}`)
	tests := []struct {
		name   string
		change func(*marker.WriteTrial)
		want   string
	}{
		{"refused", func(*marker.WriteTrial) {}, "ok"},
		{"refused, yet written", func(w *marker.WriteTrial) { w.After = []marker.Answer{read(200, changed)} }, "fail"},
		{"written later", func(w *marker.WriteTrial) { w.After = []marker.Answer{read(200, note), read(200, changed)} }, "fail"},
		{"written through a dead session", func(w *marker.WriteTrial) {
			w.Write.Unproven, w.After = check.SessionDead, []marker.Answer{read(200, changed)}
		}, "fail"},
		{"empty success", func(w *marker.WriteTrial) { w.Write = read(204, "") }, "ok"},
		{"only a time changed", func(w *marker.WriteTrial) {
			w.After = []marker.Answer{read(200, strings.ReplaceAll(note, "03-01", "03-02"))}
		}, "ok"},
		{"seen in the list", func(w *marker.WriteTrial) {
			w.Pointer, w.After = "/items/*/text", []marker.Answer{read(200, note), list(`{"items":[{"id":9,"text":"` + tag + `"}]}`)}
		}, "fail"},
		{"elsewhere in the audit trail", func(w *marker.WriteTrial) {
			w.After = []marker.Answer{read(200, note), list(`{"events":[{"refused":"` + tag + `"}]}`)}
		}, "unproven suspected"},
		{"changed otherwise", func(w *marker.WriteTrial) {
			w.After = []marker.Answer{read(200, strings.ReplaceAll(note, `"alice"`, `"bob"`))}
		}, "unproven suspected"},
		{"gone", func(w *marker.WriteTrial) {
			w.After, w.Control = []marker.Answer{read(404, gone), read(404, gone)}, other
		}, "fail"},
		{"gone with everything", func(w *marker.WriteTrial) { w.After, w.Control = []marker.Answer{read(404, gone)}, read(404, gone) }, "unproven unstable"},
		{"gone, no control", func(w *marker.WriteTrial) { w.After = []marker.Answer{read(410, gone)} }, "unproven unstable"},
		{"re-read refused", func(w *marker.WriteTrial) { w.After = []marker.Answer{read(401, "{}")} }, "unproven no-positive-control"},
		{"no re-read", func(w *marker.WriteTrial) { w.After = nil }, "unproven no-positive-control"},
		{"re-read throttled", func(w *marker.WriteTrial) { w.After[0].Unproven = check.Throttled }, "unproven throttled"},
		{"re-read cut off", func(w *marker.WriteTrial) {
			w.After = []marker.Answer{read(200, note)}
			w.After[0].Ex.Response.Truncated = true
		}, "unproven unstable"},
		{"write not sent", func(w *marker.WriteTrial) { w.Write = marker.Answer{Unproven: check.EffectRefused} }, "unproven effect-refused"},
		{"write through a dead session", func(w *marker.WriteTrial) { w.Write.Unproven = check.SessionDead }, "unproven session-dead"},
		{"owner cannot write either", func(w *marker.WriteTrial) { w.Positive = read(500, "") }, "unproven no-positive-control"},
		{"owner can write", func(w *marker.WriteTrial) { w.Positive = read(200, note) }, "ok"},
		{"value was there before", func(w *marker.WriteTrial) {
			w.Before, w.After = read(200, changed), []marker.Answer{read(200, changed)}
		}, "unproven unstable"},
		{"no reading before", func(w *marker.WriteTrial) { w.Before = marker.Answer{} }, "unproven no-positive-control"},
		{"page", func(w *marker.WriteTrial) {
			page := answer(get("alice", "/notes/7", 200, htmlType, "<p>One two three four five six seven eight nine ten eleven "+tag+"</p>"))
			w.Before, w.After = read(200, note), []marker.Answer{page}
		}, "fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := marker.WriteTrial{
				Route: "GET /api/notes/{id}", Tag: tag, Pointer: "/text", Judge: refusal.New(baseline()),
				Before: read(200, note), Write: answer(get("bob", "/api/notes/7", 403, jsonType, `{}`)), After: []marker.Answer{read(200, note), read(200, note)},
			}
			tt.change(&w)
			expect(t, marker.DecideWrite(w), tt.want)
		})
	}
}

func TestDecideAssign(t *testing.T) {
	t.Parallel()
	me := func(status int, body string) marker.Answer {
		return answer(get("amir", "/api/me", status, jsonType, body))
	}
	admin := func(status int, body string) marker.Answer {
		return answer(get("amir", "/admin", status, jsonType, body))
	}
	const was, is = `{"id":3,"user":{"role":"member","credits":5}}`, `{"id":3,"user":{"role":"admin","credits":733101}}`
	tests := []struct {
		name   string
		change func(*marker.AssignTrial)
		want   string
	}{
		{"ignored", func(*marker.AssignTrial) {}, "ok"},
		{"refused", func(a *marker.AssignTrial) { a.Write = me(422, `{"status":422}`) }, "ok"},
		{"echoed", func(a *marker.AssignTrial) { a.Write = me(200, is) }, "ok"},
		{"stored", func(a *marker.AssignTrial) { a.After = []marker.Answer{me(200, is), me(200, is)} }, "fail"},
		{"stored in another notation", func(a *marker.AssignTrial) {
			a.Sent = "733101.0"
			a.After = []marker.Answer{me(200, is), me(200, is)}
		}, "fail"},
		{"stored once", func(a *marker.AssignTrial) { a.After = []marker.Answer{me(200, is), me(200, was)} }, "unproven unstable"},
		{"read once", func(a *marker.AssignTrial) { a.After = []marker.Answer{me(200, is)} }, "unproven unstable"},
		{"not read", func(a *marker.AssignTrial) { a.After = nil }, "unproven no-positive-control"},
		{"re-read refused", func(a *marker.AssignTrial) { a.After = []marker.Answer{me(401, "{}")} }, "unproven no-positive-control"},
		{"writable", func(a *marker.AssignTrial) { a.Writable, a.After = true, []marker.Answer{me(200, is), me(200, is)} }, "ok"},
		{"there before", func(a *marker.AssignTrial) { a.Before = me(200, is) }, "unproven unstable"},
		{"not sent", func(a *marker.AssignTrial) { a.Write = marker.Answer{Unproven: check.EffectRefused} }, "unproven effect-refused"},
		{"role with effect", func(a *marker.AssignTrial) {
			role(a, me(200, is))
			a.EffectBefore, a.Effect = admin(403, "{}"), admin(200, object)
		}, "fail"},
		{"role without effect", func(a *marker.AssignTrial) {
			role(a, me(200, is))
			a.EffectBefore, a.Effect = admin(403, "{}"), admin(403, "{}")
		}, "unproven suspected"},
		{"role, effect not tried", func(a *marker.AssignTrial) { role(a, me(200, is)) }, "unproven suspected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := marker.AssignTrial{
				Route: "GET /api/me", Field: "credits", Pointer: "/user/credits", Sent: "733101", Judge: refusal.New(nil),
				Before: me(200, was), Write: me(200, was), After: []marker.Answer{me(200, was), me(200, was)},
			}
			tt.change(&a)
			expect(t, marker.DecideAssign(a), tt.want)
		})
	}
}

func role(a *marker.AssignTrial, after marker.Answer) {
	a.Field, a.Pointer, a.Sent, a.NeedsEffect = "role", "/user/role", `"admin"`, true
	a.After = []marker.Answer{after, after}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	ex := get("bob", "/x", 200, jsonType, "{}")
	lookup := func(ref evidence.Ref) (*evidence.Exchange, error) {
		switch ref {
		case "":
			return nil, nil
		case "sha256:x":
			return ex, nil
		}
		return nil, errors.New("no such record")
	}
	as := []artifact.Attempt{{Name: "P", Ref: "sha256:x"}, {Name: "X", Unproven: check.BudgetSpent, Why: "none left"}, {Name: "N", Ref: "sha256:gone"}}
	if a, err := marker.LoadNamed(as, "P", lookup); err != nil || a.Ex != ex {
		t.Errorf("P = %+v, %v", a, err)
	}
	if a, err := marker.LoadNamed(as, "X", lookup); err != nil || a.Ex != nil || a.Unproven != check.BudgetSpent || a.Why != "none left" {
		t.Errorf("X = %+v, %v", a, err)
	}
	if _, err := marker.LoadNamed(as, "N", lookup); err == nil || !strings.Contains(err.Error(), "attempt N") {
		t.Errorf("N: error %v, want one that names the attempt", err)
	}
	if a, err := marker.LoadNamed(as, "Q", lookup); err != nil || a != (marker.Answer{}) {
		t.Errorf("Q = %+v, %v; want nothing", a, err)
	}
}
