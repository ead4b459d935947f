package setcookie

import (
	"strconv"
	"strings"
	"time"
)

// date reads a cookie-date (RFC 6265bis §5.1.1): whatever order its parts are in.
func date(s string) (time.Time, bool) {
	var clock [3]int
	day, month, year := -1, 0, -1
	timed := false
	for _, token := range strings.FieldsFunc(s, delimiter) {
		if !timed {
			if c, ok := clockOf(token); ok {
				clock, timed = c, true
				continue
			}
		}
		if day < 0 {
			if n, ok := leading(token, 1, 2); ok {
				day = n
				continue
			}
		}
		if month == 0 {
			if m := monthOf(token); m > 0 {
				month = m
				continue
			}
		}
		if year < 0 {
			if n, ok := leading(token, 2, 4); ok {
				year = n
			}
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !timed || day < 1 || day > 31 || month == 0 || year < 1601 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // the 31st of February is no date
}

// delimiter parts the tokens of a cookie-date.
func delimiter(r rune) bool {
	return r == '\t' || r >= 0x20 && r <= 0x2f || r >= 0x3b && r <= 0x40 || r >= 0x5b && r <= 0x60 || r >= 0x7b && r <= 0x7e
}

func clockOf(token string) (c [3]int, ok bool) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) != 3 {
		return c, false
	}
	for i, p := range parts {
		if i < 2 && len(p) > 2 {
			return c, false
		}
		if c[i], ok = leading(p, 1, 2); !ok {
			return c, false
		}
	}
	return c, true
}

// leading reads the digits a token begins with, when there are least to most of them.
func leading(token string, least, most int) (int, bool) {
	n := 0
	for n < len(token) && token[n] >= '0' && token[n] <= '9' {
		n++
	}
	if n < least || n > most {
		return 0, false
	}
	v, err := strconv.Atoi(token[:n])
	return v, err == nil
}

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

func monthOf(token string) int {
	for i, m := range months {
		if len(token) >= len(m) && strings.EqualFold(token[:len(m)], m) {
			return i + 1
		}
	}
	return 0
}
