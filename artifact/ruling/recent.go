package ruling

import "sync"

// mostRecent bounds what is kept of what costs much to make and is asked for
// again soon: the trials of a route follow each other.
const mostRecent = 64

// recent keeps what was made last, by what it was made of.
type recent[K comparable, V any] struct {
	mu    sync.Mutex
	by    map[K]V
	order []K
}

func newRecent[K comparable, V any]() *recent[K, V] { return &recent[K, V]{by: map[K]V{}} }

// of returns what is kept for a key, or makes it. Two who ask at once may both
// make it, and one of them is kept.
func (r *recent[K, V]) of(key K, make func() (V, error)) (V, error) {
	r.mu.Lock()
	v, known := r.by[key]
	r.mu.Unlock()
	if known {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, known := r.by[key]; known {
		return other, nil
	}
	if len(r.order) == mostRecent {
		delete(r.by, r.order[0])
		r.order = r.order[1:]
	}
	r.by[key] = v
	r.order = append(r.order, key)
	return v, nil
}
