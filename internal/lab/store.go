package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one stored object of any kind.
type row struct {
	kind    *resource
	id      string
	tenant  string // "" for what all tenants share
	values  map[string]any
	file    []byte // the content of a document or an export
	created time.Time
	updated time.Time
}

func (r *row) text(name string) string { s, _ := r.values[name].(string); return s }

func (r *row) number(name string) float64 {
	switch n := r.values[name].(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return 0
}

// key is the id as the API shows it: a number for integer ids.
func (r *row) key() any {
	if r.kind.ids != integers {
		return r.id
	}
	n, _ := strconv.Atoi(r.id)
	return n
}

// shelf holds the rows of one kind, oldest first.
type shelf struct {
	rows []*row
	next map[string]int // integer ids: the next one, by tenant or for all
}

// find looks a row up in one tenant, or in every tenant when none is given.
func (s *shelf) find(id, tenant string) *row {
	for _, r := range s.rows {
		if r.id == id && (tenant == "" || r.tenant == tenant || r.tenant == "") {
			return r
		}
	}
	return nil
}

func (s *shelf) of(tenant string) []*row {
	var rows []*row
	for _, r := range s.rows {
		if tenant == "" || r.tenant == tenant || r.tenant == "" {
			rows = append(rows, r)
		}
	}
	return rows
}

func (s *shelf) remove(gone *row) {
	s.rows = slices.DeleteFunc(s.rows, func(r *row) bool { return r == gone })
}

func (w *World) shelf(kind string) *shelf {
	s := w.shelves[kind]
	if s == nil {
		s = &shelf{next: map[string]int{}}
		w.shelves[kind] = s
	}
	return s
}

// put stores a new row and gives it an id.
func (w *World) put(kind, tenant, id string, values map[string]any, at time.Time) *row {
	res := w.kinds[kind]
	if id == "" {
		id = w.newID(res, tenant, values)
	}
	r := &row{kind: res, id: id, tenant: tenant, values: values, created: at, updated: at}
	s := w.shelf(kind)
	s.rows = append(s.rows, r)
	return r
}

func (w *World) newID(res *resource, tenant string, values map[string]any) string {
	switch res.ids {
	case integers:
		return w.newInteger(res, tenant)
	case slugs:
		base := slug(fmt.Sprint(values[res.title]))
		id := base
		for n := 2; w.shelf(res.name).find(id, "") != nil; n++ {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		return id
	}
	return uuid(randomBytes(16))
}

func (w *World) newInteger(res *resource, tenant string) string {
	s, first := w.shelf(res.name), res.from
	if w.quirk("integer-ids-per-tenant") {
		first = 1
	} else {
		tenant = ""
	}
	n := max(s.next[tenant], first)
	s.next[tenant] = n + 1
	return strconv.Itoa(n)
}

// uuid shapes 16 bytes as a version 4 UUID.
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	s := strings.Join(words, "-")
	if s == "" {
		s = "untitled"
	}
	return s[:min(len(s), 60)]
}

// Digest names the state of all business data: the same before and after means nothing was left behind.
// Sessions, credentials' use, the audit trail, counters and times of change do not count.
func (w *World) Digest() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := sha256.New()
	for _, kind := range slices.Sorted(maps.Keys(w.shelves)) {
		var lines []string
		for _, r := range w.shelves[kind].rows {
			values, err := json.Marshal(r.values)
			if err != nil {
				values = []byte(err.Error())
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %s %x\n", kind, r.tenant, r.id, values, sha256.Sum256(r.file)))
		}
		slices.Sort(lines)
		for _, line := range lines {
			sum.Write([]byte(line))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
