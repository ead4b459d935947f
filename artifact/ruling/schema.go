package ruling

import "encoding/json"

// Properties returns the names that a schema gives to properties at any depth.
func Properties(raw json.RawMessage) map[string]bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	out := map[string]bool{}
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > 30 {
			return
		}
		switch x := v.(type) {
		case map[string]any:
			if props, ok := x["properties"].(map[string]any); ok {
				for name := range props {
					out[name] = true
				}
			}
			for _, e := range x {
				walk(e, depth+1)
			}
		case []any:
			for _, e := range x {
				walk(e, depth+1)
			}
		}
	}
	walk(v, 0)
	return out
}
