package lab

import (
	"net/http"
	"time"
)

// waits reports whether one of so many answers of a list is held back. The
// lower bound of the time alone is looked at: a busy machine never shortens it.
func waits(list, path string) func(cast) bool {
	return func(c cast) bool {
		for _, s := range c.alice.w.strains {
			if s.list != list || s.pause == 0 {
				continue
			}
			began := time.Now()
			for range s.every {
				c.alice.get(path)
			}
			return time.Since(began) >= s.pause
		}
		return false
	}
}

// fails reports whether one of n answers of a list is an error.
func fails(path string, n int) func(cast) bool {
	return func(c cast) bool {
		for range n {
			if c.alice.get(path).status == http.StatusBadGateway {
				return true
			}
		}
		return false
	}
}
