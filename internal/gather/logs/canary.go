package logs

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/internal/gather"
)

// password, token and address are values that nobody else has.
func password() string { return gather.Canary("Lr7-pw-") }

func token() string { return gather.Canary("lr7tok") + gather.Canary("") }

func address() string { return gather.Canary("lr-someone-") + "@example.invalid" }

// card is a number that passes the check of card numbers, in a range that no
// bank gives out; its digits are drawn anew for each run.
func card() string {
	d := append([]byte{4, 0, 0, 0, 0, 0}, draw(9)...)
	d = append(d, 0)
	d[15] = byte((10 - leakage.Luhn(d)) % 10)
	return text(d)
}

// identity is a number in the form of a national one, of an area that is never given out.
func identity() string {
	s := text(draw(6))
	return fmt.Sprintf("9%s-%s-%s", text(draw(2)), s[:2], s[2:])
}

func draw(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		x, err := rand.Int(rand.Reader, big.NewInt(10))
		if err == nil { // crypto/rand never fails
			out[i] = byte(x.Int64())
		}
	}
	return out
}

func text(d []byte) string {
	out := make([]byte, len(d))
	for i := range d {
		out[i] = '0' + d[i]
	}
	return string(out)
}
