package redact

import "strings"

// scanner makes one pass over a text. Everything before done has been copied,
// changed where need be, to out.
type scanner struct {
	r    *Redactor
	s    string
	out  strings.Builder
	done int
}

// text returns s without registered secrets and without values whose form, or
// whose name beside them, gives them away.
func (r *Redactor) text(s string) string {
	// What stands before or after a secret may count once it is a placeholder.
	for range 3 {
		t := r.pass(s)
		if t == s {
			break
		}
		s = t
	}
	return s
}

func (r *Redactor) pass(s string) string {
	x := scanner{r: r, s: s}
	known := r.known.filter.Load()
	for i := 0; i < len(s); {
		if i+shortest <= len(s) && known.has(four(s, i)) {
			if end, with, ok := x.registered(i); ok {
				x.replace(i, end, with)
				i = end
				continue
			}
		}
		if x.opens(i) {
			if from, to, with := x.form(i); to > 0 {
				x.replace(from, to, with)
				i = to
				continue
			}
		}
		i++
	}
	if x.done == 0 {
		return s
	}
	x.out.WriteString(s[x.done:])
	return x.out.String()
}

// registered looks for a registered secret at i.
func (x *scanner) registered(i int) (end int, with string, ok bool) {
	x.r.mu.RLock()
	value, end := x.r.known.find(x.s, i, x.before(i))
	x.r.mu.RUnlock()
	if end < 0 {
		return 0, "", false
	}
	return end, x.r.placeholder("key", value), true
}

// before returns the byte that stands before i in what comes out.
func (x *scanner) before(i int) byte {
	switch {
	case i == 0:
		return ' '
	case i == x.done:
		return ']'
	}
	return x.s[i-1]
}

func (x *scanner) replace(from, to int, with string) {
	x.out.WriteString(x.s[x.done:from])
	x.out.WriteString(with)
	x.done = to
}

// opens reports whether a credential may be recognised at s[i]. Most bytes of
// a text are turned away here.
func (x *scanner) opens(i int) bool {
	switch x.s[i] {
	case '[', ':', '=', '"', '\'', '<', '$':
		return true
	case '-':
		return strings.HasPrefix(x.s[i:], "-----B")
	case 'e', 'p', 's', 'g', 'r', 'x', 'w', 'n', 'h', 'A', 'S':
		return !wordByte(x.before(i)) && pairOpens(x.s[i:])
	}
	return false
}

// pairOpens looks at two bytes: do any of the shapes start with them?
func pairOpens(s string) bool {
	if len(s) < 2 {
		return false
	}
	switch s[:2] {
	case "ey", "pb", "sc", "AK", "AS", "AI", "gh", "gi", "gl", "sk", "rk", "xo", "xa", "wh", "SG", "np", "hf":
		return true
	}
	return false
}

// form recognises a credential by its form or by the name beside it. It
// returns the range to replace and with what; to is 0 when there is none.
func (x *scanner) form(i int) (from, to int, with string) {
	switch x.s[i] {
	case '[':
		if end := placeholderAt(x.s, i); end > 0 {
			return i, end, x.s[i:end]
		}
	case ':':
		return x.afterColon(i)
	case '=':
		if from, to, with = x.parameter(i); to > 0 {
			return from, to, with
		}
		return x.assignment(i)
	case '"', '\'':
		return x.pair(i)
	case '<':
		return x.markup(i)
	default:
		if kind, end := shapeAt(x.s, i, x.before(i)); end > 0 {
			return i, end, x.r.placeholder(kind, x.s[i:end])
		}
	}
	return 0, 0, ""
}
