package roles

import (
	"context"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// maxPlayed bounds how many refused cells the tricks are played on: one for
// each role and first path segments.
const maxPlayed = 3

// claims are role values that some portals read from what the client controls,
// those of one kind in one request: servers pass over what they do not know.
func claims() []gather.Trick {
	return []gather.Trick{
		headers("cookies", evidence.Field{Name: "Cookie", Value: "role=admin; user_role=admin; is_admin=1; admin=true"}),
		headers("headers", evidence.Field{Name: "X-Role", Value: "admin"}, evidence.Field{Name: "X-User-Role", Value: "admin"}, evidence.Field{Name: "X-Is-Admin", Value: "true"}),
		query("query", "role=admin&admin=true"),
	}
}

func headers(name string, fields ...evidence.Field) gather.Trick {
	return gather.Trick{Name: "claim " + name, Make: func(method, target string) wire.Request {
		return wire.Request{Method: method, URL: target, Header: fields, Effect: portal.Look}
	}}
}

func query(name, pair string) gather.Trick {
	return gather.Trick{Name: "claim " + name, Make: func(method, target string) wire.Request {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		return wire.Request{Method: method, URL: target + sep + pair, Effect: portal.Look}
	}}
}

// play tries tricks on refused cells, one representative for each role and
// group of routes: role values under client control, and the bypass matrix
// with the low role's session.
func play(ctx context.Context, t *gather.Tools, inv *artifact.Inventory, cells []*artifact.Cell) error {
	routes := map[string]artifact.Route{}
	for _, r := range inv.Routes {
		routes[r.ID] = r
	}
	played := map[string]bool{}
	for _, c := range cells {
		group := c.Role + " " + segments(routes[c.Route].Template, 3)
		if c.Expect != mustNot || !c.X.Sent() || c.X.Unproven != "" || played[group] || len(played) == maxPlayed {
			continue
		}
		ex, err := t.Exchange(c.X.Ref)
		if err != nil {
			return err
		}
		if _, denied := t.Refusals().Denied(c.Route, ex); !denied {
			continue
		}
		played[group] = true
		tricks := claims()
		if !t.Quick {
			tricks = append(tricks, gather.Tricks(nil)...)
		}
		c.Tricks, _ = t.Play(ctx, c.Who, routes[c.Route], c.Values, tricks)
	}
	return nil
}

func segments(path string, n int) string {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	return strings.Join(segs[:min(n, len(segs))], "/")
}
