package swap

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
)

// choice is one way for a client to say which tenant it means.
type choice struct {
	name  string
	apply func(*wire.Request, string)
}

// selectorHeaders are believed by portals that leave the choice of a tenant to a header.
func selectorHeaders() []string {
	return []string{"X-Tenant-Id", "X-Tenant", "X-Org-Id", "X-Organization-Id", "X-Account-Id", "X-Workspace-Id"}
}

// selectorKeys are the names of the same choice in a query or a cookie.
func selectorKeys() []string {
	return []string{"tenantId", "tenant", "tenant_id", "orgId", "org", "org_id", "account_id", "workspace"}
}

// choices returns the selectors tried on a route: the usual header alone, the
// all of them together, for servers pass over what they do not know. A query
// selector on a list is a filter, which the lists gatherer tries.
func (s *swapper) choices(r artifact.Route, owner, stranger string) []choice {
	rare := choice{"headers and cookies", func(q *wire.Request, id string) {
		for _, h := range selectorHeaders() {
			q.Header = append(q.Header, evidence.Field{Name: h, Value: id})
		}
		var pairs []string
		for _, k := range selectorKeys() {
			pairs = append(pairs, k+"="+url.QueryEscape(id))
		}
		q.Header = append(q.Header, evidence.Field{Name: "Cookie", Value: strings.Join(pairs, "; ")})
	}}
	out := []choice{rare}
	if !s.Quick {
		out = []choice{{"header X-Tenant-Id", func(q *wire.Request, id string) {
			q.Header = append(q.Header, evidence.Field{Name: "X-Tenant-Id", Value: id})
		}}, rare}
	}
	if takesObject(r) {
		out = append(out, choice{"query", func(q *wire.Request, id string) {
			for _, k := range selectorKeys() {
				q.URL = withQuery(q.URL, k, url.QueryEscape(id))
			}
		}})
	}
	if host := s.hostOf(owner, stranger); host != "" {
		out = append(out, choice{"host", func(q *wire.Request, id string) {
			if id == s.ids[owner][0] {
				q.Host = host
			}
		}})
	}
	return out
}

// hostOf is the owner's host name where the stranger's tenant is a label of
// the target's: the same name with the owner's label.
func (s *swapper) hostOf(owner, stranger string) string {
	u, err := url.Parse(s.Target.URL)
	if err != nil {
		return ""
	}
	labels := strings.Split(u.Host, ".")
	if i := slices.Index(labels, stranger); i >= 0 {
		labels[i] = owner
		return strings.Join(labels, ".")
	}
	return ""
}

// selected is one route asked by a stranger that claims to act for the owner's tenant.
type selected struct {
	route    artifact.Route
	owner    string
	stranger string
	id, no   string
	ownerV   artifact.Values
	values   artifact.Values  // what the stranger asks for
	read     artifact.Reading // the owner's, of the harvest
	p, p2    gather.Answered
	x, n     gather.Answered
	choices  []choice
	tries    []gather.Answered
}

// selectors asks lists, details and everything else that shows the caller's
// own tenant, with the owner's tenant named where a client may name it.
func (s *swapper) selectors(ctx context.Context) {
	var all []*selected
	for i, r := range s.inventory.Routes {
		if !gather.Reads(r) || r.HeldBack != "" || gather.Exporting(r) || s.class(r) == classHierarchy || s.Quick && takesObject(r) {
			continue
		}
		all = append(all, s.selections(r, i)...)
	}
	for len(all) > 0 {
		if ctx.Err() != nil {
			for _, t := range all {
				s.leave(classSelector, t.route, check.NotExamined, interrupted)
			}
			return
		}
		now := all[:min(chunk, len(all))]
		all = all[len(now):]
		var batch gather.Batch
		for _, t := range now {
			if t.read.First.Sent() {
				t.p, t.p2 = s.Recall(t.read.First, "P"), s.Recall(t.read.Again, "P2")
			} else {
				add(&batch, &t.p, s.ask("P", t.owner, t.route, t.ownerV))
				add(&batch, &t.p2, s.ask("P2", t.owner, t.route, t.ownerV))
			}
			x := s.ask("X", t.stranger, t.route, t.values)
			x.Known = false // it is held against what is asked right after it
			add(&batch, &t.x, x)
			no := x
			no.Name = "N"
			t.choices[0].apply(&no.Request, t.no)
			add(&batch, &t.n, no)
			t.tries = make([]gather.Answered, len(t.choices))
			for i, c := range t.choices {
				try := x
				try.Name = "X " + c.name
				try.Request.Header = slices.Clone(x.Request.Header)
				c.apply(&try.Request, t.id)
				add(&batch, &t.tries[i], try)
			}
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			s.out = append(s.out, artifact.Swap{
				Class: classSelector, Route: t.route.ID, Noun: "tenant", ID: t.id, NoID: t.no, Owner: t.owner, Stranger: t.stranger,
				Core: gather.Attempts([]gather.Answered{t.p, t.p2, t.x, t.n}), Variants: gather.Attempts(t.tries),
			})
		}
	}
}

// selections returns a trial for each value that names the owner's tenant. Who
// believes a selector believes it from any tenant: one owner will do, another
// one on the next route, and another where the first has nothing to show.
func (s *swapper) selections(r artifact.Route, nth int) []*selected {
	var out []*selected
	tenants := s.Tenants()
	for i := range tenants {
		tenant := tenants[(nth+i)%len(tenants)]
		at, ok := s.selection(r, tenant)
		if !ok {
			continue
		}
		for _, id := range s.ids[tenant] {
			one := at
			one.id, one.no = id, normal.Unlike(id)
			out = append(out, &one)
		}
		break
	}
	return out
}

// selection is what a stranger asks of a route while naming a tenant; ok is
// false when the tenant's own are shown nothing there.
func (s *swapper) selection(r artifact.Route, tenant string) (at selected, ok bool) {
	owner, known := s.Owner(tenant)
	strangers := s.Strangers(tenant)
	if !known || len(strangers) == 0 {
		return at, false
	}
	at = selected{route: r, owner: owner.Name, stranger: strangers[0].Name, choices: s.choices(r, tenant, strangers[0].Tenant)}
	if takesObject(r) {
		objects := s.bind(r, tenant)
		if len(objects) == 0 {
			return at, false
		}
		at.owner, at.ownerV, at.values = objects[0].object.Owner, objects[0].values, objects[0].values
		at.read, _, _ = s.Shown(r.ID, tenant, at.values)
		return at, true
	}
	read, found, asked := s.Shown(r.ID, tenant, nil)
	if found {
		at.owner, at.read, at.ownerV, at.values = read.Who, read, read.Values, read.Values
		return at, true
	}
	at.ownerV, at.values = s.complete(r, nil, tenant), s.complete(r, nil, strangers[0].Tenant)
	return at, !asked && at.ownerV != nil && at.values != nil
}
