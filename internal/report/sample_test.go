package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/replay"
	"github.com/launchready/launchready/internal/verdict"
)

// sample is a believable run: a portal with two holes, and its evidence.
type sample struct {
	exchanges map[evidence.Ref]*evidence.Exchange
	findings  []check.Finding
}

func (s *sample) exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	if ex := s.exchanges[ref]; ex != nil {
		return ex, nil
	}
	return nil, fmt.Errorf("read evidence %s: not in this bundle", ref.Short())
}

// record stores an exchange and names it.
func (s *sample) record(t testing.TB, who, method, path, body string, status int, answer string) evidence.Ref {
	t.Helper()
	mime := "application/json"
	if strings.HasPrefix(answer, "<") {
		mime = "text/html; charset=utf-8"
	}
	ex := &evidence.Exchange{
		Seq: int64(len(s.exchanges) + 1), At: startedAt().Add(time.Duration(len(s.exchanges)) * time.Second), Took: 23 * time.Millisecond, Who: who,
		Request: evidence.Request{
			Method: method, URL: "https://staging.portal.example.com" + path, Proto: "HTTP/2.0", Body: evidence.Body(body),
			Header: []evidence.Field{{Name: "User-Agent", Value: "launchready/0.1"}, {Name: "Accept", Value: "application/json"}},
		},
		Response: &evidence.Response{
			Status: status, Proto: "HTTP/2.0", Size: int64(len(answer)), Body: evidence.Body(answer),
			Header: []evidence.Field{{Name: "Content-Type", Value: mime}, {Name: "Server", Value: "nginx"}},
		},
	}
	if who != evidence.Anonymous {
		ex.Request.Header = append(ex.Request.Header, evidence.Field{Name: "Cookie", Value: "portal_session=[redacted:cookie:" + fmt.Sprintf("%08x", len(who)) + "]"})
	}
	if body != "" {
		ex.Request.Header = append(ex.Request.Header, evidence.Field{Name: "Content-Type", Value: "application/json"})
	}
	line, err := json.Marshal(ex)
	if err != nil {
		t.Fatal(err)
	}
	ref := evidence.RefOf(line)
	s.exchanges[ref] = ex
	return ref
}

func startedAt() time.Time { return time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC) }

const invoice = `{"data":{"id":"inv_7f3a91","number":"2026-0417","customer":{"name":"Acme Forwarding GmbH","email":"billing@acme-forwarding.test","vat":"DE811907980"},` +
	`"iban":"DE89370400440532013000","total":{"amount":"18450.00","currency":"EUR"},"lines":[{"text":"Quarterly retainer","amount":"15000.00"},{"text":"On-site days","amount":"3450.00"}],` +
	`"status":"open","createdAt":"2026-02-11T08:02:51Z","note":"Send to billing@acme-forwarding.test before the 15th"}}`

const swapDoc = "# A customer never sees another customer's records\n\nWhy it matters.\n\n## Proof\n\nGET only.\n\n## Fix\n\n" +
	"Ask for the record **and** its tenant in one query. A check of the role is not enough: `bob` is a rightful member, of another tenant.\n\n" +
	"```go\n// before\ndb.Get(&inv, \"SELECT * FROM invoices WHERE id = $1\", id)\n\n// after\ndb.Get(&inv, \"SELECT * FROM invoices WHERE id = $1 AND tenant_id = $2\", id, caller.Tenant)\n```\n\n" +
	"- Answer 404 for what belongs to somebody else, as for what does not exist.\n- In PostgreSQL, row level security holds where a query forgets.\n\n" +
	"| stack | where |\n|---|---|\n| Django | a manager that filters by `request.tenant` |\n| Laravel | a global scope on the model |\n\n## References\n\nASVS 8.2.\n"

func sampleChecks() []check.Check {
	return []check.Check{
		{ID: "authn/anonymous", Doc: "# Every protected route demands a login\n\n## Fix\n\nPut the login in front of the router, and name what is public.\n", Severity: check.Blocker},
		{ID: "authn/badtoken", Doc: "# A bad token opens nothing\n", Severity: check.Blocker},
		{ID: "authn/parsefirst", Doc: "# The login is checked before the body is read\n\n## Fix\n\nMove the login in front of the parser.\n", Severity: check.Advice},
		{ID: "authz/tenantswap", Doc: swapDoc, Severity: check.Blocker},
		{ID: "authz/tenantlist", Doc: "# Lists hold the caller's own records alone\n", Severity: check.Blocker},
		{ID: "authz/tenantwrite", Doc: "# A customer never changes another customer's records\n", Severity: check.Blocker},
	}
}

// newSample makes the findings; the report comes from folding them.
func newSample(t testing.TB) (*sample, *verdict.Report) {
	t.Helper()
	s := &sample{exchanges: map[evidence.Ref]*evidence.Exchange{}}
	add := func(f check.Finding) { s.findings = append(s.findings, f) }

	owner := s.record(t, "alice", "GET", "/api/invoices/inv_7f3a91", "", 200, invoice)
	stranger := s.record(t, "bob", "GET", "/api/invoices/inv_7f3a91", "", 200, invoice)
	control := s.record(t, "bob", "GET", "/api/invoices/inv_000000", "", 404, `{"error":{"code":"not_found"}}`)
	add(check.Finding{
		Check: "authz/tenantswap", Severity: check.Blocker, Outcome: check.Fail, Subject: "GET /api/invoices/{invoiceId}", Route: "GET /api/invoices/{invoiceId}",
		Message: "a member of globex reads an invoice of acme", Who: "bob (globex member)",
		Exhibits: []check.Exhibit{
			{Part: "owner", Ref: owner},
			{Part: "stranger", Ref: stranger, Places: []check.Place{
				{Where: "/data/iban", Kind: "text", Masked: "DE89…00"},
				{Where: "/data/customer/email", Kind: "email", Masked: "bi…@ac….test"},
			}},
			{Part: "control", Ref: control},
		},
	})
	page := `<!doctype html><html><head><title>Statement</title></head><body><h1>Statement of account</h1><table><tr><td>Owner</td><td>Acme Forwarding GmbH</td></tr></table></body></html>`
	add(check.Finding{
		Check: "authz/tenantswap", Severity: check.Blocker, Outcome: check.Fail, Subject: "GET /statements/{statementId}", Route: "GET /statements/{statementId}",
		Message: "a member of globex opens a statement of acme", Who: "bob (globex member)",
		Exhibits: []check.Exhibit{
			{Part: "owner", Ref: s.record(t, "alice", "GET", "/statements/88", "", 200, page)},
			{Part: "stranger", Ref: s.record(t, "bob", "GET", "/statements/88", "", 200, page), Places: []check.Place{
				{Where: fmt.Sprintf("body byte %d", strings.Index(page, "Acme")), Kind: "declared", Masked: "Acme F…"},
			}},
		},
	})
	add(check.Finding{
		Check: "authn/anonymous", Severity: check.Blocker, Outcome: check.Fail, Subject: "GET /api/reports/usage", Route: "GET /api/reports/usage",
		Message: "answers without a login what it answers to alice", Who: evidence.Anonymous,
		Exhibits: []check.Exhibit{
			{Part: "control", Ref: s.record(t, "alice", "GET", "/api/reports/usage?month=2026-02", "", 200, `{"logins":412,"exports":9,"owner":"alice@acme.test"}`)},
			{Part: "anonymous", Ref: s.record(t, evidence.Anonymous, "GET", "/api/reports/usage?month=2026-02", "", 200, `{"logins":412,"exports":9,"owner":"alice@acme.test"}`), Places: []check.Place{
				{Where: "/owner", Kind: "email", Masked: "al…@acme.test"},
			}},
		},
	})
	add(check.Finding{
		Check: "authn/parsefirst", Severity: check.Advice, Outcome: check.Fail, Subject: "POST /api/notes", Message: "a malformed body gets 400 before the login is asked for", Who: evidence.Anonymous,
		Exhibits: check.Show("attempt", s.record(t, evidence.Anonymous, "POST", "/api/notes", `{"text":`, 400, `{"error":"unexpected end of JSON"}`)),
	})
	for i, route := range []string{"GET /api/clients", "GET /api/clients/{clientId}", "GET /api/projects", "GET /api/invoices", "GET /api/tickets/{ticketId}"} {
		add(check.Finding{Check: "authn/anonymous", Severity: check.Blocker, Outcome: check.OK, Subject: route, Route: route, Message: "401 without a login"})
		add(check.Finding{Check: "authn/badtoken", Severity: check.Blocker, Outcome: check.OK, Subject: route, Route: route, Message: "401 with a bad token"})
		if i > 1 {
			add(check.Finding{Check: "authz/tenantswap", Severity: check.Blocker, Outcome: check.OK, Subject: route, Route: route, Message: "404 to the stranger"})
		}
	}
	add(check.Finding{Check: "authz/tenantlist", Severity: check.Blocker, Outcome: check.Unproven, Reason: check.NoMarker, Subject: "GET /api/announcements", Message: "both tenants get the same list, and nothing says whose it is"})
	add(check.Finding{
		Check: "authz/tenantlist", Severity: check.Blocker, Outcome: check.Unproven, Reason: check.Suspected, Subject: "GET /api/search", Message: "the stranger's answer changes with the owner's id",
		Exhibits: check.Show("stranger", s.record(t, "bob", "GET", "/api/search?customerId=12", "", 200, `{"hits":3}`)),
	})
	for _, verb := range []string{"PUT /api/clients/{clientId}", "DELETE /api/clients/{clientId}", "POST /api/projects", "PATCH /api/tickets/{ticketId}"} {
		add(check.Finding{Check: "authz/tenantwrite", Severity: check.Blocker, Outcome: check.Unproven, Reason: check.EffectRefused, Subject: verb, Route: verb, Message: "write is not allowed on staging"})
	}
	var routes []artifact.Route
	for _, f := range s.findings {
		if f.Route != "" && f.Check != "authn/badtoken" {
			routes = append(routes, artifact.Route{ID: f.Route})
		}
	}
	r := verdict.Fold(verdict.Input{
		Facts: verdict.Facts{
			Tool: "v0.1.0", Run: "20260304-093000-7f3a", Portal: "Northwind client portal", Target: "staging", URL: "https://staging.portal.example.com",
			StartedAt: startedAt(), Took: 42500 * time.Millisecond, Requests: verdict.Requests{Sent: 412, Refused: 9},
			Bundle: "sha256:5b0c6f6e3d0f4f0f8f5b9f4f64a6b1f2c8f2d5a4b7d0e1c2a3948576fedcba98",
		},
		Checks: sampleChecks(), Findings: s.findings, Latency: sampleLatency(), Inventory: &artifact.Inventory{Routes: routes}, Now: startedAt(),
		Waivers: []verdict.Waiver{{
			Check: "authz/tenantlist", Subject: "GET /api/announcements", By: "Ines Prado", Reason: "Announcements are the same for every client.",
			At: startedAt().AddDate(0, 0, -2), Until: startedAt().AddDate(0, 3, 0),
		}},
		Curl: func(ref evidence.Ref) string {
			ex, err := s.exchange(ref)
			if err != nil {
				return ""
			}
			return replay.Curl(ex)
		},
	})
	return s, r
}

// sampleLatency is a run with an action of each kind: fast, slow for a few,
// unproven, and one that nobody could ask.
func sampleLatency() *artifact.Latency {
	const ms = 1000
	fast := quantile.Counts{{9 * ms, 20}, {12 * ms, 40}, {31 * ms, 8}, {55 * ms, 7}}
	slow := quantile.Counts{{14 * ms, 60}, {812 * ms, 14}, {2100 * ms, 1}}
	wait := artifact.Phases{Connect: artifact.Phase{P50: 2 * ms, P95: 4 * ms}, Wait: artifact.Phase{P50: 8 * ms, P95: 50 * ms}}
	return &artifact.Latency{
		Budget: 500 * time.Millisecond, Rate: 5, For: 30 * time.Second,
		Rounds: []artifact.Round{{For: 46 * time.Second, Due: 225, Sent: 225, Late: quantile.Counts{{200, 220}, {900, 5}}}},
		Actions: []artifact.Action{
			{Name: "GET /api/me", Asked: 75, Took: fast, Alone: fast, Phases: wait},
			{Name: "GET /api/clients?sort=name&page=1", Asked: 77, Took: slow, Alone: slow, Phases: wait, Failures: []artifact.Failure{{Kind: "answered 502", Count: 2}}},
			{Name: "GET /api/<b>search</b>", Asked: 73, Took: fast, Alone: fast, Throttled: 2},
			{Name: "POST /api/notes", Unproven: check.EffectRefused, Why: "write is not allowed on staging"},
		},
	}
}
