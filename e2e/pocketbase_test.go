package e2e

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// password is that of every test account, on both portals.
const password = "a-long-test-passphrase"

// tenantRule keeps a collection's objects inside the caller's org; openRule is the same rule with
// its tenant condition forgotten.
const (
	tenantRule = "@request.auth.id != '' && org = @request.auth.org"
	openRule   = "@request.auth.id != ''"
)

// collections is PocketBase's schema with the rules of a well-kept portal.
//
//go:embed testdata/pocketbase-collections.json
var collections string

// org is a tenant of the PocketBase portal: its people and what only they may read.
type org struct {
	name, terms   string
	admin, member string
	projects      []string // briefs
	invoices      []string // memos
	notes         []string
}

func orgs() []org {
	return []org{
		{
			name: "acme", terms: "Acme settles in sixty days after the Harbourline arbitration",
			admin: "alice", member: "amir",
			projects: []string{"Kestrel refit moves to the Gdynia yard in spring", "Lighthouse survey stays unannounced until March"},
			invoices: []string{"Kestrel hull plating, second instalment withheld", "Lighthouse sonar rental billed through Marisol"},
			notes:    []string{"Alice doubts the Harbourline figures for August", "Amir met the surveyor from Tromso on Thursday"},
		},
		{
			name: "globex", terms: "Globex prepays the Ottokar quarry lease every quarter",
			admin: "bob", member: "zoe",
			projects: []string{"Quarry extension waits for the Lindqvist permit", "Basalt tender hides the northern haul road"},
			invoices: []string{"Quarry blasting crew, overtime for the Ottokar shelf", "Basalt core samples shipped to Professor Adeyemi"},
			notes:    []string{"Bob wants the Lindqvist meeting off the record", "Zoe found the haul road drawings in Malmo"},
		},
	}
}

// pocketBase is a seeded PocketBase server.
type pocketBase struct {
	url   string
	admin caller
}

// startPocketBase starts a PocketBase with two orgs of two people each.
func startPocketBase(t *testing.T) *pocketBase {
	t.Helper()
	binary := output(t, ".", "go", "tool", "-n", "base") // built as e2e/go.mod pins it
	dir := t.TempDir()
	flags := []string{"--dir", filepath.Join(dir, "data"), "--dev=false", "--automigrate=false", "--hooksWatch=false"}
	const adminMail = "root@pocketbase.test"
	upsert := exec.Command(binary, append([]string{"superuser", "upsert", adminMail, password}, flags...)...)
	upsert.Dir = dir
	if out, err := upsert.CombinedOutput(); err != nil {
		t.Fatalf("make the superuser: %v\n%s", err, out)
	}
	addr := freeAddr(t)
	pb := &pocketBase{url: "http://" + addr}
	start(t, pb.url+"/api/health", binary, append([]string{"serve", "--http", addr}, flags...)...)
	pb.admin = pb.signIn(t, "_superusers", adminMail)
	pb.seed(t)
	return pb
}

func (pb *pocketBase) seed(t *testing.T) {
	t.Helper()
	must(t, pb.admin, http.MethodPut, pb.url+"/api/collections/import",
		map[string]any{"collections": json.RawMessage(collections), "deleteMissing": false})
	for _, o := range orgs() {
		id := pb.create(t, "orgs", map[string]any{"name": o.name, "terms": o.terms})
		for role, user := range map[string]string{"admin": o.admin, "member": o.member} {
			pb.create(t, "users", map[string]any{
				"email": user + "@" + o.name + ".test", "name": user, "org": id, "role": role,
				"password": password, "passwordConfirm": password,
			})
		}
		var project string
		for _, brief := range o.projects {
			title, _, _ := strings.Cut(brief, " ")
			project = pb.create(t, "projects", map[string]any{"title": title, "brief": brief, "org": id})
		}
		for i, memo := range o.invoices {
			pb.create(t, "invoices", map[string]any{
				"number": o.name + "-" + string(rune('1'+i)), "amount": 41870 + i, "memo": memo, "project": project, "org": id,
			})
		}
		for _, text := range o.notes {
			pb.create(t, "notes", map[string]any{"text": text, "org": id})
		}
	}
}

// create makes a record as the superuser and returns its id.
func (pb *pocketBase) create(t *testing.T, collection string, record map[string]any) string {
	t.Helper()
	return decode[struct{ ID string }](t, must(t, pb.admin, http.MethodPost, pb.records(collection), record)).ID
}

// signIn returns an account of an auth collection, signed in.
func (pb *pocketBase) signIn(t *testing.T, collection, mail string) caller {
	t.Helper()
	got := must(t, caller{}, http.MethodPost, pb.url+"/api/collections/"+collection+"/auth-with-password",
		map[string]string{"identity": mail, "password": password})
	return caller{token: decode[struct{ Token string }](t, got).Token}
}

// records is the address of a collection's list; an id after a slash gives one record.
func (pb *pocketBase) records(collection string) string {
	return pb.url + "/api/collections/" + collection + "/records"
}

// list returns the records of a collection that the caller sees, by id.
func (pb *pocketBase) list(t *testing.T, as caller, collection string) map[string]string {
	t.Helper()
	page := decode[struct{ Items []json.RawMessage }](t, must(t, as, http.MethodGet, pb.records(collection)+"?perPage=200", nil))
	byID := make(map[string]string, len(page.Items))
	for _, item := range page.Items {
		byID[decode[struct{ ID string }](t, answer{body: string(item)}).ID] = string(item)
	}
	return byID
}

// snapshot returns every record of the portal, by collection and id.
func (pb *pocketBase) snapshot(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, c := range tenantCollections() {
		all[c] = pb.list(t, pb.admin, c)
	}
	return all
}

// setRule replaces one of the rules that decide who may do what with a collection's objects.
func (pb *pocketBase) setRule(t *testing.T, collection, rule, condition string) {
	t.Helper()
	must(t, pb.admin, http.MethodPatch, pb.url+"/api/collections/"+collection, map[string]any{rule: condition})
}

// tenantCollections names the collections whose objects belong to one org.
func tenantCollections() []string {
	return []string{"orgs", "users", "projects", "invoices", "notes"}
}

func TestPocketBaseKeepsOrgsApart(t *testing.T) {
	t.Parallel()
	pb := startPocketBase(t)
	alice := pb.signIn(t, "users", "alice@acme.test")
	bob := pb.signIn(t, "users", "bob@globex.test")
	want := map[string]int{"orgs": 1, "users": 2, "projects": 2, "invoices": 2, "notes": 2}
	for _, collection := range tenantCollections() {
		t.Run(collection, func(t *testing.T) {
			if anonymous := pb.list(t, caller{}, collection); len(anonymous) != 0 {
				t.Errorf("a visitor lists %v, want nothing", anonymous)
			}
			theirs := pb.list(t, bob, collection)
			own := pb.list(t, alice, collection)
			if len(own) != want[collection] {
				t.Errorf("alice lists %d records, want %d: %v", len(own), want[collection], own)
			}
			for id := range own {
				if _, shared := theirs[id]; shared {
					t.Errorf("alice and bob both list %s", id)
				}
				one := pb.records(collection) + "/" + id
				for _, try := range []struct {
					name   string
					as     caller
					method string
					status []int
				}{
					{"owner reads", alice, http.MethodGet, []int{http.StatusOK}},
					{"stranger reads", bob, http.MethodGet, []int{http.StatusNotFound}},
					{"visitor reads", caller{}, http.MethodGet, []int{http.StatusNotFound}},
					{"stranger changes", bob, http.MethodPatch, []int{http.StatusForbidden, http.StatusNotFound}},
				} {
					if got := send(t, try.as, try.method, one, nil); !slices.Contains(try.status, got.status) {
						t.Errorf("%s %s: status %d, want one of %d: %s", try.name, id, got.status, try.status, got.body)
					}
				}
			}
		})
	}
}

func TestPocketBaseHoleOpensAndCloses(t *testing.T) {
	t.Parallel()
	pb := startPocketBase(t)
	alice := pb.signIn(t, "users", "alice@acme.test")
	bob := pb.signIn(t, "users", "bob@globex.test")
	for _, step := range []struct {
		rule   string
		status int
	}{{tenantRule, http.StatusNotFound}, {openRule, http.StatusOK}, {tenantRule, http.StatusNotFound}} {
		pb.setRule(t, "invoices", "viewRule", step.rule)
		for id, record := range pb.list(t, alice, "invoices") {
			got := send(t, bob, http.MethodGet, pb.records("invoices")+"/"+id, nil)
			if got.status != step.status {
				t.Errorf("with view rule %q bob reads %s: status %d, want %d", step.rule, id, got.status, step.status)
			}
			memo := decode[struct{ Memo string }](t, answer{body: record}).Memo
			if leaks := strings.Contains(got.body, memo); leaks != (step.rule == openRule) {
				t.Errorf("with view rule %q bob sees %q: %t", step.rule, memo, leaks)
			}
		}
	}
}
