package anon

import (
	"context"
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// tenants asks as another tenant for what was answered without a login, where
// none of the others read the very same: a version or a list of countries is
// the same for everybody, and nobody's.
func tenants(ctx context.Context, t *gather.Tools, inv *artifact.Inventory, corpus *artifact.Corpus, asked []*artifact.Asked) {
	var batch gather.Batch
	for _, a := range asked {
		if len(a.Control) == 0 || !open(t, a) {
			continue
		}
		r := inv.By(a.Route)
		target, ok := r.Fill(a.Values)
		stranger, found := another(t, corpus, a)
		if !ok || !found || door(*r) {
			continue
		}
		q := request("T", *r, target, nil)
		q.Who = stranger
		batch.Add(q, func(got gather.Answered) { a.Control = append(a.Control, got.Attempt) })
	}
	batch.Send(ctx, t)
}

// open reports a route that gave a caller without a login something.
func open(t *gather.Tools, a *artifact.Asked) bool {
	a0, ok := artifact.Find(a.Tries, "A0")
	if !ok || a0.Unproven != "" {
		return false
	}
	got := t.Recall(a0, "A0")
	return got.Answer != nil && got.Answer.Status/100 == 2
}

// another names an identity of another tenant than the control's; found is
// false when there is none, or one of them read the same in the harvest.
func another(t *gather.Tools, corpus *artifact.Corpus, a *artifact.Asked) (who string, found bool) {
	strangers := t.Strangers(tenantOf(t, a.Control[0].Who))
	read := slices.ContainsFunc(corpus.Readings, func(r artifact.Reading) bool {
		return r.Route == a.Route && r.Who != evidence.Anonymous && maps.Equal(r.Values, a.Values) &&
			slices.ContainsFunc(strangers, func(s artifact.Identity) bool { return s.Name == r.Who })
	})
	if read || len(strangers) == 0 {
		return "", false
	}
	return strangers[0].Name, true
}

func tenantOf(t *gather.Tools, who string) string {
	for _, p := range t.People() {
		if p.Name == who {
			return p.Tenant
		}
	}
	return ""
}
