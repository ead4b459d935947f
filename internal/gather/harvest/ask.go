package harvest

import (
	"context"
	"net/http"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
)

// want is one reading to be made.
type want struct {
	route  *artifact.Route
	who    artifact.Identity
	values artifact.Values
	again  bool // read twice, to learn what is volatile
	from   source
	quiet  *sharedID // asked to learn who can read it; no reading of anybody yet
}

// ask makes readings, a bounded number of answers at a time.
func (h *harvester) ask(ctx context.Context, wants []want) {
	for start := 0; start < len(wants) && ctx.Err() == nil; start += chunk {
		now := wants[start:min(start+chunk, len(wants))]
		asks := make([]gather.Ask, len(now))
		for i, w := range now {
			asks[i] = h.request(w, "P")
		}
		first := h.Ask(ctx, asks...)
		reads := make([]*read, len(now))
		var more []gather.Ask
		var at []int
		for i, w := range now {
			reads[i] = h.digest(w, first[i])
			if w.again && reads[i].OK && len(first[i].Answer.Body) <= maxAgain {
				more, at = append(more, h.request(w, "P2")), append(at, i)
			}
			first[i].Answer = nil // its body is not needed any more
		}
		for i, a := range h.Ask(ctx, more...) {
			reads[at[i]].Again = a.Attempt
		}
		for i, w := range now {
			h.keep(w, reads[i])
		}
	}
}

func (h *harvester) request(w want, name string) gather.Ask {
	target, _ := w.route.Fill(w.values)
	accept := "application/json, text/html;q=0.9, */*;q=0.5"
	if w.route.Kind == "page" {
		accept = "text/html,application/xhtml+xml,*/*;q=0.8"
	}
	return gather.Ask{Name: name, Who: w.who.Name, Request: wire.Request{
		Method: http.MethodGet, URL: target, MaxBody: maxBody, Header: []evidence.Field{{Name: "Accept", Value: accept}},
	}}
}

// keep files a reading.
func (h *harvester) keep(w want, r *read) {
	if w.quiet != nil {
		w.quiet.reads = append(w.quiet.reads, r)
		return
	}
	h.reads = append(h.reads, r)
	if !r.OK || w.who.Name == evidence.Anonymous {
		return
	}
	key := w.route.ID + " " + w.who.Name
	h.got[key]++
	h.stems[w.who.Name].keep(w.route, w.values)
	if w.from.route != "" {
		h.link(artifact.Link{From: w.from.route, Pointer: w.from.pointer, To: w.route.ID, Param: w.from.param, Why: w.from.why})
	}
	h.pools[w.who.Name].learn(r)
}

func (h *harvester) link(l artifact.Link) {
	key := l.From + l.Pointer + l.To + l.Param
	if len(h.links) < maxLinks && !h.linked[key] {
		h.linked[key] = true
		h.links = append(h.links, l)
	}
}
