package swap

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// refused reports whether the stranger's answer is plainly a refusal: that of
// an unknown id, or a client error that does not differ from it but in the id.
// It decides only what is asked next.
func refused(x, n gather.Answered, t *trial) bool {
	if x.Answer == nil {
		return false
	}
	plain := x.Answer.Status/100 == 4 && len(x.Answer.Body) < 512 && !shares(x, t.p)
	if n.Answer == nil {
		return plain
	}
	if x.Answer.Status/100 == 2 && n.Answer.Status/100 != 2 {
		return false
	}
	blank := func(body []byte, id string) []byte { return bytes.ReplaceAll(body, []byte(id), []byte("·")) }
	return plain || bytes.Equal(blank(x.Answer.Body, t.bound.id()), blank(n.Answer.Body, t.noID))
}

// shares reports whether a longer word of the owner's answer stands in x, in
// its body or its header.
func shares(x, p gather.Answered) bool {
	if p.Answer == nil || x.Answer == nil {
		return false
	}
	var text bytes.Buffer
	text.Write(x.Answer.Body)
	for _, f := range responseFields(x) {
		text.WriteString("\n" + f.Value)
	}
	for _, w := range strings.FieldsFunc(string(p.Answer.Body), func(r rune) bool { return strings.ContainsRune(`"<>{}[],:`, r) }) {
		if len(w) >= 10 && bytes.Contains(text.Bytes(), []byte(w)) {
			return true
		}
	}
	return false
}

func responseFields(a gather.Answered) []evidence.Field {
	if a.Answer.Exchange == nil || a.Answer.Exchange.Response == nil {
		return nil
	}
	return a.Answer.Exchange.Response.Header
}

func ok2xx(a gather.Answered) bool {
	return a.Unproven == "" && a.Answer != nil && a.Answer.Status/100 == 2
}

// add asks for something and puts the answer where its trial wants it.
func add(b *gather.Batch, into *gather.Answered, a gather.Ask) {
	b.Add(a, func(got gather.Answered) { *into = got })
}

// isInteger reports whether an id is a plain number.
func isInteger(id string) bool {
	_, err := strconv.ParseUint(id, 10, 63)
	return err == nil
}
