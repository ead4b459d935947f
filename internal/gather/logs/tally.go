package logs

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
)

// tally is what was seen in one source. Lines may come from several goroutines.
type tally struct {
	mu      sync.Mutex
	name    string
	needles *needles
	redact  func(string) string

	lines, fresh, bytes int64
	marks               map[string]*artifact.LogMark
	sightings           map[string]*artifact.LogSighting
	order               []string
}

func newTally(name string, n *needles, redact func(string) string) *tally {
	return &tally{name: name, needles: n, redact: redact, marks: map[string]*artifact.LogMark{}, sightings: map[string]*artifact.LogSighting{}}
}

// see looks at one line.
func (t *tally) see(line, where string, fresh bool) {
	found := t.needles.find(line)
	hits := leakage.Line(line)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines++
	t.bytes += int64(len(line)) + 1
	if fresh {
		t.fresh++
	}
	for _, s := range found {
		t.found(line, where, fresh, s)
	}
	for _, h := range hits {
		if !slices.ContainsFunc(found, func(s sight) bool { return s.from < h.To && h.From < s.to && t.needles.things[s.thing].from != "mark" }) {
			t.recognised(line, where, fresh, h)
		}
	}
}

func (t *tally) found(line, where string, fresh bool, s sight) {
	x := t.needles.things[s.thing]
	if x.from == "mark" {
		t.mark(x.kind, where)
		return
	}
	if x.from == "planted" {
		t.mark("canary", where)
	}
	key := strings.Join([]string{x.from, x.kind, x.whose, s.how}, "\x00")
	if x.from == "planted" {
		key = x.from + "\x00" + x.kind + "\x00" + string(rune('0'+x.plant))
	}
	t.keep(key, line, s.from, s.to, artifact.LogSighting{
		Source: t.name, Kind: x.kind, From: x.from, Plant: x.plant, Whose: x.whose, How: s.how, Fresh: fresh, Where: where,
	})
}

func (t *tally) recognised(line, where string, fresh bool, h leakage.LogHit) {
	kind, age := h.Kind, "old"
	if fresh {
		age = "fresh"
	}
	how := ""
	if h.Kind == leakage.LogCard && !h.Named {
		how = "by its digits alone"
	}
	t.keep("pattern\x00"+kind+"\x00"+how+"\x00"+age, line, h.From, h.To, artifact.LogSighting{
		Source: t.name, Kind: kind, From: "pattern", How: how, Fresh: fresh, Where: where,
	})
}

func (t *tally) mark(kind, where string) {
	m := t.marks[kind]
	if m == nil {
		m = &artifact.LogMark{Kind: kind, Where: where}
		t.marks[kind] = m
	}
	m.Count++
}

// keep notes a sighting, the first with a masked piece of its line.
func (t *tally) keep(key, line string, from, to int, s artifact.LogSighting) {
	if old := t.sightings[key]; old != nil {
		old.Count++
		return
	}
	s.Count = 1
	s.Line = t.piece(line, from, to, s.Kind)
	t.sightings[key] = &s
	t.order = append(t.order, key)
}

// around is how much of a line is shown on either side of what was found.
const around = 90

var (
	digits = regexp.MustCompile(`\d[\d -]{7,}\d`)
	tokens = regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}|[\w.+-]+(@|%40)[\w-]+(\.[\w-]+)+`)
)

// piece is the neighbourhood of what was found, with everything that might be
// secret or personal taken out.
func (t *tally) piece(line string, from, to int, kind string) string {
	clean := func(s string) string {
		s = t.redact(strings.ToValidUTF8(s, "?"))
		s = tokens.ReplaceAllStringFunc(s, func(m string) string {
			if strings.Contains(m, "redacted") {
				return m
			}
			return "…"
		})
		return digits.ReplaceAllString(s, "…")
	}
	left, right := line[max(0, from-around):from], line[to:min(len(line), to+around)]
	for _, h := range leakage.Line(left) {
		left = left[:h.From] + strings.Repeat("*", h.To-h.From) + left[h.To:]
	}
	for _, h := range leakage.Line(right) {
		right = right[:h.From] + strings.Repeat("*", h.To-h.From) + right[h.To:]
	}
	return clean(left) + "‹" + kind + "›" + clean(right)
}

// live reports whether the source is proved to be this portal's.
func (t *tally) live() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.marks) > 0
}

// into writes what was seen into the study.
func (t *tally) into(study *artifact.LogStudy, src *artifact.LogSource) {
	t.mu.Lock()
	defer t.mu.Unlock()
	src.Lines, src.Fresh, src.Bytes = t.lines, t.fresh, t.bytes
	for _, kind := range []string{"path", "run", "reference", "canary"} {
		if m := t.marks[kind]; m != nil {
			src.Marks = append(src.Marks, *m)
		}
	}
	for _, key := range t.order {
		study.Sightings = append(study.Sightings, *t.sightings[key])
	}
}
