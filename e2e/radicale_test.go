package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The rights that Radicale can run with: ownerOnly is the well-kept portal; with everyoneReads any
// signed-in user reads every collection, one word away in the configuration.
const (
	ownerOnly     = "owner_only"
	everyoneReads = "owner_write"
)

const radicaleConfig = `[server]
hosts = %s
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[rights]
type = %s
[storage]
filesystem_folder = %s
[web]
type = none
`

const newCollection = `<?xml version="1.0" encoding="utf-8"?>
<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav">
<set><prop><resourcetype><collection/><%s/></resourcetype><displayname>%s</displayname></prop></set></mkcol>`

const namesOfMembers = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`

// radicale is a seeded Radicale server over a storage folder that outlives its restarts.
type radicale struct {
	url, addr, dir string
	server         *process
}

// item is one stored contact or event: where it is and the text only its owner may read.
type item struct{ owner, path, private, body string }

func items() []item {
	return []item{
		contact("alice", "alice-me", "Alice Marchetti", "alice@marchetti.test", "Leaves the Harbourline board in October"),
		contact("alice", "kestrel-surveyor", "Ingrid Tollefsen", "ingrid@tromso-survey.test", "Surveyor for the Kestrel refit is paid in cash"),
		event("alice", "dock-inspection", "Gdynia dock inspection without notice"),
		event("alice", "lease-signing", "Signing the Lighthouse lease with Marisol"),
		contact("bob", "bob-me", "Bob Ferreira", "bob@ferreira.test", "Holds the second key to the Ottokar depot"),
		contact("bob", "quarry-foreman", "Anselm Okafor", "anselm@basalt-works.test", "Quarry foreman reachable after ten only"),
		event("bob", "blasting-permit", "Lindqvist hands over the blasting permit"),
		event("bob", "union-talks", "Union talks about the northern haul road"),
	}
}

func contact(owner, id, name, mail, note string) item {
	return item{owner, "/" + owner + "/contacts/" + id + ".vcf", note, lines(
		"BEGIN:VCARD", "VERSION:3.0", "UID:"+id, "FN:"+name, "N:"+name+";;;;", "EMAIL:"+mail, "NOTE:"+note, "END:VCARD")}
}

func event(owner, id, summary string) item {
	return item{owner, "/" + owner + "/calendar/" + id + ".ics", summary, lines(
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//launchready//e2e//EN", "BEGIN:VEVENT", "UID:"+id,
		"DTSTAMP:20260901T080000Z", "DTSTART:20261012T090000Z", "DTEND:20261012T100000Z", "SUMMARY:"+summary,
		"END:VEVENT", "END:VCALENDAR")}
}

// lines joins the lines of a vCard or iCalendar object, RFC 6350 §3.2.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// startRadicale starts a Radicale with two owners, each with an address book and a calendar.
func startRadicale(t *testing.T) *radicale {
	t.Helper()
	if _, err := exec.LookPath("radicale"); err != nil {
		t.Fatalf("find radicale: %v; .ci/install adds the packages that the tests need", err)
	}
	addr := freeAddr(t)
	r := &radicale{url: "http://" + addr, addr: addr, dir: t.TempDir()}
	write(t, filepath.Join(r.dir, "users"), fmt.Sprintf("alice:%s\nbob:%[1]s\n", password))
	r.restart(t, ownerOnly)
	for _, owner := range []string{"alice", "bob"} {
		as := caller{user: owner, password: password}
		must(t, as, "MKCOL", r.url+"/"+owner+"/contacts/", fmt.Sprintf(newCollection, "CR:addressbook", "People"))
		must(t, as, "MKCOL", r.url+"/"+owner+"/calendar/", fmt.Sprintf(newCollection, "C:calendar", "Dates"))
	}
	for _, i := range items() {
		must(t, caller{user: i.owner, password: password}, http.MethodPut, r.url+i.path, i.body)
	}
	return r
}

// restart runs the server with the given rights on the same address and the same storage.
func (r *radicale) restart(t *testing.T, rights string) {
	t.Helper()
	if r.server != nil {
		r.server.stop()
	}
	config := filepath.Join(r.dir, "config")
	write(t, config, fmt.Sprintf(radicaleConfig, r.addr, filepath.Join(r.dir, "users"), rights, filepath.Join(r.dir, "storage")))
	r.server = start(t, r.url, "radicale", "--config", config)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatalf("write %s: %v", path, err)
	}
}

func TestRadicaleKeepsOwnersApart(t *testing.T) {
	t.Parallel()
	r := startRadicale(t)
	for _, i := range items() {
		stranger := map[string]string{"alice": "bob", "bob": "alice"}[i.owner]
		list := r.url + i.path[:strings.LastIndex(i.path, "/")+1]
		for _, try := range []struct {
			name        string
			as          caller
			method, url string
			status      int
			sees        string // what only someone who is let in sees
		}{
			{"owner reads", caller{user: i.owner, password: password}, http.MethodGet, r.url + i.path, http.StatusOK, i.private},
			{"owner lists", caller{user: i.owner, password: password}, "PROPFIND", list, http.StatusMultiStatus, i.path},
			{"stranger reads", caller{user: stranger, password: password}, http.MethodGet, r.url + i.path, http.StatusForbidden, ""},
			{"stranger lists", caller{user: stranger, password: password}, "PROPFIND", list, http.StatusForbidden, ""},
			{"visitor reads", caller{}, http.MethodGet, r.url + i.path, http.StatusUnauthorized, ""},
			{"wrong password reads", caller{user: i.owner, password: "wrong"}, http.MethodGet, r.url + i.path, http.StatusUnauthorized, ""},
		} {
			var body any
			if try.method == "PROPFIND" {
				body = namesOfMembers
			}
			got := send(t, try.as, try.method, try.url, body)
			if got.status != try.status {
				t.Errorf("%s %s: status %d, want %d: %s", try.name, i.path, got.status, try.status, got.body)
			}
			if !strings.Contains(got.body, try.sees) {
				t.Errorf("%s %s: %q is missing from %s", try.name, i.path, try.sees, got.body)
			}
			if try.sees == "" && strings.Contains(got.body, i.private) {
				t.Errorf("%s %s: the refusal holds %q", try.name, i.path, i.private)
			}
		}
	}
}

func TestRadicaleHoleOpensAndCloses(t *testing.T) {
	t.Parallel()
	r := startRadicale(t)
	for _, step := range []struct {
		rights string
		status int
	}{{ownerOnly, http.StatusForbidden}, {everyoneReads, http.StatusOK}, {ownerOnly, http.StatusForbidden}} {
		r.restart(t, step.rights)
		for _, i := range items() {
			if i.owner != "alice" {
				continue
			}
			got := send(t, caller{user: "bob", password: password}, http.MethodGet, r.url+i.path, nil)
			if got.status != step.status {
				t.Errorf("with rights %s bob reads %s: status %d, want %d", step.rights, i.path, got.status, step.status)
			}
			if leaks := strings.Contains(got.body, i.private); leaks != (step.rights == everyoneReads) {
				t.Errorf("with rights %s bob sees %q: %t", step.rights, i.private, leaks)
			}
		}
	}
}
