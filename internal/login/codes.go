package login

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/launchready/launchready/portal"
)

// period is the life of a one-time code in seconds, RFC 6238 §4.1.
const period = 30

// codes gives out an identity's one-time codes, RFC 6238. Portals refuse a
// code that was used before, and clocks differ: the first is that of now, each
// further one that of a neighbouring period, which servers accept too (§5.2).
type codes struct {
	mu   sync.Mutex
	used map[int64]bool // by period
}

func (c *codes) code(seed portal.Secret, now time.Time) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		c.used = map[int64]bool{}
	}
	at := now.Unix() / period
	order := []int64{at, at + 1, at - 1}
	if now.Unix()%period < period/2 {
		order = []int64{at, at - 1, at + 1}
	}
	pick := at
	for _, p := range order {
		if !c.used[p] {
			pick = p
			break
		}
	}
	c.used[pick] = true
	code, err := totp.GenerateCode(plainSeed(seed.Reveal()), time.Unix(pick*period, 0))
	if err != nil {
		return "", fmt.Errorf("make one-time code: %w", err)
	}
	return code, nil
}

// plainSeed takes out the spaces and dashes that seeds are printed with.
func plainSeed(seed string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(seed))
}
