package lab

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// changes says which cells of the reading matrix a flaw may change: "who route", all others stay as they are.
// Flaws that are missing here change none: they show in writes, tricks, lists by parameter or streams only.
var changes = map[string][]string{
	"anonymous":           {"nobody showReceivables"},
	"anonymous-500":       {"nobody showAging"},
	"anonymous-page":      {"nobody pageReports"},
	"badtoken":            {"garbage showForecast"},
	"badtoken-empty":      {"empty showForecast"},
	"before":              {"nobody, unknown id showDocument"},
	"before-crash":        {"nobody, unknown id showUser"},
	"publiclist":          {"nobody listSites"},
	"tenantswap":          {"stranger showInvoice"},
	"tenantswap-redirect": {"stranger showInvoice"},
	"tenantswap-error":    {"stranger showInvoice"},
	"tenantswap-crash":    {"stranger showInvoice"},
	"tenantswap-header":   {"stranger showInvoice"},
	"tenantswap-page":     {"stranger pageInvoice"},
	"tenantswap-client":   {"stranger showClient"},
	"tenantswap-download": {"stranger downloadDocument"},
	"tenantlist-search":   {"admin search", "member search", "viewer search", "stranger search"},
	"hierarchy":           {"stranger listTenantInvoices"},
	"existence":           {"stranger showTicket"},
	"exportswap":          {"stranger downloadExport"},
	"exportswap-csv":      {"stranger exportClientStatement"},
	"sharedcache":         {"stranger showDocument"},
	"rolematrix":          {"member listAudit", "viewer listAudit"},
	"credentialfields":    {"admin listTeam", "member listTeam", "viewer listTeam", "stranger listTeam"},
	"extrafields": {
		"admin listProjects", "member listProjects", "viewer listProjects", "stranger listProjects",
		"admin showProject", "member showProject", "viewer showProject",
		"admin listTenantProjects", "member listTenantProjects", "viewer listTenantProjects",
	},
	"credentials": {
		"nobody showHealth", "garbage showHealth", "empty showHealth", "admin showHealth", "member showHealth", "viewer showHealth", "stranger showHealth",
	},
	"input-template": {"admin search", "member search", "viewer search", "stranger search"},
	"input-upload":   {"admin downloadDocument", "member downloadDocument", "viewer downloadDocument"},
	"selector":       nil, // checked below: the whole column
}

var passing = regexp.MustCompile(`"downloadUrl":"[^"]*"|content="[\w-]+"|value="[\w-]{24}"|"hint":"[^"]*"`)

// readings asks for every readable route as everybody, always with Acme's ids.
func readings(t *testing.T, w *World) map[string]string {
	t.Helper()
	alice := browse(t, w, "alice@acme")
	bob := browse(t, w, "bob@globex")
	tenant := alice.get("/api/me").text("tenantId")
	ids := map[string]string{}
	for _, kind := range []string{"clients", "projects", "invoices", "tickets", "documents", "users", "invites", "catalog", "exports"} {
		ids[kind] = alice.first("/api/" + kind)
	}
	ids["comments"] = alice.first("/api/tickets/" + ids["tickets"] + "/comments")
	columns := []struct {
		who     string
		visitor *visitor
		headers []string
		unknown bool
	}{
		{"nobody", stranger(t, w), nil, false},
		{"nobody, unknown id", stranger(t, w), nil, true},
		{"garbage", stranger(t, w), []string{"Authorization", "Bearer garbage"}, false},
		{"empty", stranger(t, w), []string{"Authorization", "Bearer "}, false},
		{"admin", alice, nil, false},
		{"member", browse(t, w, "amir@acme"), nil, false},
		{"viewer", browse(t, w, "vera@acme"), nil, false},
		{"stranger", bob, nil, false},
		{"stranger, unknown id", bob, nil, true},
		{"stranger, other tenant selected", bob, []string{"X-Tenant-Id", tenant}, false},
	}
	parts := regexp.MustCompile(`/([a-z]+)/\{id\}`)
	cells := map[string]string{}
	for _, r := range w.routes.routes {
		if r.method != http.MethodGet || r.streams || r.hidden {
			continue
		}
		for _, column := range columns {
			named := strings.Contains(r.path, "{id}")
			if column.unknown && !named || column.headers != nil && r.page || column.who == "stranger, other tenant selected" && !named {
				continue // nothing that another column does not show
			}
			path := strings.ReplaceAll(r.path, "{tenantId}", tenant)
			if found := parts.FindStringSubmatch(path); found != nil {
				id := ids[found[1]]
				switch kind := w.kinds[found[1]]; {
				case kind == nil: // a token, of which nobody has one yet
					id = "no-such-thing"
				case column.unknown:
					id = map[idStyle]string{uuids: "00000000-0000-4000-8000-000000000000", integers: "999999", slugs: "no-such-thing"}[kind.ids]
				}
				path = strings.Replace(path, "{id}", id, 1)
			}
			switch r.path {
			case "/api/search":
				path += "?q=onboarding"
			case "/api/manuals":
				path += "?file=welcome.txt"
			case "/graphql":
				path += "?query={me{name}}"
			}
			got := column.visitor.get(path, column.headers...)
			body := passing.ReplaceAllString(strings.Replace(got.body, string(lastPage), "", 1), "") // its script is all that backbutton adds to a page
			cells[column.who+" "+r.name] = fmt.Sprint(got.status, got.header.Get("Location"), got.header.Get("Content-Disposition"), body)
		}
	}
	return cells
}

// TestFlawsAreLocal holds each switch to its own effect: whatever else a reader sees stays as it was.
func TestFlawsAreLocal(t *testing.T) {
	t.Parallel()
	sound := readings(t, open(t, Config{Seed: 3}))
	for _, f := range Flaws() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			flawed := readings(t, open(t, Config{Seed: 3, Flaws: []string{f.Name}}))
			var changed []string
			for _, cell := range slices.Sorted(maps.Keys(sound)) {
				if sound[cell] != flawed[cell] {
					changed = append(changed, cell)
				}
			}
			if f.Name == "selector" {
				changed = slices.DeleteFunc(changed, func(cell string) bool { return strings.HasPrefix(cell, "stranger, other tenant selected") })
			}
			want := slices.Sorted(slices.Values(changes[f.Name]))
			if !slices.Equal(changed, want) {
				t.Errorf("changed %q, want %q", changed, want)
			}
		})
	}
}
