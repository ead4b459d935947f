package portal

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// form is how a value of type T is written: read takes it from a node, shape
// describes it. The decoder, the JSON Schema and the reference page all come
// from the one tree of forms that root returns.
type form[T any] struct {
	shape *shape
	read  func(r *reader, n ast.Node, into *T)
}

// key is one known key of a mapping that is read into a T.
type key[T any] struct {
	field
	read func(r *reader, n ast.Node, into *T)
}

// at puts the value of a key into a field of T. about is a line for the reference.
func at[T, V any](name string, f form[V], place func(*T) *V, about string) key[T] {
	return key[T]{
		field: field{name: name, about: about, shape: f.shape},
		read:  func(r *reader, n ast.Node, into *T) { f.read(r, n, place(into)) },
	}
}

// or says what holds when the key is left out.
func (k key[T]) or(fallback string) key[T] { k.fallback = fallback; return k }

// must makes the key required.
func (k key[T]) must() key[T] { k.required = true; return k }

// mapping reads a mapping with exactly these keys; name is what schema and
// reference call it. stray, when not nil, is
// offered a key that is not among them, and may take it.
func mapping[T any](name string, keys []key[T], stray func(r *reader, e entry, into *T) bool) form[T] {
	fields := make([]field, len(keys))
	byName := make(map[string]key[T], len(keys))
	names := make([]string, len(keys))
	for i, k := range keys {
		fields[i], byName[k.name], names[i] = k.field, k, k.name
	}
	read := func(r *reader, n ast.Node, into *T) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "keys here: "+list(names))
			return
		}
		given := map[string]bool{}
		for _, e := range entries {
			given[e.name] = true
			given[nearest(e.name, names)] = true // one slip, one problem
			k, known := byName[e.name]
			switch {
			case known:
				r.under(e.name, func() { k.read(r, e.value, into) })
			case stray == nil || !stray(r, e, into):
				r.fail(e.key, suggest(e.name, names, "keys here"), "unknown key %q under %s", e.name, r.where())
			}
		}
		for _, k := range keys {
			if k.required && !given[k.name] {
				r.fail(n, k.about, "%s lacks the key %q", r.where(), k.name)
			}
		}
	}
	return form[T]{shape: &shape{kind: kindMapping, word: name, fields: fields, open: stray != nil}, read: read}
}

func (r *reader) notMapping(n ast.Node, hint string) {
	switch resolved := r.resolve(n); {
	case resolved == nil: // reported already
	case isNull(resolved):
		r.fail(n, hint, "%s is empty", r.where())
	default:
		r.fail(n, hint, "%s takes a mapping", r.where())
	}
}

// named reads a mapping from free names to values, in file order. start makes
// the element for a name and may refuse it.
func named[T any](what string, f form[T], start func(r *reader, e entry) (T, bool)) form[[]*T] {
	read := func(r *reader, n ast.Node, into *[]*T) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "give each "+what+" a name")
			return
		}
		for _, e := range entries {
			r.under(e.name, func() {
				if element, fine := start(r, e); fine {
					f.read(r, e.value, &element)
					*into = append(*into, &element)
				}
			})
		}
	}
	return form[[]*T]{shape: &shape{kind: kindNamed, word: what, of: f.shape}, read: read}
}

// byName reads a mapping from free names to values when their order does not matter.
func byName[V any](what string, f form[V]) form[map[string]V] {
	read := func(r *reader, n ast.Node, into *map[string]V) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "")
			return
		}
		*into = map[string]V{}
		for _, e := range entries {
			var v V
			r.under(e.name, func() { f.read(r, e.value, &v) })
			(*into)[e.name] = v
		}
	}
	return form[map[string]V]{shape: &shape{kind: kindNamed, word: what, of: f.shape}, read: read}
}

// many reads a list; where the elements are scalars or mappings, one alone may stand without its list.
func many[T any](f form[T]) form[[]T] {
	read := func(r *reader, n ast.Node, into *[]T) {
		one := func(n ast.Node) {
			before := len(r.problems)
			var v T
			f.read(r, n, &v)
			if len(r.problems) == before {
				*into = append(*into, v)
			}
		}
		resolved := r.resolve(n)
		sequence, is := resolved.(*ast.SequenceNode)
		switch {
		case is:
			*into = []T{}
			for i, v := range sequence.Values {
				r.under(fmt.Sprintf("[%d]", i), func() { one(v) })
			}
		case resolved == nil: // reported already
		case isNull(resolved):
			r.fail(n, "", "%s is empty", r.where())
		default:
			*into = []T{}
			one(n)
		}
	}
	return form[[]T]{shape: &shape{kind: kindList, of: f.shape}, read: read}
}

// some reads a value that may be left out.
func some[T any](f form[T]) form[*T] {
	return form[*T]{shape: f.shape, read: func(r *reader, n ast.Node, into **T) {
		*into = new(T)
		f.read(r, n, *into)
	}}
}

// lined notes the line a value starts on.
func lined[T any](f form[T], line func(*T) *int) form[T] {
	return form[T]{shape: f.shape, read: func(r *reader, n ast.Node, into *T) {
		*line(into) = r.here(n).Line
		f.read(r, n, into)
	}}
}

// parsed reads a text and turns it into a T. parse returns what is wrong and a hint.
func parsed[T any](from form[string], word, pattern string, parse func(text string) (v T, wrong, hint string)) form[T] {
	return form[T]{shape: &shape{kind: kindText, word: word, pattern: pattern}, read: func(r *reader, n ast.Node, into *T) {
		before := len(r.problems)
		text := ""
		from.read(r, n, &text)
		if len(r.problems) != before {
			return
		}
		v, wrong, hint := parse(text)
		if wrong != "" {
			r.fail(n, hint, "%s: %s", r.where(), wrong)
			return
		}
		*into = v
	}}
}
