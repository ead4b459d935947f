package marker

import (
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Marker is a value that only the owner is shown. Its value is never stored.
type Marker struct {
	Kind    string
	Score   int
	Value   string // folded, see normal.Fold
	Pointer string // where the owner's answer holds it

	whole bool // must be a whole leaf or word, not a part of one
	keyed bool // must be a leaf under an id's key
	label bool // may be a label of the page rather than data
}

// Lesson is what markers are learned from.
type Lesson struct {
	P, P2    *evidence.Exchange // the owner's answer, twice; without P2 only telling kinds are learned
	N        *evidence.Exchange // the negative control: the stranger asks for what is not there
	Stranger *Set               // what the stranger was shown besides
	Others   *Set               // ids of other objects of the owner
	X        *evidence.Exchange // the answer on trial: what its request carries proves nothing; may be nil
	Sent     []string           // values sent besides
	Declared string             // text that only the owner's records hold

	viewed []Answer // those of the exchanges that have a view already
}

// view is the view of one of the exchanges without a mask.
func (l *Lesson) view(ex *evidence.Exchange) *normal.View {
	for _, a := range l.viewed {
		if a.Ex == ex {
			return plain(a)
		}
	}
	return normal.Of(ex, normal.Mask{})
}

// Learn returns the markers of the owner's answer: values stable over both
// fetches that were not sent, that the stranger was not shown otherwise and
// that the negative control does not hold. Planted and declared texts are
// the owner's wherever they show up, unless they were sent.
func Learn(l Lesson) []Marker {
	t := &lesson{Lesson: l, seen: map[string]bool{}, sent: sent(l)}
	for _, s := range t.sent {
		t.folded = append(t.folded, normal.Fold(s))
	}
	if l.Declared != "" && !t.wasSent(l.Declared) {
		kind := Declared
		if canaries.MatchString(l.Declared) {
			kind = Canary
		}
		t.keep(Marker{Kind: kind, Value: normal.Fold(l.Declared)})
	}
	p := l.view(l.P)
	if p.Status == 0 {
		return t.out
	}
	t.read(p)
	t.dropShown()
	return t.out
}

type lesson struct {
	Lesson
	sent   []string
	folded []string // sent, folded
	stable *Set
	labels bool // texts of a page may be labels: the stranger's pages are not known
	seen   map[string]bool
	out    []Marker
}

func (t *lesson) read(p *normal.View) {
	if t.P2 != nil && t.P2.Response != nil {
		t.stable = &Set{}
		p2 := t.view(t.P2)
		for i := range p2.Fields {
			t.stable.Add(p2.Fields[i].Value)
		}
		for _, h := range p2.Header() {
			t.stable.Add(h.Value)
		}
	}
	n := t.view(t.N)
	t.labels = p.Family == normal.HTML && (t.Stranger == nil || t.Stranger.pages == 0) && (n.Family != normal.HTML || n.Class() != 2)
	for i := range p.Fields {
		l := &p.Fields[i]
		t.leaf(l, p)
		if p.Family == normal.JSON {
			t.keys(l)
		}
	}
	for _, h := range p.Header() {
		switch strings.ToLower(h.Name) {
		case "etag":
			if v := strings.Trim(strings.TrimPrefix(h.Value, "W/"), `"`); len(v) >= 16 && t.isStable(h.Value) {
				t.candidate(Marker{Kind: ETag, Value: v, Pointer: "header ETag"})
			}
		case "content-disposition":
			if name := filename(h.Value); name != "" && t.isStable(h.Value) {
				t.text("filename", name, "header Content-Disposition", "string")
			}
		}
	}
}

// leaf considers one field of the owner's answer.
func (t *lesson) leaf(l *normal.Leaf, p *normal.View) {
	if l.Type != "string" && l.Type != "number" || len(l.Value) < 5 || !t.isStable(l.Value) {
		return
	}
	if strings.IndexByte(l.Value, '-') > 0 {
		for _, c := range canaries.FindAllString(l.Value, 8) {
			if !t.wasSent(c) {
				t.keep(Marker{Kind: Canary, Value: normal.Fold(c), Pointer: l.Pointer})
			}
		}
	}
	t.placeholders(l)
	if fleeting(l.Key) {
		return
	}
	switch {
	case strings.Contains(l.Value, "[redacted:"): // the rest of a secret is a part of it
	case isLink(l.Value):
		t.link(l)
	case strings.IndexByte(strings.TrimSpace(l.Value), '\n') >= 0:
		n := 0
		for line := range strings.Lines(l.Value) {
			if line = strings.TrimSpace(line); line != "" && n < 50 {
				t.text(l.Key, line, l.Pointer, l.Type)
				n++
			}
		}
	default:
		t.text(l.Key, l.Value, l.Pointer, l.Type)
	}
	if strings.IndexByte(l.Value, '@') > 0 {
		for _, e := range emails.FindAllString(l.Value, 8) {
			if !t.wasSent(e) && !alias(e) {
				t.candidate(Marker{Kind: Email, Value: e, Pointer: l.Pointer, whole: true})
			}
		}
	}
}

// text considers a value as it stands; what was sent is taken out of it first.
func (t *lesson) text(key, value, pointer, typ string) {
	if t.wasSent(value) {
		return
	}
	value = t.unsent(value)
	kind := classify(key, value, typ, t.Others)
	if kind == "" || kind == Other && t.stable == nil {
		return
	}
	m := Marker{Kind: kind, Value: value, Pointer: pointer, whole: kind != FreeText}
	m.keyed = kind == OtherID && normal.Format(value) == normal.FormatInteger
	m.label = t.labels && kind == FreeText && !strings.ContainsAny(value, "0123456789@")
	t.candidate(m)
}

// link considers the ids in an address; an address made from what was sent
// proves nothing, and a plain one is everybody's.
func (t *lesson) link(l *normal.Leaf) {
	u, err := url.Parse(l.Value)
	if err != nil {
		return
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if normal.Unique(normal.Format(segment)) && !t.wasSent(segment) {
			kind := Other
			if t.Others.Has(segment) {
				kind = OtherID
			}
			t.candidate(Marker{Kind: kind, Value: segment, Pointer: l.Pointer, whole: true})
		}
	}
	for _, s := range t.sent {
		if strings.Contains(l.Value, s) {
			return
		}
	}
	if strings.ContainsAny(u.Path, "0123456789") && t.stable != nil {
		t.candidate(Marker{Kind: Other, Value: l.Value, Pointer: l.Pointer, whole: true})
	}
}

// keys considers object keys that are ids.
func (t *lesson) keys(l *normal.Leaf) {
	if !strings.Contains(l.Star, "*") {
		return
	}
	steps, stars := strings.Split(l.Pointer, "/"), strings.Split(l.Star, "/")
	for i := range min(len(steps), len(stars)) {
		if stars[i] != "*" || len(steps[i]) < 20 {
			continue
		}
		if id := normal.Unescape(steps[i]); normal.Unique(normal.Format(id)) && !t.wasSent(id) {
			kind := Other
			if t.Others.Has(id) {
				kind = OtherID
			}
			t.candidate(Marker{Kind: kind, Value: id, Pointer: l.Pointer, whole: true})
		}
	}
}

// placeholders considers redacted secrets: equal secrets have equal placeholders.
func (t *lesson) placeholders(l *normal.Leaf) {
	for s := l.Value; ; {
		i := strings.Index(s, "[redacted:")
		if i < 0 {
			return
		}
		kind, n := normal.Placeholder(s[i:])
		if n == 0 {
			return
		}
		if kind != "csrf" && kind != "cookie" && kind != "nonce" {
			t.candidate(Marker{Kind: Credential, Value: s[i : i+n], Pointer: l.Pointer})
		}
		s = s[i+n:]
	}
}

// candidate keeps a marker that the stranger was not shown.
func (t *lesson) candidate(m Marker) {
	m.Value = normal.Fold(m.Value)
	if len(m.Value) < 4 || t.Stranger.Has(m.Value) {
		return
	}
	t.keep(m)
}

func (t *lesson) keep(m Marker) {
	if m.Value == "" || t.seen[m.Value] {
		return
	}
	t.seen[m.Value] = true
	m.Score = score(m.Kind)
	t.out = append(t.out, m)
}

// dropShown drops what the negative control holds as well.
func (t *lesson) dropShown() {
	n := t.view(t.N)
	if n.Status == 0 || len(t.out) == 0 {
		return
	}
	shown := search(n, t.out).found
	kept := t.out[:0]
	for i, m := range t.out {
		if !shown[i] || planted(m.Kind) {
			kept = append(kept, m)
		}
	}
	t.out = kept
}

func (t *lesson) isStable(value string) bool {
	return t.stable == nil || t.stable.is(normal.Fold(value))
}
