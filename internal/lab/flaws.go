package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// Flaw is one named switch: the check that must notice it and what it breaks. A quirk has no check.
type Flaw struct{ Name, Check, Doc string }

// Alone reports whether the flaw hides others: where no signature is looked
// at, no check can tell what else a token gets away with.
func (f Flaw) Alone() bool { return f.Name == "jwt-unsigned" }

// Flaws lists every defect the portal can have, in the order of the scorecard.
func Flaws() []Flaw {
	return []Flaw{
		{"anonymous", "authn/anonymous", "the receivables report is served without a login"},
		{"anonymous-500", "authn/anonymous", "the ageing report crashes without a login and the error shows its data"},
		{"anonymous-page", "authn/anonymous", "the reports page is served without a login"},
		{"badtoken", "authn/badtoken", "the forecast report takes any bearer token"},
		{"badtoken-empty", "authn/badtoken", "the forecast report takes an empty bearer token"},
		{"anonwrite", "authn/anonwrite", "a ticket can be changed without a login"},
		{"bypass-method", "authn/bypass", "the gate and the router disagree about X-HTTP-Method-Override"},
		{"bypass-path", "authn/bypass", "a trailing slash slips past the gate"},
		{"bypass-path-double", "authn/bypass", "a doubled slash slips past the gate"},
		{"bypass-path-matrix", "authn/bypass", "a matrix parameter (;a=b) slips past the gate"},
		{"bypass-header", "authn/bypass", "X-Original-URL and X-Rewrite-URL choose the route after the gate"},
		{"bypass-middleware", "authn/bypass", "X-Middleware-Subrequest switches the gate off"},
		{"bypass-forwarded", "authn/bypass", "X-Forwarded-For: 127.0.0.1 counts as an internal caller"},
		{"before", "authn/before", "a document is looked up before the login is checked"},
		{"before-crash", "authn/before", "an unknown user id crashes before the login is checked"},
		{"parsefirst", "authn/parsefirst", "a new ticket's body is parsed before the login is checked"},
		{"publiclist", "authn/publiclist", "the list of sites is declared public, and served without a login"},
		{"enumeration", "authn/enumeration", "a failed login says whether the account exists"},
		{"enumeration-reset", "authn/enumeration", "a password reset says whether the account exists"},

		{"tenantswap", "authz/tenantswap", "an invoice is shown to any tenant"},
		{"tenantswap-redirect", "authz/tenantswap", "a foreign invoice redirects, and the body holds it"},
		{"tenantswap-error", "authz/tenantswap", "the refusal of a foreign invoice holds it"},
		{"tenantswap-crash", "authz/tenantswap", "the crash on a foreign invoice dumps it"},
		{"tenantswap-header", "authz/tenantswap", "the refusal of a foreign invoice names it in Content-Disposition"},
		{"tenantswap-page", "authz/tenantswap", "the page of an invoice is shown to any tenant"},
		{"tenantswap-param", "authz/tenantswap", "?id= overrides the invoice named in the path, unchecked"},
		{"tenantswap-client", "authz/tenantswap", "a client (UUID) is shown to any tenant"},
		{"tenantswap-download", "authz/tenantswap", "a document's file is given to any tenant"},
		{"tenantlist", "authz/tenantlist", "?tenantId= chooses whose clients are listed"},
		{"tenantlist-search", "authz/tenantlist", "the search looks through every tenant's tickets"},
		{"hierarchy", "authz/hierarchy", "/api/tenants/{tenantId}/invoices trusts the tenant in the path"},
		{"hierarchy-own", "authz/hierarchy", "an invoice is not tied to the tenant in its path"},
		{"selector", "authz/selector", "X-Tenant-Id is believed without a membership, for reads"},
		{"exportswap", "authz/exportswap", "an export is given to any tenant"},
		{"exportswap-csv", "authz/exportswap", "a client's CSV statement is given to any tenant"},
		{"graphnode", "authz/graphnode", "GraphQL node(id:) resolves every tenant's objects"},
		{"graphnode-field", "authz/graphnode", "GraphQL invoice(id:) resolves every tenant's invoices"},
		{"channels", "authz/channels", "any tenant can follow another's event stream"},
		{"channels-ws", "authz/channels", "any tenant can subscribe to another's channel by WebSocket"},
		{"tenantwrite", "authz/tenantwrite", "a project can be changed by any tenant"},
		{"tenantwrite-delete", "authz/tenantwrite", "a ticket can be deleted by any tenant"},
		{"tenantwrite-silent", "authz/tenantwrite", "changing a foreign client is refused with 403, yet written"},
		{"tenantcreate", "authz/tenantcreate", "a new ticket goes to whichever tenant its body names"},
		{"poisoning", "authz/poisoning", "a ticket may refer to a foreign project and shows it when expanded"},
		{"sharedcache", "authz/sharedcache", "a document's details are cached by URL alone"},
		{"rolematrix", "authz/rolematrix", "every member can read the audit trail"},
		{"rolematrix-write", "authz/rolematrix", "every member can change and delete invoices"},
		{"roletricks", "authz/roletricks", "PUT on an invoice skips the role check that PATCH has"},
		{"roletricks-header", "authz/roletricks", "X-Role is believed"},
		{"roletricks-cookie", "authz/roletricks", "the cookie role= is believed"},
		{"massassign", "authz/massassign", "the own role can be set through the profile"},
		{"massassign-tenant", "authz/massassign", "a project's tenantId can be changed"},
		{"credentialfields", "authz/credentialfields", "the team directory holds password hashes"},
		{"extrafields", "authz/extrafields", "a project shows internal keys and e-mail lists to everybody"},
		{"signedurl", "authz/signedurl", "download links live a day and the signature does not cover the path"},
		{"existence", "authz/existence", "a foreign ticket answers 403, an unknown one 404"},

		{"cookieflags-secure", "session/cookieflags", "the session cookie is not Secure"},
		{"cookieflags-httponly", "session/cookieflags", "scripts can read the session cookie"},
		{"cookiescope-domain", "session/cookiescope", "the session cookie has a Domain"},

		{"cors-suffix", "cors/credentials", "every origin that ends in northwind.test reads the API with credentials"},
		{"cors-prefix", "cors/credentials", "every origin that begins as the approved one reads the API with credentials"},
		{"cors-dot", "cors/credentials", "a dot of the approved origin stands for any character"},
		{"cors-reflect", "cors/credentials", "the API reflects every origin with credentials"},
		{"cors-null", "cors/looseorigin", "pages are readable with credentials for the origin null"},
		{"cors-http", "cors/looseorigin", "pages are readable with credentials over plain http"},
		{"cors-subdomain", "cors/looseorigin", "pages are readable with credentials for any subdomain"},
		{"cors-errors", "cors/reflects", "errors reflect every origin with credentials"},
		{"cors-public", "cors/reflects", "the announcements reflect every origin with credentials"},
		{"cors-link", "cors/uncredentialed", "a calendar that opens by its address is readable for every origin"},
		{"cors-star", "cors/brokenpair", "the version answers * and allows credentials"},
		{"cors-preflight", "cors/preflight", "preflights of every origin are granted"},
		{"cors-vary", "cors/vary", "the health page reflects the origin, is cacheable, and says nothing of it in Vary"},
		{"cors-approved", "cors/approved", "the approved origin is not let in"},
		{"csrf", "session/csrf", "a new ticket needs no token, and the session cookie goes everywhere"},
		{"csrf-other", "session/csrf", "the account form takes another user's token, and the session cookie goes everywhere"},
		{"csrf-get", "session/csrf", "a link approves a ticket"},
		{"csrf-double", "session/csrf", "the account form's token need only equal a cookie, and the session cookie goes everywhere"},
		{"csrf-method", "session/csrf", "_method chooses the method after the token was looked for, and the session cookie goes everywhere"},
		{"csrf-form", "session/csrf", "the account form needs no token, and the session cookie goes everywhere"},
		{"logincsrf", "session/logincsrf", "the login form takes a post from anywhere"},
		{"logincsrf-logout", "session/logincsrf", "a link signs out"},
		{"backbutton", "session/backbutton", "a script keeps the last page and shows it to whoever goes back"},
		{"nostore", "session/nostore", "browsers may keep the clients that the API answered with"},
		{"nostore-page", "session/nostore", "browsers may keep the reports page"},
		{"fixation", "session/fixation", "the session takes the identifier that the browser brought along"},
		{"logoutkills", "session/logoutkills", "logging out only clears the cookie"},
		{"logoutkills-refresh", "session/logoutkills", "the refresh token still works after the logout"},
		{"logoutkills-access", "session/logoutkills", "the access token works for an hour after the logout"},
		{"expires", "session/expires", "sessions are accepted after their end"},
		{"expires-truncated", "session/expires", "half of a session's identifier is enough"},
		{"endless", "session/endless", "the session cookie lives for a year"},
		{"lifetime", "session/lifetime", "access tokens live for three days"},
		{"idle", "session/idle", "a session that nobody uses does not end"},
		{"revoked", "session/revoked", "a new password leaves the other sessions alive"},
		{"revoked-role", "session/revoked", "a session keeps the role that it began with"},
		{"entropy", "session/entropy", "sessions are counted, and named by their number"},
		{"jwt-unsigned", "session/jwtverify", "the signature of tokens is not looked at"},
		{"jwt-none", "session/jwtverify", "tokens may say that they need no signature, in any spelling"},
		{"jwt-blank", "session/jwtverify", "a token signed by HMAC with an empty key is good"},
		{"jwt-zero", "session/jwtverify", "an elliptic signature of zeros is good"},
		{"jwt-weak", "session/jwtkeys", "tokens are signed by HMAC with the word secret"},
		{"jwt-confusion", "session/jwtkeys", "the public key is taken for the secret where the token asks for HMAC"},
		{"jwt-jwk", "session/jwtkeys", "a token may bring along the key it is verified with"},
		{"jwt-jku", "session/jwtkeys", "a token names the address of the key it is verified with"},
		{"jwt-kid", "session/jwtkeys", "a token names the file of the key it is verified with"},
		{"jwt-claims", "session/jwtclaims", "what was verified once is known by its signature, whatever it says now"},
		{"jwt-refresh", "session/jwtclaims", "the refresh token opens the API"},
		{"jwt-aud", "session/jwtclaims", "the id token of the web client opens the API"},
		{"jwt-exp", "session/expires", "the end of tokens is not looked at"},
		{"tokenplace", "session/tokenplace", "signing in leads to an address that names the session"},

		{"input-crash", "input/crash", "an amount that is no number crashes"},
		{"input-crash-id", "input/crash", "a ticket id that is no number crashes"},
		{"input-crash-quote", "input/crash", "a quote in a project's brief crashes"},
		{"input-crash-deep", "input/crash", "a body nested a hundred times crashes"},
		{"input-crash-drop", "input/crash", "a body that is null drops the connection"},
		{"input-persisted", "input/persisted", "a project's budget may be negative"},
		{"input-persisted-enum", "input/persisted", "a ticket takes any priority"},
		{"input-persisted-required", "input/persisted", "a client needs no name"},
		{"input-sql", "input/injection", "the status of clients is pasted into a query"},
		{"input-sql-like", "input/injection", "the words of a search are pasted into a query"},
		{"input-operator", "input/injection", "the status of invoices may be an operator of the document store"},
		{"input-template", "input/injection", "a search is shown through the template engine"},
		{"input-traversal", "input/injection", "a manual's name may lead out of its folder"},
		{"input-reflected", "input/reflected", "the list of tickets shows the state asked for as it was sent"},
		{"input-upload", "input/reflected", "uploaded pages are shown as pages of the portal"},
		{"input-sideeffects", "input/sideeffects", "a refused change of a ticket keeps its good half"},
		{"input-sideeffects-create", "input/sideeffects", "a refused comment is kept all the same"},
		{"input-accepted", "input/accepted", "an unknown state of projects is ignored, and all are shown"},
		{"input-accepted-upload", "input/accepted", "a document keeps the folders in its name"},
		{"graph-depth", "input/graphlimits", "GraphQL documents may nest without end"},
		{"graph-aliases", "input/graphlimits", "a GraphQL document may ask for a thousand fields at once"},
		{"graph-batch", "input/graphlimits", "GraphQL takes any number of documents in one request"},

		{"credentials", "hygiene/credentials", "the health page shows the address of the database with its password"},
		{"stacktraces", "hygiene/stacktraces", "a body that cannot be read is answered with a stack trace"},
		{"stacktraces-frames", "hygiene/stacktraces", "an unknown address is answered with a trace as a list of files and lines"},
		{"dberrors", "hygiene/dberrors", "an id with a quote in it is answered with what the database said"},
		{"dberrors-page", "hygiene/dberrors", "the page of an unknown address holds an SQL error in a comment"},
		{"debugpages", "hygiene/debugpages", "the page of an unknown address is the framework's debug page"},
		{"debugpages-pprof", "hygiene/debugpages", "the profiler is open at /debug/pprof/"},
		{"internals", "hygiene/internals", "a method nobody takes is answered with the name of a class inside"},
		{"internals-path", "hygiene/internals", "a link with an id of the wrong form is refused with a path on the server"},
		{"banners", "hygiene/banners", "the Server header names the version of the server"},
		{"banners-framework", "hygiene/banners", "X-Powered-By names the version of the language"},
		{"actionable", "hygiene/actionable", "errors name no reference that could be looked up"},
		{"logsecrets", "hygiene/logsecrets", "the log keeps the password of a failed sign-in"},
		{"logsecrets-headers", "hygiene/logsecrets", "the log keeps every request header, credentials too"},
		{"logsecrets-query", "hygiene/logsecrets", "the log keeps signatures of links"},
		{"logpersonal", "hygiene/logpersonal", "the log keeps the address of whoever fails to sign in"},
		{"logpersonal-bodies", "hygiene/logpersonal", "the log keeps refused bodies, with all but passwords"},

		{"limit-login", "ratelimit/login", "the API's login takes any number of guesses"},
		{"limit-spray", "ratelimit/spray", "the login page does not count by address"},
		{"limit-account", "ratelimit/account", "the login page does not count by account"},
		{"limit-reset", "ratelimit/reset", "any number of resets may be asked for"},
		{"limit-invite", "ratelimit/invite", "any number of people may be invited"},
		{"limit-export", "ratelimit/export", "any number of exports may be asked for"},
		{"limit-forwarded", "ratelimit/bypass", "the login page believes X-Forwarded-For"},
		{"limit-counter", "ratelimit/counter", "a sign-in clears what was counted for its address"},
		{"limit-cosmetic", "ratelimit/cosmetic", "the right password works while guesses are limited"},
		{"limit-code", "ratelimit/sensitive", "any number of reset codes and invites may be guessed"},
		{"limit-shared", "ratelimit/lockout", "the limit of the search counts everybody together"},
		{"limit-case", "ratelimit/bypass", "guesses are counted by the account's name as it was typed"},
		{"limit-cosmetic-invite", "ratelimit/cosmetic", "an invite that is refused as too many is sent all the same"},
		{"limit-search", "ratelimit/sensitive", "any number of searches may be made"},
		{"limit-lockout", "ratelimit/lockout", "guesses at an account keep its owner's own browser out"},
		{"limit-read", "ratelimit/sensitive", "the directory may be read any number of times"},

		{"slow-list", "latency/p95", "one list of notifications in five takes 800 ms"},
		{"slow-always", "latency/p95", "the catalogue always takes 650 ms"},
		{"flaky-action", "latency/errors", "one list of sites in 33 fails"},
		{"slow-tail", "latency/spread", "one list of sites in 40 takes 2.5 s"},
	}
}

// Quirks lists the oddities and bad days the portal can have; nothing may be reported on the oddities.
func Quirks() []Flaw {
	return []Flaw{
		{Name: "denies-200", Doc: "the API refuses with 200 and an error envelope"},
		{Name: "denies-404", Doc: "the API refuses with 404"},
		{Name: "denies-500", Doc: "the API refuses with 500"},
		{Name: "denies-empty", Doc: "strangers get 200 and an empty list or null"},
		{Name: "spa-fallback", Doc: "unknown paths answer 200 with the application shell"},
		{Name: "login-200", Doc: "a failed login is a 200 page"},
		{Name: "rotating-csrf", Doc: "the CSRF token changes with each page and each write"},
		{Name: "rotating-cookie", Doc: "the session cookie changes on each answer"},
		{Name: "badtoken-anonymous", Doc: "an invalid token simply counts as anonymous"},
		{Name: "echo", Doc: "errors echo the requested id"},
		{Name: "optional-auth", Doc: "a public route gives more when signed in"},
		{Name: "noop-204", Doc: "changing or deleting a foreign object answers 204 and changes nothing"},
		{Name: "volatile", Doc: "timestamps, nonces and request ids in every answer"},
		{Name: "integer-ids-per-tenant", Doc: "the same invoice and ticket ids, different objects in each tenant"},

		{Name: "down-after", Doc: "stops answering after N requests (200)"},
		{Name: "all-200", Doc: "answers 200 to everything"},
		{Name: "redirect-loop", Doc: "every answer redirects to itself"},
		{Name: "huge-body", Doc: "every body is 10 GB long"},
		{Name: "gzip-bomb", Doc: "every body is a gzip bomb"},
		{Name: "slow-header", Doc: "headers never end"},
		{Name: "reset", Doc: "connections are reset"},
		{Name: "throttle-after", Doc: "answers 429 after N requests (200)"},
		{Name: "unavailable-after", Doc: "answers 503 after N requests (200)"},
		{Name: "kill-sessions", Doc: "all sessions die every N requests (100)"},
		{Name: "many-objects", Doc: "the list of notifications holds 100,000 objects"},
	}
}

// DemoFlaws is the believable handful that `launchready demo` switches on.
func DemoFlaws() []string {
	return []string{
		"tenantswap", "anonymous", "rolematrix", "exportswap", "tenantwrite-silent", "credentialfields",
		"logoutkills", "limit-login", "stacktraces",
	}
}

func find(flaws []Flaw, name string) (Flaw, bool) {
	for _, f := range flaws {
		if f.Name == name {
			return f, true
		}
	}
	return Flaw{}, false
}

// nearest is the known name with the smallest edit distance.
func nearest(flaws []Flaw, name string) string {
	best, least := "", 1<<30
	for _, f := range flaws {
		if d := distance(name, f.Name); d < least {
			best, least = f.Name, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// countOf splits "throttle-after=50"; without a number the quirk's own default (0) applies.
func countOf(spec string) (string, int, error) {
	name, number, given := strings.Cut(spec, "=")
	if !given {
		return name, 0, nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return "", 0, fmt.Errorf("quirk %q: the number after = must be 1 or more", spec)
	}
	return name, n, nil
}
