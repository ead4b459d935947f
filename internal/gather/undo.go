package gather

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Undo undoes every write that the journal holds open, newest first, proves
// each undone by a re-read, and returns those that are left.
func (t *Tools) Undo(ctx context.Context) []journal.Entry {
	if t.Journal == nil {
		return nil
	}
	for _, s := range t.Sessions {
		s.Forgive()
	}
	t.forget()
	t.listings = map[string]*wire.Answer{}
	defer func() { t.listings = nil }()
	gone := map[string]bool{} // tenants' paths proved gone: a change ends with its object
	return t.Journal.Undo(ctx, func(ctx context.Context, e journal.Entry) error { return t.undo(ctx, e, gone) })
}

func (t *Tools) undo(ctx context.Context, e journal.Entry, gone map[string]bool) error {
	if e.Target != "" && e.Target != t.Target.Name {
		return fmt.Errorf("it was written to the target %s: clean up with --target %s", e.Target, e.Target)
	}
	if e.Masked {
		return errors.New("what undoes it holds a credential, which is not kept")
	}
	if e.Undo == nil {
		return errors.New("nothing is known that undoes it")
	}
	id := ""
	if strings.Contains(e.Undo.Path, idPlace) {
		found, err := t.locate(ctx, e)
		if err != nil || found == "" {
			return err // not created after all
		}
		id = found
	}
	makers, others := t.undoers(e)
	if len(makers) == 0 {
		return errors.New("nobody who could undo it is signed in")
	}
	path := strings.ReplaceAll(e.Undo.Path, idPlace, id)
	// The same address may mean another object in another tenant.
	place := t.tenantOf(makers[0]) + " " + path
	if gone[place] || t.removed(ctx, e, path, makers[0]) {
		gone[place] = true
		return nil
	}
	deleted, err := t.undoAsOne(ctx, e, id, makers)
	if err != nil {
		return err
	}
	if deleted {
		// It was where it was made: no write has moved it.
		gone[place] = e.Verify != nil && e.Verify.Expect == journal.Gone
		return nil
	}
	for _, other := range others {
		if err := t.undoMoved(ctx, e, id, other); err != nil {
			return err
		}
	}
	return nil
}

// removed reports whether an object is gone because the run itself deleted it:
// then a re-read is all there is to do.
func (t *Tools) removed(ctx context.Context, e journal.Entry, path, who string) bool {
	if e.Kind != journal.Delete || e.Verify == nil || e.Verify.Expect != journal.Gone || !strings.HasPrefix(e.Note, "answered 2") {
		return false
	}
	return e.Verify.Path == path && t.ensureAlive(ctx, who) == "" && t.verify(ctx, e, "", who) == nil
}

// undoers are the identities to undo as: the one that is named and, for what
// was created, the owner of its tenant, for not everybody who may make an
// object may delete it; others are the owners of the other tenants, for a
// write may have moved it.
func (t *Tools) undoers(e journal.Entry) (makers, others []string) {
	for _, who := range []string{e.Undo.Who, e.Who} {
		if len(makers) == 0 && who != evidence.Anonymous && t.Sessions[who] != nil {
			makers = append(makers, who)
		}
	}
	if e.Verify == nil || e.Verify.Expect != journal.Gone {
		return makers, nil // what one identity changed of its own is nobody else's
	}
	for _, tenant := range t.Tenants() {
		owner, ok := t.Owner(tenant)
		switch {
		case !ok || slices.Contains(makers, owner.Name):
		case owner.Tenant == t.tenantOf(e.Undo.Who):
			makers = append(makers, owner.Name)
		case e.Kind == journal.Create:
			others = append(others, owner.Name)
		}
	}
	return makers, others
}

func (t *Tools) tenantOf(who string) string {
	if s := Made[artifact.Sessions](t, artifact.SignIns); s != nil {
		return s.By(who).Tenant
	}
	return ""
}

// undoMoved undoes what another tenant's owner sees of an object that was not
// made for that tenant.
func (t *Tools) undoMoved(ctx context.Context, e journal.Entry, id, who string) error {
	if e.Verify == nil || e.Tag == "" {
		return nil
	}
	if why := t.ensureAlive(ctx, who); why != "" {
		return errors.New(why)
	}
	path := strings.ReplaceAll(e.Verify.Path, idPlace, id)
	ans, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "verify", Expect5xx: t.FailsToRefuse()})
	if err != nil {
		return fmt.Errorf("verify by GET %s as %s: %w", path, who, err)
	}
	if !bytes.Contains(ans.Body, []byte(e.Tag)) {
		return nil
	}
	_, err = t.undoAs(ctx, e, id, who)
	return err
}

// undoAsOne undoes as the first of several who can.
func (t *Tools) undoAsOne(ctx context.Context, e journal.Entry, id string, who []string) (deleted bool, err error) {
	var first error
	for _, name := range who {
		if deleted, err = t.undoAs(ctx, e, id, name); err == nil || ctx.Err() != nil {
			return deleted, err
		}
		if first == nil {
			first = err
		}
	}
	return false, first
}

// undoTries is how often an undoing is tried: a session may die under it.
const undoTries = 3

// undoAs sends what undoes an entry and proves it; deleted says that the
// portal accepted it, and did not merely know nothing of the object.
func (t *Tools) undoAs(ctx context.Context, e journal.Entry, id, who string) (deleted bool, err error) {
	for range undoTries {
		if deleted, err = t.undoOnce(ctx, e, id, who); err == nil || ctx.Err() != nil {
			return deleted, err
		}
		t.doubt(who)
	}
	return deleted, err
}

func (t *Tools) undoOnce(ctx context.Context, e journal.Entry, id, who string) (deleted bool, err error) {
	if why := t.ensureAlive(ctx, who); why != "" {
		return false, errors.New(why)
	}
	if err := t.namesake(ctx, e, id, who); err != nil {
		return false, err
	}
	path := strings.ReplaceAll(e.Undo.Path, idPlace, id)
	r := wire.Request{Method: e.Undo.Method, URL: path, Header: e.Undo.Header, Body: e.Undo.Body, Effect: portal.Write, By: t.by, For: "undo", Expect5xx: t.FailsToRefuse()}
	if e.Undo.ContentType != "" {
		r.Header = append(slices.Clone(r.Header), evidence.Field{Name: "Content-Type", Value: e.Undo.ContentType})
	}
	ans, err := t.Sessions[who].Do(ctx, r)
	if err != nil {
		return false, fmt.Errorf("undo by %s %s: %w", r.Method, path, err)
	}
	deleted = ans.Status/100 == 2 || r.Method == "POST" && (ans.Status == 302 || ans.Status == 303)
	if !deleted && id != "" && id == e.Tag {
		return false, fmt.Errorf("undo by %s %s: answered %d, and no other id of it is known", r.Method, path, ans.Status)
	}
	if e.Verify == nil {
		if deleted || ans.Status == 404 || ans.Status == 410 {
			return deleted, nil
		}
		return false, fmt.Errorf("undo by %s %s: answered %d", r.Method, path, ans.Status)
	}
	if err := t.verify(ctx, e, id, who); err != nil {
		return deleted, err
	}
	if !deleted && t.listed(ctx, e, who) {
		return false, fmt.Errorf("undo by %s %s: answered %d, and GET %s still lists it", r.Method, path, ans.Status, e.Find.Path)
	}
	return deleted, nil
}

// verify re-reads what was undone.
func (t *Tools) verify(ctx context.Context, e journal.Entry, id, who string) error {
	path := strings.ReplaceAll(e.Verify.Path, idPlace, id)
	reader := who
	if e.Verify.Who != "" && t.Sessions[e.Verify.Who] != nil && e.Kind != journal.Create {
		reader = e.Verify.Who
	}
	ans, err := t.Sessions[reader].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "verify", Expect5xx: t.FailsToRefuse()})
	if err != nil {
		return fmt.Errorf("verify by GET %s: %w", path, err)
	}
	switch e.Verify.Expect {
	case journal.Gone:
		if t.gone(e, ans) || t.like(ctx, e, path, reader, ans) {
			return nil
		}
		return fmt.Errorf("it is still there: GET %s as %s answered %d", path, reader, ans.Status)
	default:
		return equal(e, ans, path)
	}
}

// gone reports whether a re-read shows that the object is not there.
func (t *Tools) gone(e journal.Entry, ans *wire.Answer) bool {
	if e.Tag != "" && bytes.Contains(ans.Body, []byte(e.Tag)) {
		return false
	}
	if ans.Status == 404 || ans.Status == 410 {
		return true
	}
	_, denied := t.Refusals().Denied("", ans.Exchange)
	return denied && ans.Status != 401
}

// writtenTag starts every value that a trial writes into an object.
const writtenTag = "lrw-"

// like reports whether the answer is that for an object which does not exist:
// portals may refuse in ways that only a comparison tells.
func (t *Tools) like(ctx context.Context, e journal.Entry, path, who string, ans *wire.Answer) bool {
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 || e.Tag == "" || bytes.Contains(ans.Body, []byte(e.Tag)) || bytes.Contains(ans.Body, []byte(writtenTag)) {
		return false
	}
	id := path[cut+1:]
	other := normal.Unlike(id)
	none, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: path[:cut+1] + other, Effect: portal.Look, By: t.by, For: "verify control", Expect5xx: t.FailsToRefuse()})
	if err != nil || none.Status != ans.Status {
		return false
	}
	mask := normal.Mask{Echo: []string{id, other}, Volatile: normal.VolatilePointers(ans.Exchange, none.Exchange)}
	a, b := normal.Of(ans.Exchange, mask), normal.Of(none.Exchange, mask)
	return normal.Same(a, b) && normal.Jaccard(a, b) >= 1
}

func equal(e journal.Entry, ans *wire.Answer, path string) error {
	var doc, want any
	if err := json.Unmarshal(ans.Body, &doc); err != nil {
		return fmt.Errorf("verify by GET %s: answered %d with no JSON", path, ans.Status)
	}
	if err := json.Unmarshal(e.Verify.Value, &want); err != nil {
		return fmt.Errorf("verify by GET %s: %w", path, err)
	}
	for _, is := range normal.Lookup(doc, e.Verify.Pointer) {
		if fmt.Sprint(is) == fmt.Sprint(want) {
			return nil
		}
	}
	return fmt.Errorf("verify by GET %s: %s is not as it was", path, e.Verify.Pointer)
}
