package lab

import (
	"net/http"
	"sync/atomic"
	"time"
)

// strained is a defect of one list that shows under load: every so many
// answers one is slow, or fails.
type strained struct {
	list  string // name of its route
	every int64
	pause time.Duration // how long a slow one takes; 0: it fails
	seen  atomic.Int64
}

// strainedLists are the defects of this portal that load shows.
func (w *World) strainedLists() []*strained {
	var out []*strained
	add := func(flaw, list string, every int64, pause time.Duration) {
		if w.flaw(flaw) {
			out = append(out, &strained{list: list, every: every, pause: pause})
		}
	}
	add("slow-list", "listNotifications", 5, 800*time.Millisecond)
	add("slow-always", "listCatalog", 1, 650*time.Millisecond)
	add("slow-tail", "listSites", 40, 2500*time.Millisecond)
	add("flaky-action", "listSites", 33, 0)
	return out
}

// strain lets an answer wait, or replaces it. The store is not held meanwhile:
// one slow list slows no other.
func (w *World) strain(c *call, a answer) answer {
	if c.route == nil || a.status != http.StatusOK || c.r.Method != http.MethodGet || c.r.URL.RawQuery != "" {
		return a
	}
	for _, s := range w.strains {
		if s.list != c.route.name || s.seen.Add(1)%s.every != 0 {
			continue
		}
		if s.pause == 0 {
			return refuse(http.StatusBadGateway, "upstream", "The answer could not be fetched. Try again.")
		}
		select {
		case <-time.After(s.pause):
		case <-c.r.Context().Done():
		}
	}
	return a
}
