package quantile_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/launchready/launchready/artifact/quantile"
)

// upTo is 1 … n, once each: the value at a rank is the rank.
func upTo(n int64) quantile.Counts {
	var out quantile.Counts
	for v := range n {
		out = append(out, [2]int64{v + 1, 1})
	}
	return out
}

func TestCounts(t *testing.T) {
	t.Parallel()
	got := quantile.Of(30, 10, 30, 20).With(quantile.Of(20, 5))
	want := quantile.Counts{{5, 1}, {10, 1}, {20, 2}, {30, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if n, above := got.N(), got.Above(10); n != 6 || above != 4 {
		t.Errorf("N %d, above 10: %d, want 6 and 4", n, above)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		of   quantile.Counts
		q    float64
		want int64
	}{
		{"nothing", nil, 0.5, 0},
		{"one value", quantile.Of(7), 0.99, 7},
		{"the median of an even number is the lower", quantile.Of(1, 2, 3, 4), 0.5, 2},
		{"57th of 60, though 0.95 is no binary fraction", upTo(60), 0.95, 57},
		{"95th of 100", upTo(100), 0.95, 95},
		{"99th of 100", upTo(100), 0.99, 99},
		{"p99 of 60 is the largest", upTo(60), 0.99, 60},
		{"the smallest", upTo(60), 0, 1},
		{"the largest", upTo(60), 1, 60},
		{"counted several times", quantile.Counts{{10, 94}, {20, 5}, {90, 1}}, 0.95, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.of.At(c.q); got != c.want {
				t.Errorf("At(%g) = %d, want %d", c.q, got, c.want)
			}
		})
	}
}

// TestRanks compares with tables of distribution-free intervals.
func TestRanks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		n         int64
		q         float64
		low, high int64
		ok        bool
	}{
		{"58 values bound no p95", 58, 0.95, 0, 0, false},
		{"59 are the fewest", 59, 0.95, 50, 59, true},
		{"the median of 10", 10, 0.5, 2, 9, true},
		{"the median of 100", 100, 0.5, 40, 60, true},
		{"none of nothing", 0, 0.95, 0, 0, false},
		{"p99 of 298 is not bounded", 298, 0.99, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			low, high, ok := quantile.Ranks(c.n, c.q, 0.95)
			if low != c.low || high != c.high || ok != c.ok {
				t.Errorf("Ranks(%d, %g) = %d, %d, %t, want %d, %d, %t", c.n, c.q, low, high, ok, c.low, c.high, c.ok)
			}
		})
	}
}

// TestCoverage draws from a distribution whose p95 is known and counts how
// often the interval holds it.
func TestCoverage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{59, 75, 150, 400} {
		const rounds = 4000
		p95 := int64(-1000 * math.Log(0.05)) // of the exponential distribution with mean 1000
		held := 0
		for range rounds {
			values := make([]int64, n)
			for i := range values {
				values[i] = int64(1000 * random.ExpFloat64())
			}
			if low, high, ok := quantile.Of(values...).Interval(0.95, 0.95); ok && low <= p95 && p95 <= high {
				held++
			}
		}
		if share := float64(held) / rounds; share < 0.94 {
			t.Errorf("%d values: the interval held the p95 in %.1f %% of the draws, want 95", n, 100*share)
		}
	}
}

// TestWideRanks holds the way for many values to the exact one.
func TestWideRanks(t *testing.T) {
	t.Parallel()
	low, high, _ := quantile.Ranks(100_000, 0.95, 0.95)
	wideLow, wideHigh, ok := quantile.Ranks(100_001, 0.95, 0.95)
	if !ok || wideLow-low < -5 || wideLow-low > 5 || wideHigh-high < -5 || wideHigh-high > 5 {
		t.Errorf("ranks of 100,001 values are %d and %d, those of 100,000 are %d and %d", wideLow, wideHigh, low, high)
	}
	if l, h, ok := quantile.Ranks(math.MaxInt64/4, 0.5, 0.95); !ok || l <= 0 || h <= l {
		t.Errorf("ranks of very many values are %d, %d, %t", l, h, ok)
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		k, n int64
		p    float64
		want float64
	}{
		{"none is certain", 0, 60, 0.01, 1},
		{"one of 60", 1, 60, 0.01, 1 - math.Pow(0.99, 60)},
		{"all of three", 3, 3, 0.5, 0.125},
		{"more than there are", 5, 3, 0.5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := quantile.AtLeast(c.k, c.n, c.p); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("AtLeast(%d, %d, %g) = %.12f, want %.12f", c.k, c.n, c.p, got, c.want)
			}
		})
	}
}

// TestIntervalHoldsTheQuantile holds for every sample: the interval encloses
// the sample's own quantile, and more confidence is never narrower.
func TestIntervalHoldsTheQuantile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 300).Draw(t, "values")
		q := rapid.Float64Range(0.01, 0.99).Draw(t, "q")
		c := quantile.Of(values...)
		low, high, ok := c.Interval(q, 0.95)
		if !ok {
			return
		}
		if at := c.At(q); at < low || at > high {
			t.Fatalf("the quantile %g is %d, its interval %d to %d", q, at, low, high)
		}
		l, h, ok := quantile.Ranks(c.N(), q, 0.5)
		L, H, _ := quantile.Ranks(c.N(), q, 0.95)
		if ok && h-l > H-L {
			t.Fatalf("50 %% takes ranks %d to %d, 95 %% only %d to %d", l, h, L, H)
		}
	})
}

func BenchmarkInterval(b *testing.B) {
	c := upTo(600)
	for b.Loop() {
		c.Interval(0.95, 0.95)
	}
}
