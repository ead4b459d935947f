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
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// idPlace stands in a journalled path for an id that is not known yet.
const idPlace = "{id}"

// Write sends one write after it has been journalled: the entry is on the disk
// before the request goes out. then says what became known by the answer.
func (t *Tools) Write(ctx context.Context, a Ask, e journal.Entry, then func(Answered) *journal.Entry) Answered {
	e.Target, e.Method, e.Path = t.Target.Name, a.Request.Method, a.Request.URL
	id, err := t.Journal.Before(e)
	if err != nil {
		return Answered{Attempt: artifact.Attempt{Name: a.Name, Who: a.Who, Unproven: check.RunError, Why: err.Error()}}
	}
	a.Request.Effect = portal.Write
	got := t.InOrder(ctx, a)[0]
	if !got.Sent() && got.Unproven != "" && got.Unproven != check.Unstable {
		err = t.Journal.NotSent(id, got.Why)
	} else {
		var patch *journal.Entry
		if then != nil {
			patch = then(got)
		}
		err = t.Journal.Done(id, fmt.Sprintf("answered %d", got.Status()), patch)
	}
	if err != nil {
		got.Unproven, got.Why = check.RunError, err.Error()
	}
	return got
}

// Status is the status of the answer, or 0.
func (a Answered) Status() int {
	if a.Answer == nil {
		return 0
	}
	return a.Answer.Status
}

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
	gone := map[string]bool{} // paths proved gone: a change ends with its object
	return t.Journal.Undo(ctx, func(ctx context.Context, e journal.Entry) error { return t.undo(ctx, e, gone) })
}

func (t *Tools) undo(ctx context.Context, e journal.Entry, gone map[string]bool) error {
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
	who := t.undoers(e)
	if len(who) == 0 {
		return errors.New("nobody who could undo it is signed in")
	}
	path := strings.ReplaceAll(e.Undo.Path, idPlace, id)
	if gone[path] {
		return nil
	}
	deleted, err := t.undoAs(ctx, e, id, who[0])
	if err != nil {
		return err
	}
	gone[path] = e.Verify != nil && e.Verify.Expect == journal.Gone
	for _, other := range who[1:] {
		if deleted {
			break // it was where it was made: no write has moved it
		}
		if err := t.undoMoved(ctx, e, id, other); err != nil {
			return err
		}
	}
	return nil
}

// undoers are the identities to undo as: the one that is named, and for what
// was created the owners of the other tenants, for a write may have moved it.
func (t *Tools) undoers(e journal.Entry) []string {
	var out []string
	add := func(who string) {
		if who != "" && t.Sessions[who] != nil && !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	add(e.Undo.Who)
	if len(out) == 0 {
		add(e.Who)
	}
	for _, tenant := range t.Tenants() {
		if owner, ok := t.Owner(tenant); ok && e.Kind == journal.Create && owner.Tenant != t.tenantOf(e.Undo.Who) {
			add(owner.Name)
		}
	}
	return out
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
	ans, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "verify"})
	if err != nil {
		return fmt.Errorf("verify by GET %s as %s: %w", path, who, err)
	}
	if !bytes.Contains(ans.Body, []byte(e.Tag)) {
		return nil
	}
	_, err = t.undoAs(ctx, e, id, who)
	return err
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
	}
	return deleted, err
}

func (t *Tools) undoOnce(ctx context.Context, e journal.Entry, id, who string) (deleted bool, err error) {
	if why := t.ensureAlive(ctx, who); why != "" {
		return false, errors.New(why)
	}
	path := strings.ReplaceAll(e.Undo.Path, idPlace, id)
	r := wire.Request{Method: e.Undo.Method, URL: path, Header: e.Undo.Header, Body: e.Undo.Body, Effect: portal.Write, By: t.by, For: "undo"}
	if e.Undo.ContentType != "" {
		r.Header = append(slices.Clone(r.Header), evidence.Field{Name: "Content-Type", Value: e.Undo.ContentType})
	}
	ans, err := t.Sessions[who].Do(ctx, r)
	if err != nil {
		return false, fmt.Errorf("undo by %s %s: %w", r.Method, path, err)
	}
	deleted = ans.Status/100 == 2
	if e.Verify == nil {
		if deleted || ans.Status == 404 || ans.Status == 410 {
			return deleted, nil
		}
		return false, fmt.Errorf("undo by %s %s: answered %d", r.Method, path, ans.Status)
	}
	return deleted, t.verify(ctx, e, id, who)
}

// verify re-reads what was undone.
func (t *Tools) verify(ctx context.Context, e journal.Entry, id, who string) error {
	path := strings.ReplaceAll(e.Verify.Path, idPlace, id)
	reader := who
	if e.Verify.Who != "" && t.Sessions[e.Verify.Who] != nil && e.Kind != journal.Create {
		reader = e.Verify.Who
	}
	ans, err := t.Sessions[reader].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "verify"})
	if err != nil {
		return fmt.Errorf("verify by GET %s: %w", path, err)
	}
	switch e.Verify.Expect {
	case journal.Gone:
		if t.gone(e, ans) {
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

// locate finds the id of a created object by its tag where its kind is listed.
// "" without an error means that it is not there.
func (t *Tools) locate(ctx context.Context, e journal.Entry) (string, error) {
	if e.Find == nil {
		return "", errors.New("its id is not known, nor where to look for it")
	}
	for _, who := range t.undoers(e) {
		if why := t.ensureAlive(ctx, who); why != "" {
			return "", errors.New(why)
		}
		ans, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: e.Find.Path, Effect: portal.Look, By: t.by, For: "find"})
		if err != nil {
			return "", fmt.Errorf("look for %s in %s: %w", e.Find.Tag, e.Find.Path, err)
		}
		if ans.Status/100 != 2 {
			return "", fmt.Errorf("look for %s in %s: answered %d", e.Find.Tag, e.Find.Path, ans.Status)
		}
		if id := IDBeside(ans.Body, e.Find.Tag); id != "" {
			return id, nil
		}
		if bytes.Contains(ans.Body, []byte(e.Find.Tag)) {
			return "", fmt.Errorf("%s is in %s, but its id is not", e.Find.Tag, e.Find.Path)
		}
	}
	return "", nil
}

// IDBeside returns the id of the innermost JSON object that holds a text with
// the tag and has an id of its own; "" when there is none.
func IDBeside(body []byte, tag string) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return ""
	}
	id, _ := idBeside(doc, tag)
	return id
}

func idBeside(v any, tag string) (id string, holds bool) {
	switch v := v.(type) {
	case string:
		return "", strings.Contains(v, tag)
	case []any:
		for _, x := range v {
			if id, h := idBeside(x, tag); h {
				return id, true
			}
		}
	case map[string]any:
		for _, x := range v {
			inner, h := idBeside(x, tag)
			if !h {
				continue
			}
			if inner != "" {
				return inner, true
			}
			return OwnID(v), true
		}
	}
	return "", false
}

// OwnID is the id that a JSON object gives itself.
func OwnID(object map[string]any) string {
	for _, key := range []string{"id", "uuid", "_id", "guid", "key", "slug", "number", "code", "ID", "Id"} {
		switch v := object[key].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}
