package leakage

import (
	"regexp"
	"strings"
)

var (
	cardLike  = regexp.MustCompile(`\b[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b`)
	ibanLike  = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b`)
	emailLike = regexp.MustCompile(`[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+`)
	cardName  = regexp.MustCompile(`(?i)(card|pan|ccn|cc_?num|payment)\w*["'\\ :=]{1,8}$`)
)

// personal returns the numbers and addresses of people in a line.
func personal(line, low string) []LogHit {
	var out []LogHit
	var cards, accounts [][]int
	if manyDigits(line) {
		cards = cardLike.FindAllStringIndex(line, 40)
	}
	if opensAccount(line) {
		accounts = ibanLike.FindAllStringIndex(line, 40)
	}
	for _, m := range cards {
		if alone(line, m[0], m[1]) && CardNumber(line[m[0]:m[1]]) {
			out = append(out, LogHit{LogCard, m[0], m[1], cardName.MatchString(line[max(0, m[0]-40):m[0]])})
			break
		}
	}
	for _, m := range accounts {
		if IBAN(line[m[0]:m[1]]) {
			out = append(out, LogHit{LogIBAN, m[0], m[1], true})
			break
		}
	}
	if strings.Contains(line, "@") || strings.Contains(low, "%40") {
		for _, m := range emailLike.FindAllStringIndex(line, 40) {
			if !machine(line[m[0]:m[1]]) {
				out = append(out, LogHit{Kind: LogEmail, From: m[0], To: m[1]})
				break
			}
		}
	}
	return out
}

// manyDigits reports fifteen digits in a row, but for spaces and hyphens: most
// lines have none, and need no closer look.
func manyDigits(line string) bool {
	n := 0
	for i := range len(line) {
		switch c := line[i]; {
		case c >= '0' && c <= '9':
			if n++; n == 15 {
				return true
			}
		case c != ' ' && c != '-':
			n = 0
		}
	}
	return false
}

// opensAccount reports two capitals and two digits, as account numbers begin.
func opensAccount(line string) bool {
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := 0; i+4 <= len(line); i++ {
		if digit(line[i+3]) && digit(line[i+2]) && upper(line[i+1]) && upper(line[i]) && (i == 0 || !upper(line[i-1]) && !digit(line[i-1])) {
			return true
		}
	}
	return false
}

// alone reports digits that are no part of a longer number.
func alone(line string, from, to int) bool {
	near := func(i int) bool { return i >= 0 && i < len(line) && strings.IndexByte("0123456789.-", line[i]) >= 0 }
	return !near(from-1) && !near(to)
}

// machine reports addresses that are nobody's: user@host of a connection, and
// names of packages with their version.
func machine(address string) bool {
	local, domain, ok := strings.Cut(strings.ReplaceAll(address, "%40", "@"), "@")
	if !ok || strings.Trim(domain, "0123456789.") == "" {
		return true
	}
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	if len(last) < 2 || strings.Trim(strings.ToLower(last), "abcdefghijklmnopqrstuvwxyz") != "" || last == "js" || last == "local" || last == "internal" {
		return true
	}
	switch strings.ToLower(local) {
	case "noreply", "no-reply", "postmaster", "root", "mailer-daemon", "git":
		return true
	}
	return false
}

// CardNumber reports digits that pass the check of card numbers (ISO/IEC 7812)
// and begin as those of the large issuers do.
func CardNumber(s string) bool {
	var d []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			d = append(d, s[i]-'0')
		}
	}
	if len(d) != 15 && len(d) != 16 {
		return false
	}
	two, four := int(d[0])*10+int(d[1]), int(d[0])*1000+int(d[1])*100+int(d[2])*10+int(d[3])
	switch {
	case len(d) == 15:
		if two != 34 && two != 37 {
			return false
		}
	case d[0] == 4, two >= 51 && two <= 55, four >= 2221 && four <= 2720, four == 6011, two == 65, two == 35:
	default:
		return false
	}
	return Luhn(d) == 0
}

// Luhn returns what is left of the checksum of digits (ISO/IEC 7812-1 annex B); 0 is good.
func Luhn(d []byte) int {
	sum := 0
	for i := range d {
		x := int(d[len(d)-1-i])
		if i%2 == 1 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum % 10
}

// ibanLengths are the lengths of IBANs by country (ISO 13616).
var ibanLengths = map[string]int{
	"AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27,
	"HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
	"RO": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "AE": 23, "SA": 24, "IL": 23, "UA": 29,
}

// IBAN reports an account number whose length and checksum (ISO 7064) are right.
func IBAN(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 || ibanLengths[s[:2]] != len(s) {
		return false
	}
	rest := 0
	for i := range len(s) {
		switch c := s[(i+4)%len(s)]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
