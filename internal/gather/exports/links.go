package exports

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

const (
	// maxLinks bounds the signed links that are tried, and maxScans the details
	// that are read to find some.
	maxLinks = 6
	maxScans = 30
)

// link is a signed link that an owner was given.
type link struct {
	owner    string
	target   string
	param    string // the signature's query key
	expiry   string // the expiry's query key; "" when it states none
	expires  int64
	lifetime int64
}

// scan reads an object of every kind as its owner, for the links it carries.
func (e *exporter) scan(ctx context.Context) {
	if e.Quick {
		return
	}
	var batch gather.Batch
	seen := map[string]bool{}
	for _, r := range e.inventory.Routes {
		if !gather.Reads(r) || r.HeldBack != "" || gather.Exporting(r) || batch.Len() >= maxScans {
			continue
		}
		for _, o := range e.corpus.Objects {
			if o.Route != r.ID || seen[r.ID] || e.As(o.Owner) == nil {
				continue
			}
			seen[r.ID] = true
			if target, ok := r.Fill(o.Values); ok {
				batch.Add(get("scan", o.Owner, target), func(got gather.Answered) {
					e.found = append(e.found, linksIn(got, o.Owner, e.Target.URL)...)
				})
			}
		}
	}
	batch.Send(ctx, e.Tools)
}

// links tries the signed links that were met: as issued, and bent.
func (e *exporter) links(ctx context.Context) {
	type bent struct {
		l                              link
		open, altered, broken, expired gather.Answered
	}
	var all []*bent
	var batch gather.Batch
	for _, l := range e.distinct() {
		t := &bent{l: l}
		all = append(all, t)
		add(&batch, &t.open, get("open", evidence.Anonymous, l.target))
		add(&batch, &t.broken, get("broken", evidence.Anonymous, replaceParam(l.target, l.param, damage)))
		if l.expiry != "" {
			add(&batch, &t.expired, get("expiry moved", evidence.Anonymous, replaceParam(l.target, l.expiry, later)))
		}
		if to := e.otherPath(l); to != "" {
			add(&batch, &t.altered, get("altered", evidence.Anonymous, to))
		}
	}
	batch.Send(ctx, e.Tools)
	for _, t := range all {
		if t.altered.Name == "" {
			t.altered.Attempt = artifact.Attempt{
				Name: "altered", Who: evidence.Anonymous, Unproven: check.NoPositiveControl,
				Why: "no second link of the kind is known to take another path from",
			}
		}
		e.out.Links = append(e.out.Links, artifact.SignedLink{
			Route: e.routeAt(t.l.target).ID, Owner: t.l.owner, Param: t.l.param, Expires: t.l.expires, Lifetime: t.l.lifetime,
			Open: t.open.Attempt, Altered: t.altered.Attempt, Broken: t.broken.Attempt, Expired: t.expired.Attempt,
		})
	}
}

// distinct keeps at most two links of a route, of different paths.
func (e *exporter) distinct() []link {
	var out []link
	paths, routes := map[string]bool{}, map[string]int{}
	for i := len(e.found) - 1; i >= 0; i-- { // the newest live longest
		l := e.found[i]
		path, _, _ := strings.Cut(l.target, "?")
		route := e.routeAt(l.target).ID
		if !paths[path] && routes[route] < 2 && len(out) < maxLinks {
			paths[path] = true
			routes[route]++
			out = append(out, l)
		}
	}
	return out
}

// otherPath is the path of another link of the same route with l's query.
func (e *exporter) otherPath(l link) string {
	path, query, _ := strings.Cut(l.target, "?")
	for _, o := range e.found {
		other, _, _ := strings.Cut(o.target, "?")
		if other != path && o.param == l.param && e.routeAt(o.target).ID == e.routeAt(l.target).ID {
			return other + "?" + query
		}
	}
	return ""
}

// linkText finds what may be a link with a query in a body of any kind.
var linkText = regexp.MustCompile(`(?:https?://[^\s"'<>\\]+|/[A-Za-z0-9_][^\s"'<>\\]*)\?[^\s"'<>\\]+`)

// linksIn returns the signed links that an answer carries.
func linksIn(a gather.Answered, owner, base string) []link {
	if a.Answer == nil {
		return nil
	}
	body := a.Answer.Body[:min(len(a.Answer.Body), 1<<20)]
	text := strings.NewReplacer(`\/`, "/", `\u0026`, "&", "&amp;", "&").Replace(string(body))
	candidates := linkText.FindAllString(text, 50)
	if at := http.Header(a.Answer.Header).Get("Location"); at != "" {
		candidates = append(candidates, at)
	}
	issued := issuedAt(a)
	var out []link
	for _, c := range candidates {
		target := localPath(c, base)
		param := signatureOf(target)
		if target == "" || param == "" {
			continue
		}
		l := link{owner: owner, target: target, param: param}
		l.expiry, l.expires = expiryOf(target, issued)
		if l.expires > 0 {
			l.lifetime = l.expires - issued.Unix()
		}
		out = append(out, l)
	}
	return out
}
