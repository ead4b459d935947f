package portal

import "strings"

// nearest returns the candidate that word was most likely meant to be: at most
// two edits away, or one the start of the other. "" when none is near.
func nearest(word string, candidates []string) string {
	best, bestDistance := "", 3
	lower := strings.ToLower(word)
	for _, c := range candidates {
		candidate := strings.ToLower(c)
		d := distance(lower, candidate)
		if min(len(lower), len(candidate)) >= 3 && (strings.HasPrefix(candidate, lower) || strings.HasPrefix(lower, candidate)) {
			d = min(d, 2)
		}
		// Two edits turn any short word into any other.
		if d < bestDistance && d < max(len(lower), len(candidate)) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of edits (insert, delete, replace, swap neighbours) between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	last, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(y)+1)
	}
	return last[len(y)]
}

// suggest is the hint after an unknown word: the nearest one, or all of them.
func suggest(word string, candidates []string, kind string) string {
	if near := nearest(word, candidates); near != "" {
		return `did you mean "` + near + `"?`
	}
	if len(candidates) == 0 {
		return ""
	}
	return kind + ": " + strings.Join(candidates, ", ")
}
