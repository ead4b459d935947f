// Package quantile tells what counted values prove of the values they were
// drawn from: quantiles, and intervals that hold whatever the distribution is.
// It is pure and knows the standard library alone, so that an old run can be
// judged again.
package quantile

import (
	"math"
	"slices"
)

// Counts are values and how often each was seen: pairs {value, count}, by
// ascending value. The unit is the caller's.
type Counts [][2]int64

// Of counts values.
func Of(values ...int64) Counts {
	var out Counts
	for _, v := range slices.Sorted(slices.Values(values)) {
		if n := len(out); n > 0 && out[n-1][0] == v {
			out[n-1][1]++
			continue
		}
		out = append(out, [2]int64{v, 1})
	}
	return out
}

// With is what both counted.
func (c Counts) With(d Counts) Counts {
	var out Counts
	for len(c)+len(d) > 0 {
		from := &c
		if len(c) == 0 || len(d) > 0 && d[0][0] < c[0][0] {
			from = &d
		}
		bin := (*from)[0]
		*from = (*from)[1:]
		if n := len(out); n > 0 && out[n-1][0] == bin[0] {
			out[n-1][1] += bin[1]
			continue
		}
		out = append(out, bin)
	}
	return out
}

// N is how many values were counted.
func (c Counts) N() int64 {
	var n int64
	for _, bin := range c {
		n += bin[1]
	}
	return n
}

// Above is how many values exceed v.
func (c Counts) Above(v int64) int64 {
	var n int64
	for _, bin := range c {
		if bin[0] > v {
			n += bin[1]
		}
	}
	return n
}

// Rank is the value at a rank, from 1 (the smallest) to N; 0 of no values.
func (c Counts) Rank(rank int64) int64 {
	var last int64
	for _, bin := range c {
		last = bin[0]
		if rank -= bin[1]; rank <= 0 {
			break
		}
	}
	return last
}

// At is the quantile q by nearest rank: the smallest value seen that no more
// than a share of 1-q exceeds. 0 of no values.
func (c Counts) At(q float64) int64 { return c.Rank(nearest(c.N(), q)) }

// nearest is the rank of a quantile. The allowance keeps 0.95 × 60, which is
// no 57 in binary, from becoming 58.
func nearest(n int64, q float64) int64 {
	return max(1, int64(math.Ceil(q*float64(n)-1e-9)))
}

// Interval is where the quantile q of the distribution lies with the given
// confidence; ok is false when too few values were seen to say so.
func (c Counts) Interval(q, confidence float64) (low, high int64, ok bool) {
	l, h, ok := Ranks(c.N(), q, confidence)
	if !ok {
		return 0, 0, false
	}
	return c.Rank(l), c.Rank(h), true
}

// mostExact bounds the values whose ranks are summed up one by one; beyond it
// the normal distribution is as good.
const mostExact = 100_000

// Ranks are the two order statistics of n values that enclose the quantile q
// with at least the given confidence, as near to each other as possible. They
// hold for every distribution: how many of n values lie below its quantile
// follows a binomial law. There are none when n is too small: the 95th
// percentile with a confidence of 95 % takes 59 values.
func Ranks(n int64, q, confidence float64) (low, high int64, ok bool) {
	if n < 2 || q <= 0 || q >= 1 || confidence <= 0 || confidence >= 1 {
		return 0, 0, false
	}
	if n > mostExact {
		return wide(n, q, confidence)
	}
	below := cumulative(n, q) // below[k] = P(fewer than k values below the quantile)
	best := math.Inf(1)
	high = 1
	for l := int64(1); l < n; l++ {
		high = max(high, l+1)
		for high <= n && below[high]-below[l] < confidence {
			high++
		}
		if high > n {
			break
		}
		// Of two equally short intervals the more even one is taken.
		uneven := math.Abs(below[l] - (1 - below[high]))
		if length := float64(high-l) + uneven; length < best {
			best, low = length, l
		}
	}
	if math.IsInf(best, 1) {
		return 0, 0, false
	}
	return low, low + int64(best), true
}

// wide is Ranks for many values.
func wide(n int64, q, confidence float64) (low, high int64, ok bool) {
	z := math.Sqrt2 * math.Erfinv(confidence)
	mid, reach := q*float64(n), z*math.Sqrt(float64(n)*q*(1-q))
	return max(1, int64(math.Floor(mid-reach))), min(n, int64(math.Ceil(mid+reach))+1), true
}

// cumulative returns P(B < k) for k = 0 … n+1, where B is binomial.
func cumulative(n int64, p float64) []float64 {
	out := make([]float64, n+2)
	for k := range n + 1 {
		out[k+1] = min(1, out[k]+mass(n, k, p))
	}
	return out
}

// mass is P(B = k) where B is binomial.
func mass(n, k int64, p float64) float64 {
	choose := lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1)
	return math.Exp(choose + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

func lgamma(n int64) float64 {
	v, _ := math.Lgamma(float64(n))
	return v
}

// AtLeast is how likely k or more of n trials succeed that each succeed with
// probability p: small when k successes are no accident.
func AtLeast(k, n int64, p float64) float64 {
	if k <= 0 {
		return 1
	}
	var fewer float64
	for i := range min(k, n+1) {
		fewer += mass(n, i, p)
		if fewer >= 1 {
			return 0
		}
	}
	return 1 - fewer
}
