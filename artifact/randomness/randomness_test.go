package randomness

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/launchready/launchready/artifact"
)

func values(n int, one func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = one(i)
	}
	return out
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	const samples = 10
	for _, tc := range []struct {
		name      string
		make      func(i int) string
		low, high float64 // bits
		ordered   bool
	}{
		{"128 bits in hexadecimal", func(int) string { return hex.EncodeToString(random(16)) }, 120, 128, false},
		{"64 bits in hexadecimal", func(int) string { return hex.EncodeToString(random(8)) }, 64, 64, false},
		{"base64url of 24 bytes", func(int) string { return base64.RawURLEncoding.EncodeToString(random(24)) }, 180, 192, false},
		{"a long prefix before 128 bits", func(int) string { return "production-eu-west-1-session-v3:" + hex.EncodeToString(random(16)) }, 120, 128, false},
		{"a payload with a signature", func(int) string {
			return "eyJ1c2VyIjoiZGFuQGFjbWUudGVzdCJ9.ZxYz." + base64.RawURLEncoding.EncodeToString(random(20))
		}, 140, 168, false},
		{"a UUID of version 4", func(int) string {
			x := hex.EncodeToString(random(16))
			return x[:8] + "-" + x[8:12] + "-4" + x[13:16] + "-a" + x[17:20] + "-" + x[20:]
		}, 110, 128, false},
		{"a decimal counter", func(i int) string { return fmt.Sprintf("%010d", 99_995+i) }, 0, 34, true},
		{"a hexadecimal counter", func(i int) string { return fmt.Sprintf("%08x", 0xfff8+i) }, 0, 32, true},
		{"a clock in milliseconds", func(i int) string { return fmt.Sprint(1_790_000_000_123 + 1_031*i) }, 0, 30, true},
		{"a name and four digits", func(i int) string { return fmt.Sprintf("dan-%04d-session", (i*7919)%10_000) }, 0, 20, false},
		{"always the same", func(int) string { return "e3b0c44298fc1c149afbf4c8996fb924" }, 0, 0, false},
		{"one is the other with something behind it", func(i int) string { return "abc"[:1+i%3] }, 0, 8, false},
		{"empty", func(int) string { return "" }, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := Measure(values(samples, tc.make))
			if got.Bits < tc.low || got.Bits > tc.high || got.Ordered != tc.ordered || got.Count != samples {
				t.Errorf("got %+v, want %.0f to %.0f bits, ordered %v", got, tc.low, tc.high, tc.ordered)
			}
		})
	}
	if got := Measure(nil); got != (artifact.TokenSample{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func FuzzMeasure(f *testing.F) {
	f.Add("a1b2", "a1b3", "a1b4")
	f.Add("", "x", "xx")
	f.Add("0", "00", "000")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		got := Measure([]string{a, b, c})
		if got.Distinct < 1 || got.Distinct > 3 || got.Bits < 0 || got.Varying > max(1, got.Length) || got.Prefix > got.Length {
			t.Errorf("%q %q %q: %+v", a, b, c, got)
		}
	})
}
