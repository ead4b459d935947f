package lab

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// edge is the small shared cache in front of the handlers. It keeps what an answer declares public, by URL, and
// gives it to every caller that passed the gate.
type edge struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
}

type keptAnswer struct {
	answer answer
	at     time.Time
	until  time.Time
}

func newEdge() *edge { return &edge{kept: map[string]keptAnswer{}} }

func (e *edge) serve(c *call, handle func() answer) answer {
	if c.r.Method != http.MethodGet || c.route.access != signedIn {
		return handle()
	}
	key := c.r.URL.RequestURI()
	e.mu.Lock()
	hit, found := e.kept[key]
	e.mu.Unlock()
	fresh := strings.Contains(c.r.Header.Get("Cache-Control"), "no-cache") || strings.Contains(c.r.Header.Get("Pragma"), "no-cache")
	if found && !fresh && time.Now().Before(hit.until) {
		a := hit.answer
		a.header = maps.Clone(hit.answer.header)
		a.header["Age"], a.header["X-Cache"] = strconv.Itoa(int(time.Since(hit.at).Seconds())), "HIT"
		return a
	}
	a := handle()
	if life := publicLife(a); life > 0 {
		e.mu.Lock()
		e.kept[key] = keptAnswer{answer: a, at: time.Now(), until: time.Now().Add(life)}
		e.mu.Unlock()
	}
	return a
}

// publicLife is how long an answer may be shared: 0 unless it says so, and 0 when it says that it varies by
// credential (RFC 9111 §4.1, §5.2.2).
func publicLife(a answer) time.Duration {
	control := a.header["Cache-Control"]
	vary := either(a.header["Vary"], "Cookie")
	if a.status != http.StatusOK || !strings.Contains(control, "public") || strings.Contains(vary, "Cookie") || strings.Contains(vary, "Authorization") {
		return 0
	}
	_, age, _ := strings.Cut(control, "max-age=")
	seconds, _ := strconv.Atoi(age)
	return time.Duration(seconds) * time.Second
}

// purge forgets everything after a write.
func (e *edge) purge() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.kept)
}
