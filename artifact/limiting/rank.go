package limiting

import (
	"math"
	"slices"
	"time"
)

// Median of durations; 0 of none.
func Median(ds []time.Duration) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(ds))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return s[mid-1] + (s[mid]-s[mid-1])/2
}

// mostExact bounds the samples for which the distribution is counted out.
const mostExact = 40

// MannWhitney is the two-sided probability that two samples this far apart
// come from one distribution (Mann and Whitney 1947): exact for small samples
// without ties, else by the normal approximation with the correction for ties
// and continuity. It is 1 when a sample is empty.
func MannWhitney(a, b []time.Duration) float64 {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return 1
	}
	u, ties := 0.0, false
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				u++
			case x == y:
				u += 0.5
			}
		}
	}
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	ties = len(slices.Compact(slices.Clone(all))) < len(all)
	low := min(u, float64(n*m)-u)
	if !ties && n <= mostExact && m <= mostExact {
		return min(1, 2*exact(n, m, int(low)))
	}
	return approximate(n, m, low, all)
}

// exact is the probability of a U of at most low: the share of the orders of n
// and m values that have it, counted by the recurrence on the largest value.
func exact(n, m, low int) float64 {
	// share[j][u] is the share among orders of i and j values, for growing i.
	share := make([][]float64, m+1)
	for j := range share {
		share[j] = make([]float64, n*m+1)
		share[j][0] = 1
	}
	for i := 1; i <= n; i++ {
		next := make([][]float64, m+1)
		for j := range next {
			next[j] = make([]float64, n*m+1)
			if j == 0 {
				next[0][0] = 1
				continue
			}
			// The largest of all is one of the i (which beats all j) or of the j.
			pi, pj := float64(i)/float64(i+j), float64(j)/float64(i+j)
			for u := range next[j] {
				if u >= j {
					next[j][u] += pi * share[j][u-j]
				}
				next[j][u] += pj * next[j-1][u]
			}
		}
		share = next
	}
	p := 0.0
	for u := 0; u <= low; u++ {
		p += share[m][u]
	}
	return p
}

func approximate(n, m int, low float64, all []time.Duration) float64 {
	total := float64(n + m)
	tied := 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		t := float64(j - i)
		tied += t*t*t - t
		i = j
	}
	mean := float64(n*m) / 2
	variance := float64(n*m) / 12 * (total + 1 - tied/(total*(total-1)))
	if variance <= 0 {
		return 1 // all values are the same
	}
	z := (mean - low - 0.5) / math.Sqrt(variance)
	if z < 0 {
		return 1
	}
	return math.Erfc(z / math.Sqrt2)
}

const (
	// significance, leastGap and gapShare are what a difference in time needs to
	// be believed: it is unlikely to be chance, and large enough to be used.
	significance = 0.001
	leastGap     = 25 * time.Millisecond
	gapShare     = 0.3
)

// Apart reports whether two samples of times differ, and says their medians and
// the probability that it is chance.
func Apart(a, b []time.Duration) (differ bool, medianA, medianB time.Duration, p float64) {
	medianA, medianB, p = Median(a), Median(b), MannWhitney(a, b)
	gap := (medianA - medianB).Abs()
	least := max(leastGap, time.Duration(gapShare*float64(min(medianA, medianB))))
	return p < significance && gap >= least, medianA, medianB, p
}
