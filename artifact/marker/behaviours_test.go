package marker_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

const (
	jsonType = "application/json"
	htmlType = "text/html; charset=utf-8"
	host     = "https://portal.example.com"
)

// get builds an exchange: GET path as who, then what came back. Pairs of
// header names and values follow.
func get(who, path string, status int, media, body string, header ...string) *evidence.Exchange {
	digest := sha256.Sum256([]byte(body))
	ex := &evidence.Exchange{
		Who: who, Request: evidence.Request{Method: "GET", URL: host + path},
		Response: &evidence.Response{Status: status, Body: evidence.Body(body), Size: int64(len(body)), Digest: hex.EncodeToString(digest[:])},
	}
	if media != "" {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: "Content-Type", Value: media})
	}
	for i := 0; i+1 < len(header); i += 2 {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: header[i], Value: header[i+1]})
	}
	return ex
}

func answer(ex *evidence.Exchange) marker.Answer { return marker.Answer{Ex: ex} }

// The world of the behaviours: acme's invoice, asked for by globex's bob.
const (
	uid    = "3f2a9c1e-8b7d-4e6f-a1b2-c3d4e5f60718"
	noUID  = "c0d5639e-1428-4b90-8e4d-3c2b1a09f8e7" // Unlike(uid) need not be this very one
	ownUID = "9d8c7b6a-5f4e-4d3c-9b2a-1f0e9d8c7b6a"
	object = `{"id":"` + uid + `","number":"AC-2026-0042","customer":{"name":"Acme Rockets Ltd","email":"carla@acme.test"},"subject":"Merger with Initech, strictly private","total":15840.75,"status":"open","createdAt":"2026-03-01T10:00:00Z"}`
	own    = `{"id":"` + ownUID + `","number":"GX-2026-0007","customer":{"name":"Globex Mills","email":"zoe@globex.test"},"subject":"Quarterly flour delivery","total":932.10,"status":"open","createdAt":"2026-03-02T11:00:00Z"}`
	gone   = `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such record."}`
	shell  = `<!doctype html><html><head><title>Northwind</title><script src="/assets/app.91ab.js"></script></head><body><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript></body></html>`
	login  = `<!doctype html><html><head><title>Sign in</title></head><body><form action="/login" method="post"><input name="email"><input type="password" name="password"><input type="hidden" name="csrf_token" value="[redacted:csrf:11aa22bb]"><button>Sign in</button></form></body></html>`
)

// baseline is what was learned about the portal.
func baseline() *artifact.Baseline {
	known := func(kind, prefix string, ex *evidence.Exchange) artifact.Known {
		return artifact.Known{Kind: kind, Prefix: prefix, Status: ex.Status(), Normal: refusal.Fingerprint(ex)}
	}
	return &artifact.Baseline{
		LoginTargets: []string{"/login"},
		Known: []artifact.Known{
			known("soft404", "/", get("", "/lr-none-1", 200, htmlType, `<html><body><h1>Oops</h1><p>We could not find /lr-none-1 for you.</p></body></html>`)),
			known("shell", "/", get("", "/lr-none-2", 200, htmlType, shell)),
			known("login", "/", get("", "/login", 200, htmlType, login)),
			known("denial", "/api/", get("bob", "/api/reports/1", 500, jsonType, `{"title":"failed","detail":"The request could not be completed.","status":500}`)),
			known("denial", "/api/", get("bob", "/api/reports/2", 422, jsonType, `{"message":"Check your input"}`)),
		},
	}
}

// trial is the plain swap of an invoice by UUID: refused with 404 like an
// unknown id. Behaviours change parts of it.
func trial() marker.Trial {
	stranger := marker.NewSet("bob", "bob@globex.test", "globex")
	stranger.AddExchange(get("bob", "/api/invoices", 200, jsonType, `{"items":[`+own+`],"total":1}`))
	return marker.Trial{
		Route: "GET /api/invoices/{id}", ID: uid, NoID: noUID,
		P:        answer(get("alice", "/api/invoices/"+uid, 200, jsonType, object)),
		P2:       answer(get("alice", "/api/invoices/"+uid, 200, jsonType, object)),
		X:        answer(get("bob", "/api/invoices/"+uid, 404, jsonType, gone)),
		N:        answer(get("bob", "/api/invoices/"+noUID, 404, jsonType, gone)),
		Q:        answer(get("bob", "/api/invoices/"+ownUID, 200, jsonType, own)),
		A:        answer(get(evidence.Anonymous, "/api/invoices/"+uid, 401, jsonType, `{"title":"Unauthorized","status":401}`)),
		Stranger: stranger,
		Others:   marker.NewSet("7c6b5a49-3827-4615-9f0e-d1c2b3a49586"),
		Judge:    refusal.New(baseline()),
	}
}

// x is the answer to the stranger.
func x(status int, media, body string, header ...string) func(*marker.Trial) {
	return func(t *marker.Trial) {
		t.X = answer(get("bob", "/api/invoices/"+t.ID, status, media, body, header...))
	}
}

// xn is the answer to the stranger, and to an unknown id.
func xn(status int, media, body string, header ...string) func(*marker.Trial) {
	return func(t *marker.Trial) {
		x(status, media, body, header...)(t)
		t.N = answer(get("bob", "/api/invoices/"+t.NoID, status, media, strings.ReplaceAll(body, t.ID, t.NoID), header...))
	}
}

// record replaces the owner's object.
func record(id, media, body string) func(*marker.Trial) {
	return func(t *marker.Trial) {
		t.ID, t.NoID = id, normal.Unlike(id)
		t.P = answer(get("alice", "/api/invoices/"+id, 200, media, body))
		t.P2 = answer(get("alice", "/api/invoices/"+id, 200, media, body))
		x(404, jsonType, gone)(t)
		t.N = answer(get("bob", "/api/invoices/"+t.NoID, 404, jsonType, gone))
	}
}

func page(title, rows string) string {
	return `<!doctype html><html><head><title>Northwind</title><meta name="csrf-token" content="[redacted:csrf:0a0b0c0d]"></head><body><nav><a href="/invoices">All invoices of yours</a> <a href="/logout">Sign out of Northwind</a></nav><h1>` + title +
		`</h1><table><tr><th>Outstanding balance</th></tr>` + rows + `</table><script nonce="r4nd">boot()</script></body></html>`
}

// pages makes the trial one of HTML pages.
func pages(t *marker.Trial) {
	rows := `<tr><td>Acme Rockets Ltd</td><td>Merger with Initech, strictly private</td><td>15,840.75</td></tr>`
	t.P = answer(get("alice", "/invoices/"+uid, 200, htmlType, page("Invoice AC-2026-0042", rows)))
	t.P2 = t.P
	t.N = answer(get("bob", "/invoices/"+noUID, 404, htmlType, page("Not found", "")))
	t.X = answer(get("bob", "/invoices/"+uid, 404, htmlType, page("Not found", "")))
	t.Q = answer(get("bob", "/invoices/"+ownUID, 200, htmlType, page("Invoice GX-2026-0007", `<tr><td>Globex Mills</td><td>Quarterly flour delivery</td><td>932.10</td></tr>`)))
	t.A = answer(get(evidence.Anonymous, "/invoices/"+uid, 302, "", "", "Location", "/login?next=/invoices/"+uid))
}

func file(seed byte) string {
	b := []byte("%PDF-1.7\n")
	for i := range 400 {
		b = append(b, byte(i)*seed^byte(i>>2)|0x80, 0)
	}
	return string(b)
}

// behaviour is one way in which portals answer a stranger.
type behaviour struct {
	name   string
	change []func(*marker.Trial)
	want   check.Outcome
	reason check.Reason
	step   int
	where  string // of the first place, when it matters
	exists bool
}

func b(name string, want check.Outcome, step int, change ...func(*marker.Trial)) behaviour {
	return behaviour{name: name, change: change, want: want, step: step}
}

func (b behaviour) at(where string) behaviour        { b.where = where; return b }
func (b behaviour) because(r check.Reason) behaviour { b.reason = r; return b }
func (b behaviour) exist() behaviour                 { b.exists = true; return b }
func with(f func(*marker.Trial)) func(*marker.Trial) { return f }

// leaks are answers that show the owner's data.
func leaks() []behaviour {
	return []behaviour{
		b("detail", check.Fail, 2, x(200, jsonType, object)).at("/customer/email"),
		b("body of a redirect to the login", check.Fail, 2, x(302, jsonType, object, "Location", "/login")),
		b("body of a 403", check.Fail, 2, x(403, jsonType, `{"error":"forbidden","record":`+object+`}`)).at("/record/customer/email"),
		b("body of a 404", check.Fail, 2, x(404, jsonType, `{"title":"Not Found","debug":"no access to Merger with Initech, strictly private"}`)).at("/debug"),
		b("dump in a 500", check.Fail, 2, x(500, "text/plain", "panic: cannot show Invoice{Customer: Acme Rockets Ltd, Email: carla@acme.test}")).at("body byte 62"),
		b("header Location", check.Fail, 2, x(302, "", "", "Location", "/denied?for=Merger+with+Initech%2C+strictly+private")).at("header Location"),
		b("header Content-Disposition", check.Fail, 2, x(403, jsonType, `{"title":"Forbidden"}`, "Content-Disposition", `attachment; filename*=UTF-8''Acme%20Rockets%20Ltd%20AC-2026-0042.pdf`)).at("header Content-Disposition"),
		b("header ETag", check.Fail, 2, with(func(t *marker.Trial) {
			for _, a := range []marker.Answer{t.P, t.P2} {
				a.Ex.Response.Header = append(a.Ex.Response.Header, evidence.Field{Name: "ETag", Value: `W/"5d41402abc4b2a76b9719d911017c592"`})
			}
		}), x(403, jsonType, `{"title":"Forbidden"}`, "ETag", `"5d41402abc4b2a76b9719d911017c592"`)).at("header ETag"),
		b("header Link", check.Fail, 2, x(403, "", "", "Link", `</api/customers/carla%40acme.test>; rel="owner"`)).at("header Link"),
		b("page", check.Fail, 2, pages, with(func(t *marker.Trial) {
			t.X = answer(get("bob", "/invoices/"+uid, 200, htmlType, string(t.P.Ex.Body())))
		})),
		b("record shown in a page", check.Fail, 2, x(200, htmlType, `<p>Subject: <b>Merger</b> with <i>Initech</i>, strictly private</p>`)),
		b("entities", check.Fail, 2, x(200, htmlType, `<p>Merger with &#73;nitech&#44; strictly&nbsp;private</p>`)),
		b("entities in an attribute of JSON", check.Fail, 2, x(200, htmlType, `<div data-page="{&quot;subject&quot;:&quot;Merger with \u0049nitech, strictly private&quot;}">`)),
		b("escapes", check.Fail, 2, x(200, "application/javascript", `cb({"s":"Merger \u0077ith \u0049nitech, strictly private"})`)),
		b("JSON in JSON", check.Fail, 2, x(200, jsonType, `{"event":"{\"subject\":\"Merger with \\u0049nitech, strictly private\"}"}`)),
		b("base64", check.Fail, 2, x(200, jsonType, `{"blob":"`+base64.StdEncoding.EncodeToString([]byte(object))+`"}`)).at("body byte 125"),
		b("base64url in a redirect", check.Fail, 2, x(302, "", "", "Location", "/x/"+base64.RawURLEncoding.EncodeToString([]byte(`{"e":"carla@acme.test"}`)))).at("header Location"),
		b("percent-encoding", check.Fail, 2, x(200, "text/plain", "subject=Merger%20with%20Initech%2C%20strictly%20private")),
		b("item of a list", check.Fail, 2, x(200, jsonType, `{"items":[`+own+`,`+object+`]}`)).at("/items/1/customer/email"),
		b("nested include", check.Fail, 2, x(200, jsonType, `{"id":"`+ownUID+`","customer":{"name":"Globex Mills"},"related":{"parent":{"subject":"Merger with Initech, strictly private"}}}`)).at("/related/parent/subject"),
		b("file", check.Fail, 3, with(func(t *marker.Trial) {
			t.P = answer(get("alice", "/api/files/"+uid, 200, "application/pdf", file(7)))
			t.P2 = t.P
			x(200, "application/pdf", file(7))(t)
		})),
		b("table", check.Fail, 2, x(200, "text/csv", "number,customer,subject\nAC-2026-0042,Acme Rockets Ltd,\"Merger with Initech, strictly private\"\n")),
		b("calendar", check.Fail, 2, with(func(t *marker.Trial) {
			cal := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Board meets about the\r\n  Initech merger\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
			t.P, t.P2 = answer(get("alice", "/c/"+uid, 200, "text/calendar", cal)), answer(get("alice", "/c/"+uid, 200, "text/calendar", cal))
			x(200, jsonType, `{"next":"Board meets about the Initech merger"}`)(t)
		})),
		b("canary, upper case, in a refusal", check.Fail, 2, record(uid, jsonType, `{"id":"`+uid+`","note":"x lrc-abcdefghij23 y"}`), x(403, "text/plain", "no: LRC-ABCDEFGHIJ23")),
		b("canary that every unknown id shows too", check.Fail, 2, record(uid, jsonType, `{"id":"`+uid+`","note":"lrc-abcdefghij23"}`), xn(200, jsonType, `{"note":"lrc-abcdefghij23"}`)),
		b("declared marker", check.Fail, 2, with(func(t *marker.Trial) { t.Declared = "acme confidential" }), x(200, "text/plain", "... ACME Confidential ...")),
		b("id of another record", check.Fail, 2, record(uid, jsonType, `{"id":"`+uid+`","project":"7c6b5a49-3827-4615-9f0e-d1c2b3a49586"}`),
			x(200, jsonType, `{"error":null,"redirect":"/projects/7c6b5a49-3827-4615-9f0e-d1c2b3a49586"}`)),
		b("same secret, redacted", check.Fail, 2, record(uid, jsonType, `{"id":"`+uid+`","hook":"[redacted:key:1a2b3c4d]"}`), x(200, jsonType, `{"hook":"[redacted:key:1a2b3c4d]"}`)),
		b("leak through a dead session", check.Fail, 2, x(200, jsonType, object), with(func(t *marker.Trial) { t.X.Unproven, t.X.Why = check.SessionDead, "alive probe failed" })),
		b("leak in a 429", check.Fail, 2, x(429, jsonType, object)),
		b("map from ids", check.Fail, 2, record(uid, jsonType, `{"id":"`+uid+`","shares":{"7c6b5a49-3827-4615-9f0e-d1c2b3a49586":"view"}}`), x(200, jsonType, `{"shares":{"7c6b5a49-3827-4615-9f0e-d1c2b3a49586":"view"}}`)),
	}
}

// harmless are answers that show nothing of the owner's and prove it.
func harmless() []behaviour {
	return []behaviour{
		b("404 like an unknown id", check.OK, 4),
		b("404 that echoes the id", check.OK, 4, xn(404, jsonType, `{"detail":"There is no invoice `+uid+`."}`)),
		b("403 where an unknown id gives 404", check.OK, 5, x(403, jsonType, `{"title":"Forbidden","status":403}`)).exist(),
		b("403 and 404 with one body", check.OK, 4, x(403, jsonType, gone)).exist(),
		b("soft 404", check.OK, 5, x(200, htmlType, `<html><body><h1>Oops</h1><p>We could not find /api/invoices/`+uid+` for you.</p></body></html>`)).exist(),
		b("shell of the application", check.OK, 5, x(200, htmlType, shell)).exist(),
		b("login page", check.OK, 5, x(200, htmlType, strings.ReplaceAll(login, "11aa22bb", "99ff88ee"))).exist(),
		b("redirect to the login", check.OK, 5, x(302, "", "", "Location", "/login?next=/api/invoices/"+uid)).exist(),
		b("absolute redirect to the login", check.OK, 5, x(303, "", "", "Location", host+"/login")).exist(),
		b("error envelope", check.OK, 5, x(200, jsonType, `{"success":false,"code":403,"message":"You may not see this","data":null}`)).exist(),
		b("ok false", check.OK, 5, x(200, jsonType, `{"ok":false,"error":"forbidden"}`)).exist(),
		b("error in words", check.OK, 5, x(200, jsonType, `{"status":"error","message":"Invoice not available"}`)).exist(),
		b("GraphQL null and errors", check.OK, 5, x(200, jsonType, `{"data":{"invoice":null},"errors":[{"message":"not found","path":["invoice"]}]}`)).exist(),
		b("GraphQL null", check.OK, 5, x(200, jsonType, `{"data":{"invoice":null}}`)).exist(),
		b("JSON-RPC error", check.OK, 5, x(200, jsonType, `{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"no access"}}`)).exist(),
		b("empty list", check.OK, 5, x(200, jsonType, `{"items":[],"total":0,"page":1}`)).exist(),
		b("null", check.OK, 5, x(200, jsonType, "null\n")).exist(),
		b("nothing at all", check.OK, 5, x(204, "", "")).exist(),
		b("echo of the id in a 200", check.OK, 4, xn(200, jsonType, `{"requested":"`+uid+`","found":false}`)),
		b("echo in a page", check.OK, 4, pages, with(func(t *marker.Trial) {
			t.X = answer(get("bob", "/invoices/"+uid, 200, htmlType, page("No invoice "+uid, "")))
			t.N = answer(get("bob", "/invoices/"+noUID, 200, htmlType, page("No invoice "+noUID, "")))
		})),
		b("same number, the stranger's own record", check.OK, 6, record("1041", jsonType, `{"id":1041,"customer":"Acme Rockets Ltd","subject":"Merger with Initech"}`), with(func(t *marker.Trial) {
			mine := `{"id":1041,"customer":"Globex Mills","subject":"Quarterly flour delivery"}`
			x(200, jsonType, mine)(t)
			t.Stranger.AddExchange(get("bob", "/api/invoices", 200, jsonType, "["+mine+"]"))
		})),
		b("own data whatever is asked for", check.OK, 4, xn(200, jsonType, own)),
		b("own data for an existing id", check.OK, 6, x(200, jsonType, own)),
		b("filtered list of own data", check.OK, 6, x(200, jsonType, `{"items":[`+own+`],"total":1}`)),
		b("shared catalogue", check.OK, 6, record("7", jsonType, `{"id":7,"name":"Standard flour, 25 kg bags","sku":"FLR-25-0007"}`), with(func(t *marker.Trial) {
			body := `{"id":7,"name":"Standard flour, 25 kg bags","sku":"FLR-25-0007"}`
			x(200, jsonType, body)(t)
			t.Stranger.AddExchange(get("bob", "/api/catalog", 200, jsonType, "["+body+"]"))
		})),
		b("declared as shared", check.OK, 6, x(200, jsonType, object), with(func(t *marker.Trial) { t.Shared = true })),
		b("anybody is shown it", check.OK, 6, x(200, jsonType, object), with(func(t *marker.Trial) {
			t.A = answer(get(evidence.Anonymous, "/api/invoices/"+uid, 200, jsonType, object))
		})),
		b("only fleeting values differ", check.OK, 4, with(func(t *marker.Trial) {
			t.X = answer(get("bob", "/api/invoices/"+uid, 404, jsonType, `{"title":"Not Found","requestId":"k3j2h4g5","at":"2026-03-04T05:06:07Z","trace":"4bf92f3577b34da6a3ce929d0e0e4736"}`))
			t.N = answer(get("bob", "/api/invoices/"+noUID, 404, jsonType, `{"title":"Not Found","requestId":"p0o9i8u7","at":"2026-03-04T05:06:09Z","trace":"00f067aa0ba902b7a3ce929d0e0e4737"}`))
		})),
		b("learned refusal 500", check.OK, 5, x(500, jsonType, `{"title":"failed","detail":"The request could not be completed.","status":500}`)).exist(),
		b("learned refusal 422", check.OK, 5, x(422, jsonType, `{"message":"Check your input"}`)).exist(),
		b("refusal 400 like an unknown id", check.OK, 4, xn(400, "text/plain", "bad id")),
		b("500 like an unknown id, while own records work", check.OK, 4, xn(500, "text/html", "<h1>Internal Server Error</h1>")),
		b("declared refusal", check.OK, 5, x(200, "text/html", "<p>You have no business here, sorry about that, please go away now</p>"), with(func(t *marker.Trial) {
			base := baseline()
			base.Denied.Body = "no business here"
			t.Judge = refusal.New(base)
		})).exist(),
		b("declared empty", check.OK, 5, x(200, jsonType, `{"rows":[],"user":"bob","note":"welcome back to Northwind"}`), with(func(t *marker.Trial) {
			base := baseline()
			base.DeniedFor = map[string]artifact.Denied{"GET /api/invoices/{id}": {Empty: []string{"/rows"}}}
			t.Judge = refusal.New(base)
		})).exist(),
		b("declared code", check.OK, 5, x(200, jsonType, `{"result":{"code":7,"note":"a long story about this"}}`), with(func(t *marker.Trial) {
			base := baseline()
			base.Denied.JSON = map[string][]any{"/result/code": {7}}
			t.Judge = refusal.New(base)
		})).exist(),
		b("page of own data with the labels of the owner's", check.OK, 6, pages, with(func(t *marker.Trial) {
			t.X = answer(get("bob", "/invoices/"+uid, 200, htmlType, string(t.Q.Ex.Body())))
		})),
		b("title around the id in an error", check.OK, 5, record("1041", jsonType, `{"id":1041,"title":"Invoice 1041","amount":15840.75}`),
			x(404, "text/plain", "Invoice 1041 was not found in your books")),
		b("same states and roles", check.OK, 5, record(uid, jsonType, `{"id":"`+uid+`","status":"awaiting_approval","role":"Account Administrator","subject":"Merger with Initech"}`),
			x(403, jsonType, `{"title":"Forbidden","required":"Account Administrator","when":"awaiting_approval"}`)).exist(),
		b("echo of what a trick sent", check.OK, 5, with(func(t *marker.Trial) {
			x(403, jsonType, `{"title":"Forbidden","for":"carla@acme.test","q":"Merger with Initech, strictly private"}`)(t)
			t.X.Ex.Request.Header = []evidence.Field{{Name: "X-Remote-User", Value: "carla@acme.test"}}
			t.X.Ex.Request.Body = evidence.Body(`{"q":"Merger with Initech, strictly private"}`)
		})).exist(),
		b("anti-forgery token of the same fingerprint", check.OK, 5, record(uid, jsonType, `{"id":"`+uid+`","subject":"Merger with Initech","t":"[redacted:csrf:1a2b3c4d]"}`),
			x(403, "text/plain", "no [redacted:csrf:1a2b3c4d]")).exist(),
	}
}

// undecided are answers that prove neither.
func undecided() []behaviour {
	return []behaviour{
		b("firewall", check.Unproven, 1, x(403, htmlType, `<html><h1>Request blocked</h1><p>Your support ID is 8472</p></html>`)).because(check.Intercepted),
		b("captcha", check.Unproven, 1, x(403, htmlType, `<html><script src="https://x/captcha.js"></script><p>One more step</p></html>`)).because(check.Intercepted),
		b("maintenance", check.Unproven, 1, x(200, htmlType, `<html><h1>We are down for maintenance</h1></html>`)).because(check.Intercepted),
		b("throttle", check.Unproven, 1, x(429, jsonType, `{"title":"slow"}`)).because(check.Throttled),
		b("throttle as 200", check.Unproven, 1, x(200, jsonType, `{"error":"Too many requests, try later"}`)).because(check.Throttled),
		b("503 with Retry-After", check.Unproven, 1, x(503, "", "", "Retry-After", "5")).because(check.Throttled),
		b("dead session", check.Unproven, 1, with(func(t *marker.Trial) { t.X.Unproven = check.SessionDead })).because(check.SessionDead),
		b("not sent", check.Unproven, 1, with(func(t *marker.Trial) { t.X = marker.Answer{} })).because(check.NotExamined),
		b("no answer", check.Unproven, 1, with(func(t *marker.Trial) { t.X.Ex = &evidence.Exchange{Error: "timeout"} })).because(check.Unstable),
		b("cut off", check.Unproven, 1, x(403, jsonType, gone), with(func(t *marker.Trial) { t.X.Ex.Response.Truncated = true })).because(check.Unstable),
		b("portal down for the stranger", check.Unproven, 4, xn(502, "text/html", "<h1>Bad gateway</h1>"), with(func(t *marker.Trial) { t.Q = answer(get("bob", "/api/me", 502, "", "")) })).because(check.Unstable),
		b("crash that is no known refusal", check.Unproven, 8, x(500, "text/plain", "oops")).because(check.Unstable),
		b("unknown kind of refusal", check.Unproven, 8, x(418, "text/plain", "a teapot speaks to you")).because(check.Undeclared),
		b("owner refused", check.Unproven, 0, with(func(t *marker.Trial) { t.P = answer(get("alice", "/api/invoices/"+uid, 403, jsonType, gone)) })).because(check.NoPositiveControl),
		b("owner gets nothing", check.Unproven, 0, with(func(t *marker.Trial) { t.P = answer(get("alice", "/api/invoices/"+uid, 200, jsonType, `{"items":[]}`)) })).because(check.NoPositiveControl),
		b("owner gets an error envelope", check.Unproven, 0, with(func(t *marker.Trial) {
			t.P = answer(get("alice", "/api/invoices/"+uid, 200, jsonType, `{"ok":false,"error":"expired"}`))
		})).because(check.NoPositiveControl),
		b("owner's session dead", check.Unproven, 0, with(func(t *marker.Trial) { t.P.Unproven = check.SessionDead })).because(check.SessionDead),
		b("record without markers", check.Unproven, 8, record("7", jsonType, `{"id":7,"status":"open","count":0}`), x(200, jsonType, `{"id":7,"status":"closed","count":3}`)).because(check.NoMarker),
		b("record without markers, refused in an unknown way", check.Unproven, 8, record("7", jsonType, `{"id":7,"status":"open","count":0}`), x(418, "", "")).because(check.NoMarker),
		b("same shape and unique id, other values", check.Unproven, 7, x(200, jsonType, `{"id":"`+uid+`","number":"?","customer":{"name":"hidden","email":"hidden"},"subject":"hidden","total":1,"status":"x","createdAt":"2026-01-01T00:00:00Z"}`)).because(check.Suspected),
		b("somebody else's record", check.Unproven, 8, record("1041", jsonType, `{"id":1041,"customer":"Acme Rockets Ltd"}`), x(200, jsonType, `{"id":1041,"customer":"Third Party Holding"}`)).because(check.Suspected),
		b("same number and one text, other values", check.Unproven, 2, record("1041", jsonType, `{"id":1041,"customer":"Acme Rockets Ltd","contact":"Carla of Acme","city":"Rocket Town","subject":"Monthly subscription"}`),
			x(200, jsonType, `{"id":1041,"customer":"Globex Mills","contact":"Zoe of Globex","city":"Springfield","subject":"Monthly subscription"}`)).because(check.Suspected),
		b("an ignored id that opens everything", check.Unproven, 4, xn(200, jsonType, `{"all":[{"email":"carla@acme.test","subject":"Merger with Initech, strictly private"}]}`)).because(check.Suspected),
		b("labels or data", check.Unproven, 2, pages, with(func(t *marker.Trial) {
			t.Q, t.N = marker.Answer{}, answer(get("bob", "/invoices/"+noUID, 302, "", "", "Location", "/login"))
			t.X = answer(get("bob", "/invoices/"+uid, 200, htmlType, page("Your account", `<tr><td>nothing</td></tr>`)))
		})).because(check.Suspected),
	}
}

func run(t *testing.T, all []behaviour) {
	t.Helper()
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := trial()
			for _, change := range tt.change {
				change(&tr)
			}
			got := marker.Decide(tr)
			if got.Outcome != tt.want || got.Reason != tt.reason || got.Step != tt.step {
				t.Errorf("ruling %s %s at step %d, want %s %s at step %d\n%s\n%v", got.Outcome, got.Reason, got.Step, tt.want, tt.reason, tt.step, got.Message, got.Places)
			}
			if got.Message == "" {
				t.Error("the ruling has no message")
			}
			if tt.want == check.OK && got.Existence != tt.exists {
				t.Errorf("existence %v, want %v: %s", got.Existence, tt.exists, got.Message)
			}
			if tt.where != "" && (len(got.Places) == 0 || got.Places[0].Where != tt.where) {
				t.Errorf("first place %v, want %s", got.Places, tt.where)
			}
			for _, p := range got.Places {
				if len([]rune(p.Masked)) > 4 {
					t.Errorf("place shows %q, more than three characters", p.Masked)
				}
			}
		})
	}
}

func TestLeaks(t *testing.T)     { t.Parallel(); run(t, leaks()) }
func TestHarmless(t *testing.T)  { t.Parallel(); run(t, harmless()) }
func TestUndecided(t *testing.T) { t.Parallel(); run(t, undecided()) }

func TestEnoughBehaviours(t *testing.T) {
	t.Parallel()
	if l, h := len(leaks()), len(harmless()); l < 13 || h < 21 {
		t.Errorf("%d leaks and %d harmless behaviours, want 13 and 21 at least", l, h)
	}
}
