package gather_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/wire"
)

// desk is a portal, somebody's tools and a journal to write with.
type desk struct {
	*gathertest.Run
	world *lab.World
}

func open(t *testing.T) desk {
	t.Helper()
	w, err := lab.Start(t.Context(), lab.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r := gathertest.Start(t, string(w.PortalYAML()))
	if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Journal.Close() })
	return desk{r, w}
}

// ticket writes one as who; the entry knows its id when told says so.
func (d desk) ticket(t *testing.T, who string, told bool) {
	t.Helper()
	tag := gather.Canary("lrc-")
	e := journal.Entry{
		Kind: journal.Create, What: "ticket " + tag, Who: who, Tag: tag,
		Undo:   &journal.Request{Who: who, Method: "DELETE", Path: "/api/tickets/{id}"},
		Verify: &journal.Verify{Who: who, Path: "/api/tickets/{id}", Expect: journal.Gone},
		Find:   &journal.Find{Who: who, Path: "/api/tickets", Tag: tag},
	}
	ask := gather.Ask{Name: "create", Who: who, Request: wire.Request{
		Method: "POST", URL: "/api/tickets", Body: fmt.Appendf(nil, `{"subject":"A test","body":%q}`, tag),
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}},
	}}
	got := d.Write(t.Context(), ask, e, func(got gather.Answered) *journal.Entry {
		if !told {
			return nil
		}
		path := "/api/tickets/" + gather.IDBeside(got.Answer.Body, tag)
		return &journal.Entry{
			Undo:   &journal.Request{Who: who, Method: "DELETE", Path: path},
			Verify: &journal.Verify{Who: who, Path: path, Expect: journal.Gone},
		}
	})
	if got.Status() != 201 {
		t.Fatalf("making a ticket as %s answered %d: %s", who, got.Status(), got.Why)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		who    string
		told   bool
		before func(desk) // what happens between writing and undoing
		left   string     // part of why it is left; "" when nothing is
	}{
		{name: "by its maker", who: "alice", told: true},
		{name: "by the owner where the maker may not", who: "amir", told: true},
		{name: "found by its tag", who: "alice"},
		{name: "found by its tag and undone by the owner", who: "amir"},
		{name: "the maker cannot sign in any more", who: "amir", told: true, before: func(d desk) { delete(d.Sessions, "amir") }},
		{name: "the session has died", who: "alice", told: true, before: func(d desk) { _ = d.Sessions["alice"].SignOut(context.Background()) }},
		{
			name: "nobody of the tenant is signed in", who: "amir", told: true, left: "nobody who could undo it",
			before: func(d desk) { clear(d.Sessions) },
		},
		{
			name: "another target than it was written to", who: "alice", told: true, left: "clean up with --target lab",
			before: func(d desk) { other := *d.Target; other.Name = "production"; d.Target = &other },
		},
		{
			name: "the portal is gone", who: "alice", told: true, left: "alice's session died",
			before: func(d desk) { _ = d.world.Close() },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			pristine := d.world.Digest()
			d.ticket(t, tc.who, tc.told)
			if d.world.Digest() == pristine {
				t.Fatal("nothing was written")
			}
			if tc.before != nil {
				tc.before(d)
			}
			left := d.Undo(t.Context())
			if tc.left == "" {
				if len(left) > 0 || d.world.Digest() != pristine {
					t.Errorf("left %v", left)
				}
				return
			}
			if len(left) != 1 || !strings.Contains(left[0].String(), tc.left) {
				t.Errorf("left %v, want one because %q", left, tc.left)
			}
			if n := len(d.Journal.Outstanding()); n != 1 {
				t.Errorf("the journal holds %d open entries, want 1 for a later cleanup", n)
			}
		})
	}
}

// TestUndoAfterInterrupt undoes with a context of its own while the run's is done.
func TestUndoAfterInterrupt(t *testing.T) {
	t.Parallel()
	d := open(t)
	pristine := d.world.Digest()
	d.ticket(t, "alice", false)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if left := d.Undo(done); len(left) != 1 || d.world.Digest() == pristine {
		t.Errorf("undone although the time was over: left %v", left)
	}
	if left := d.Undo(t.Context()); len(left) != 0 || d.world.Digest() != pristine {
		t.Errorf("left %v", left)
	}
}

// TestUndoByWrongID has the portal tell an id that is no address of what was
// made, or another object's: neither may be deleted, nor what was made forgotten.
func TestUndoByWrongID(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, left string
		id         func(listed string) string
	}{
		{"of nothing", "still lists it", func(string) string { return "no-such-ticket" }},
		{"of another object", "something else than what this run made", func(listed string) string { return listed }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			ans, err := d.Sessions["alice"].Do(t.Context(), wire.Request{Method: "GET", URL: "/api/tickets", Effect: "look"})
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				Items []struct {
					ID json.Number `json:"id"`
				} `json:"items"`
			}
			if err := json.Unmarshal(ans.Body, &list); err != nil || len(list.Items) == 0 {
				t.Fatalf("%v: %s", err, ans.Body)
			}
			d.ticket(t, "alice", false)
			written := d.world.Digest()
			path := "/api/tickets/" + tc.id(list.Items[0].ID.String())
			open := d.Journal.Outstanding()[0]
			err = d.Journal.Done(open.ID, "answered 201", &journal.Entry{
				Undo:   &journal.Request{Who: "alice", Method: "DELETE", Path: path},
				Verify: &journal.Verify{Who: "alice", Path: path, Expect: journal.Gone},
			})
			if err != nil {
				t.Fatal(err)
			}
			if left := d.Undo(t.Context()); len(left) != 1 || !strings.Contains(left[0].String(), tc.left) {
				t.Errorf("left %v, want one because %q", left, tc.left)
			}
			if d.world.Digest() != written {
				t.Error("something was deleted")
			}
		})
	}
}
