package gather

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// namesake refuses to delete what this run did not make: where portals give
// one object several ids, the one that its maker was told may be another
// object's address.
func (t *Tools) namesake(ctx context.Context, e journal.Entry, id, who string) error {
	if e.Kind != journal.Create || e.Tag == "" || e.Verify == nil || e.Verify.Expect != journal.Gone {
		return nil
	}
	path := strings.ReplaceAll(e.Verify.Path, idPlace, id)
	if t.ours(path, e.Tag) {
		return nil
	}
	body, ok := t.shown(ctx, path, who)
	if !ok || bytes.Contains(body, []byte(e.Tag)) || bytes.Contains(body, []byte(writtenTag)) || !t.listed(ctx, e, who) {
		return nil
	}
	return fmt.Errorf("GET %s shows something else than what this run made, which GET %s still lists", path, e.Find.Path)
}

// listed reports whether the list of its kind still shows what was made.
func (t *Tools) listed(ctx context.Context, e journal.Entry, who string) bool {
	if e.Kind != journal.Create || e.Find == nil || e.Find.Tag == "" {
		return false
	}
	body, ok := t.shown(ctx, e.Find.Path, who)
	return ok && bytes.Contains(body, []byte(e.Find.Tag))
}

// shown is what somebody is shown at a path with 2xx.
func (t *Tools) shown(ctx context.Context, path, who string) ([]byte, bool) {
	ans, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "verify", Expect5xx: t.FailsToRefuse()})
	if err != nil || ans.Status/100 != 2 {
		return nil, false
	}
	return ans.Body, true
}
