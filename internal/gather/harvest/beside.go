package harvest

import (
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// beside is what an object of a JSON answer holds at its first level.
type beside struct {
	words    map[string]bool
	tenantID string
	canary   bool
}

func besidesOf(v *normal.View) map[string]*beside {
	if v.Family != normal.JSON {
		return nil
	}
	out := map[string]*beside{}
	for i := range v.Fields {
		l := &v.Fields[i]
		for up := parent(l.Pointer); ; up = parent(up) { // an object's nested parts count too
			b := out[up]
			if b == nil {
				if len(out) > 4*maxIDs {
					break
				}
				b = &beside{words: map[string]bool{}}
				out[up] = b
			}
			addWord(b.words, l)
			b.canary = b.canary || l.Type == "string" && canary.MatchString(l.Value)
			if b.tenantID == "" && parent(l.Pointer) == up && l.Type != "null" && gather.TenantWord(l.Key) && !strings.HasSuffix(strings.ToLower(l.Key), "name") {
				b.tenantID = l.Value
			}
			if up == "" || strings.Count(up, "/") <= 1 {
				break
			}
		}
	}
	return out
}

func parent(pointer string) string {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return ""
	}
	return pointer[:i]
}

// starred replaces the indexes of a JSON pointer by *.
func starred(pointer string) string {
	if !strings.HasPrefix(pointer, "/") {
		return pointer
	}
	steps := strings.Split(pointer, "/")
	for i, s := range steps {
		if s != "" && strings.Trim(s, "0123456789") == "" {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/")
}
