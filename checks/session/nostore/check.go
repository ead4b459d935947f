// Package nostore judges whether caches are told to keep nothing private.
package nostore

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that answers to signed-in callers are stored nowhere.
var Check = check.Check{
	ID: "session/nostore", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Corpora, artifact.Inventories}, Judge: judge,
}

// part is the routes of one part of the portal, by what was said of storing.
type part struct {
	kept, good []string
	refs       []evidence.Ref // of what is kept
	proof      evidence.Ref
	said       string
}

func judge(p *check.Pass) error {
	inv, corpus := artifact.Inventories.Of(p), artifact.Corpora.Of(p)
	parts := map[string]*part{}
	seen := map[string]bool{}
	for _, r := range corpus.Readings {
		if seen[r.Route] || !r.OK || r.Who == evidence.Anonymous || !private(inv, corpus, r.Route) {
			continue
		}
		ex, err := p.Exchange(r.First.Ref)
		if err != nil {
			return err
		}
		if ex == nil || ex.Status() != 200 || ex.Response == nil || len(bytes.TrimSpace(ex.Response.Body)) == 0 {
			continue
		}
		seen[r.Route] = true
		name := partOf(r.Route, ex.Header("Content-Type"))
		if parts[name] == nil {
			parts[name] = &part{}
		}
		parts[name].add(r.Route, ex.Header("Cache-Control"), r.First.Ref)
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		parts[name].report(p, name)
	}
	if len(parts) == 0 {
		p.Unproven(p.Check.ID, check.NoPositiveControl, "no private answer to a signed-in caller was read")
	}
	return nil
}

// private reports a route whose answers are for the caller alone.
func private(inv *artifact.Inventory, corpus *artifact.Corpus, id string) bool {
	r := inv.By(id)
	if r == nil || r.Public != "" || r.OptionalAuth || r.Shared || r.Kind == "static" || r.Kind == "login" {
		return false
	}
	for _, x := range corpus.Readings {
		if x.Route == id && x.Who == evidence.Anonymous && x.OK {
			return false // everybody is shown it
		}
	}
	return true
}

// partOf groups routes that likely share what sets their headers.
func partOf(route, media string) string {
	_, path, _ := strings.Cut(route, " ")
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.Contains(media, "html") {
		return "pages"
	}
	return "answers below /" + first
}

func (a *part) add(route, said string, ref evidence.Ref) {
	for directive := range strings.SplitSeq(said, ",") {
		if strings.EqualFold(strings.TrimSpace(directive), "no-store") {
			a.good, a.proof = append(a.good, route), ref
			return
		}
	}
	if said == "" {
		said = "nothing"
	}
	if a.said == "" {
		a.said = said
	}
	a.kept, a.refs = append(a.kept, route), append(a.refs, ref)
}

func (a *part) report(p *check.Pass, name string) {
	if len(a.kept) == 0 {
		p.OK(name, fmt.Sprintf("%d private routes say no-store", len(a.good)), a.proof)
		return
	}
	slices.Sort(a.kept)
	examples := a.kept[:min(len(a.kept), check.MaxExamples)]
	p.Fail(name, fmt.Sprintf("%d of %d private routes do not say no-store, but %s: %s", len(a.kept), len(a.kept)+len(a.good), a.said, strings.Join(examples, ", ")),
		a.refs[:min(len(a.refs), check.MaxExamples)]...)
}
