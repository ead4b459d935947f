package normal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
)

var digits = regexp.MustCompile(`[0-9]+`)

// Steady is Normal by the whole status and with every number masked: answers
// that only count attempts or seconds down are the same.
func (v *View) Steady() string {
	if v.Status == 0 {
		return ""
	}
	b := &bytes.Buffer{}
	put(b, string(v.Family), v.hide(v.Location))
	v.form(b)
	sum := sha256.Sum256(digits.ReplaceAll(b.Bytes(), []byte("‹n›")))
	return strconv.Itoa(v.Status) + " " + hex.EncodeToString(sum[:8])
}

// Says returns what an answer says to people: its visible text, or the texts of
// a JSON body, as they came.
func (v *View) Says() string {
	if v.Family != JSON {
		return v.visible()
	}
	b := &bytes.Buffer{}
	for i := range v.Fields {
		if l := &v.Fields[i]; l.Type == "string" {
			b.WriteString(l.Value)
			b.WriteByte('\n')
		}
	}
	return b.String()
}
