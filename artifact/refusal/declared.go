package refusal

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/launchready/launchready/artifact/normal"
)

// fits reports whether an answer refuses in a declared way. A declaration of
// several kinds is met by any of them.
func (d denied) fits(v *normal.View) bool {
	if slices.Contains(d.Status, v.Status) {
		return true
	}
	if d.body != nil && d.body.MatchString(v.Body()) {
		return true
	}
	if v.Family != normal.JSON {
		return false
	}
	for pointer, values := range d.JSON {
		for _, got := range normal.Lookup(v.JSON, pointer) {
			if slices.ContainsFunc(values, func(want any) bool { return scalar(want) == scalar(got) }) {
				return true
			}
		}
	}
	for _, pointer := range d.Empty {
		for _, got := range normal.Lookup(v.JSON, pointer) {
			if hollow(got) {
				return true
			}
		}
	}
	return false
}

// scalar writes a value so that numbers of different Go types compare.
func scalar(v any) string {
	switch x := v.(type) {
	case string:
		return "s" + x
	case json.Number:
		if f, err := x.Float64(); err == nil {
			return number(f)
		}
		return "n" + x.String()
	case float64:
		return number(x)
	case int:
		return number(float64(x))
	case int64:
		return number(float64(x))
	case uint64:
		return number(float64(x))
	case bool:
		return "b" + strconv.FormatBool(x)
	case nil:
		return "null"
	}
	raw, _ := json.Marshal(v) // what portal.yaml can hold can be written
	return string(raw)
}

func number(f float64) string { return "n" + strconv.FormatFloat(f, 'g', -1, 64) }

// hollow reports whether a value is null or an empty collection.
func hollow(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}
