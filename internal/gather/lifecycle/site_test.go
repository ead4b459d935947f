package lifecycle

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/session/endless"
	"github.com/launchready/launchready/checks/session/entropy"
	"github.com/launchready/launchready/checks/session/expires"
	"github.com/launchready/launchready/checks/session/fixation"
	"github.com/launchready/launchready/checks/session/idle"
	"github.com/launchready/launchready/checks/session/lifetime"
	"github.com/launchready/launchready/checks/session/logoutkills"
	"github.com/launchready/launchready/checks/session/revoked"
	"github.com/launchready/launchready/checks/session/tokenplace"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/journal"
)

// clock is a time that only waiting moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) wait(_ context.Context, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// sitting is one session of a test portal.
type sitting struct {
	user    string
	begun   time.Time
	seen    time.Time
	refresh string
	closed  bool // logged out, though its refresh token still works
}

// desk is what the test portals share: accounts, sessions, and a clock.
type desk struct {
	*clock
	mu        sync.Mutex
	flaws     map[string]bool
	passwords map[string]string
	sittings  map[string]*sitting
	serial    int
	writes    int
}

func newDesk(flaws ...string) *desk {
	d := &desk{clock: &clock{now: time.Now()}, flaws: map[string]bool{}, sittings: map[string]*sitting{}}
	d.passwords = map[string]string{"ann@acme.test": "ann-pass-2026", "dan@acme.test": "dan-pass-2026"}
	for _, f := range flaws {
		d.flaws[f] = true
	}
	return d
}

func (d *desk) id() string {
	if d.flaws["counter"] {
		d.serial++
		return fmt.Sprintf("%016d", 4711000+d.serial)
	}
	var b [20]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (d *desk) begin(user, id string) string {
	if d.flaws["one-session"] {
		for old, s := range d.sittings {
			if s.user == user {
				delete(d.sittings, old)
			}
		}
	}
	d.sittings[id] = &sitting{user: user, begun: d.Now(), seen: d.Now(), refresh: d.id()}
	return id
}

// The test portals' sessions live a little, so that a run sees their end.
const (
	siteLife = 40 * time.Second
	siteIdle = 20 * time.Second
)

// of returns who a session is of, "" for nobody.
func (d *desk) of(id string) string {
	s := d.sittings[id]
	if s == nil || s.user == "" || s.closed {
		return ""
	}
	if d.Now().After(s.begun.Add(siteLife)) && !d.flaws["no-expiry"] || d.Now().After(s.seen.Add(siteIdle)) && !d.flaws["no-idle"] {
		return ""
	}
	s.seen = d.Now()
	return s.user
}

// change sets a password and, when it is mended, ends the other sessions.
func (d *desk) change(user, current, next, kept string) bool {
	if d.passwords[user] != current || len(next) < 8 {
		return false
	}
	d.passwords[user] = next
	d.writes++
	for id, s := range d.sittings {
		if s.user == user && id != kept && !d.flaws["no-revoke"] {
			delete(d.sittings, id)
		}
	}
	return true
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv.URL
}

// run studies a portal and returns what each check says, by its name.
func run(t *testing.T, d *desk, description string, routes ...artifact.Route) (map[string]string, *gathertest.Run) {
	t.Helper()
	r := gathertest.Start(t, description)
	j, err := journal.Open(filepath.Join(t.TempDir(), journal.File))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	r.Journal = j
	r.Put(artifact.Inventories.Name(), &artifact.Inventory{Routes: routes})
	study, end := (&studies{pause: d.wait, now: d.Now}).gatherers()
	r.Gather(t, study)
	r.Gather(t, end)
	if left := j.Outstanding(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	said := map[string]string{}
	for _, c := range []check.Check{
		endless.Check, entropy.Check, expires.Check, fixation.Check, idle.Check, lifetime.Check, logoutkills.Check, revoked.Check, tokenplace.Check,
	} {
		_, name, _ := strings.Cut(c.ID, "/")
		for _, f := range r.Judge(t, c) {
			if f.Severity == "" {
				t.Errorf("%s: no severity", c.ID)
			}
			key := name
			if name == "revoked" {
				key, _, _ = strings.Cut(f.Subject, " of ")
			}
			said[key] = worse(said[key], string(f.Outcome)+" "+string(f.Reason)+": "+f.Message)
		}
	}
	return said, r
}

// worse is the graver of two outcomes.
func worse(a, b string) string {
	rank := func(s string) int {
		for i, o := range []check.Outcome{check.NotApplicable, check.OK, check.Unproven, check.Fail} {
			if strings.HasPrefix(s, string(o)) {
				return i
			}
		}
		return -1
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// expect compares outcomes: of each check that want speaks of, and no failure besides.
func expect(t *testing.T, said, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name, s := range said {
		outcome, _, _ := strings.Cut(s, ":")
		outcome = strings.TrimSpace(outcome)
		if _, asked := want[name]; asked || strings.HasPrefix(outcome, "fail") {
			got[name] = outcome
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
		for name, s := range said {
			t.Logf("%s: %s", name, s)
		}
	}
}

func body(r *http.Request) map[string]string {
	var b map[string]string
	_ = json.NewDecoder(r.Body).Decode(&b)
	return b
}
