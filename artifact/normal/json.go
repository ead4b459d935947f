package normal

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// guards are prefixes that keep JSON from being run as a script.
func guards() []string { return []string{")]}',", ")]}'", "while(1);", "for(;;);"} }

// parse reads JSON as portals send it: with a guard, as a call of a function,
// or as several documents one after the other (which become an array).
func parse(s string) (any, bool) {
	s = strings.TrimSpace(s)
	for _, p := range guards() {
		if rest, ok := strings.CutPrefix(s, p); ok {
			s = strings.TrimSpace(rest)
			break
		}
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var first any
	if err := d.Decode(&first); err != nil {
		return nil, false
	}
	all := []any{first}
	for len(all) < maxFields {
		var next any
		err := d.Decode(&next)
		if errors.Is(err, io.EOF) {
			if len(all) == 1 {
				return first, true
			}
			return all, true
		}
		if err != nil {
			return nil, false
		}
		all = append(all, next)
	}
	return all, true
}

// events reads the data of a stream of server-sent events that all are JSON.
func events(s string) (any, bool) {
	var all []any
	for line := range strings.Lines(s) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data:")
		if !ok {
			continue
		}
		value, ok := parse(data)
		if !ok || len(all) == maxFields {
			return nil, false
		}
		all = append(all, value)
	}
	return all, len(all) > 0
}

// walker collects leaves, depth first, keys sorted.
type walker struct {
	leaves []Leaf
	spent  int  // bytes of pointers so far
	cut    bool // something was left out
}

// maxPointers bounds the bytes of all pointers of a body: long keys high up
// would otherwise be copied for every leaf.
const maxPointers = 16 << 20

func (w *walker) walk(value any, pointer, star, key string, depth int) {
	if w.spent += 2 * len(pointer); len(w.leaves) >= maxFields || w.spent > maxPointers {
		w.cut = true
		return
	}
	leaf := Leaf{Pointer: pointer, Star: star, Key: key}
	switch x := value.(type) {
	case map[string]any:
		if len(x) > 0 && depth < maxDepth {
			w.object(x, pointer, star, depth)
			return
		}
		w.cut = w.cut || len(x) > 0
		leaf.Type = "object"
	case []any:
		if len(x) > 0 && depth < maxDepth {
			star += "/*"
			for i, e := range x {
				w.walk(e, pointer+"/"+strconv.Itoa(i), star, key, depth+1)
				if w.cut {
					return
				}
			}
			return
		}
		w.cut = w.cut || len(x) > 0
		leaf.Type = "array"
	case string:
		leaf.Type, leaf.Value = "string", x
	case json.Number:
		leaf.Type, leaf.Value = "number", x.String()
	case bool:
		leaf.Type, leaf.Value = "boolean", strconv.FormatBool(x)
	default:
		leaf.Type = "null"
	}
	w.leaves = append(w.leaves, leaf)
}

func (w *walker) object(x map[string]any, pointer, star string, depth int) {
	for _, k := range sortedKeys(x) {
		step := "/" + Escape(k)
		stars := star + step
		if len(k) >= 20 && Unique(Format(k)) {
			stars = star + "/*" // a map from ids to things is a collection
		}
		w.walk(x[k], pointer+step, stars, k, depth+1)
		if w.cut {
			return
		}
	}
}

func sortedKeys(x map[string]any) []string {
	keys := make([]string, 0, len(x))
	for k := range x {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
