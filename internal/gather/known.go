package gather

import (
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// mostKnown bounds the answers remembered; what is forgotten is asked again.
const mostKnown = 20_000

// key names a plain read by who asks for what; "" for anything else.
func (a Ask) key() string {
	r := a.Request
	if r.Method != "GET" || len(r.Body) > 0 || len(a.Fields) > 0 || r.Host != "" || !wire.Safe(r) {
		return ""
	}
	var b strings.Builder
	b.WriteString(a.Who + " " + r.URL)
	for _, f := range r.Header {
		b.WriteString("\n" + f.Name + ": " + f.Value)
	}
	return b.String()
}

// recallKnown returns the answer that the very same ask got earlier, where that will do.
func (t *Tools) recallKnown(a Ask) (Answered, bool) {
	if !a.Known {
		return Answered{}, false
	}
	t.lives.Lock()
	known, is := t.lives.known[a.key()]
	t.lives.Unlock()
	if !is {
		return Answered{}, false
	}
	got := t.Recall(known, a.Name)
	return got, got.Answer != nil && !cached(got.Answer.Exchange)
}

// cached reports an answer that a cache may have given or may keep for others:
// what it gives next time is a question of its own.
func cached(ex *evidence.Exchange) bool {
	for _, sign := range []string{"Age", "X-Cache", "X-Cache-Status", "CF-Cache-Status", "X-Varnish", "X-Served-By"} {
		if ex.Header(sign) != "" {
			return true
		}
	}
	control := strings.ToLower(ex.Header("Cache-Control"))
	return strings.Contains(control, "public") || strings.Contains(control, "s-maxage")
}

// remember keeps what was answered to plain reads, until something is written.
func (t *Tools) remember(asks []Ask, out []Answered) {
	t.lives.Lock()
	defer t.lives.Unlock()
	if t.lives.known == nil || len(t.lives.known) > mostKnown {
		t.lives.known = map[string]artifact.Attempt{}
	}
	for i, a := range asks {
		if !safe(a.Request) && out[i].Status() < 400 {
			clear(t.lives.known)
		}
		t.lives.saw(a, out[i])
		if k := a.key(); k != "" && out[i].Sent() && out[i].Unproven == "" {
			t.lives.known[k] = out[i].Attempt
		}
	}
}

// tags are the canaries that name what a run made.
var tags = regexp.MustCompile(`lr[a-z]-[a-z2-7]{12}`)

// saw keeps which of the run's own objects was shown at which address: there
// it is no namesake that is deleted in the end.
func (l *lives) saw(a Ask, got Answered) {
	if a.Request.Method != "GET" || got.Answer == nil || got.Answer.Status/100 != 2 {
		return
	}
	if l.own == nil {
		l.own = map[string]bool{}
	}
	for _, tag := range tags.FindAll(got.Answer.Body, 4) {
		l.own[a.Request.URL+" "+string(tag)] = true
	}
}

// ours reports whether the run saw its own object of that tag at a path.
func (t *Tools) ours(path, tag string) bool {
	t.lives.Lock()
	defer t.lives.Unlock()
	return t.lives.own[path+" "+tag]
}
