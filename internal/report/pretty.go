package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/launchready/launchready/check"
)

// printer writes JSON in its own order, one leaf a line.
type printer struct {
	secrets []secret
	marks   map[string]check.Place // by pointer
	out     [][]seg
	line    []seg
}

// lines returns the pretty form of a JSON body, or an error if it is none.
func (p *printer) lines(body []byte) ([][]seg, error) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 || (trimmed[0] != '{' && trimmed[0] != '[') || !json.Valid(trimmed) {
		return nil, errors.New("not a JSON document")
	}
	dec := json.NewDecoder(bytes.NewReader(trimmed))
	dec.UseNumber()
	if err := p.value(dec, "", 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	p.end()
	return p.out, nil
}

func (p *printer) add(text string) { p.line = append(p.line, seg{Text: text}) }

func (p *printer) end() {
	p.out = append(p.out, p.line)
	p.line = nil
}

// value writes the next value of dec, which stands at pointer.
func (p *printer) value(dec *json.Decoder, pointer string, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := tok.(json.Delim)
	if !ok {
		p.leaf(tok, pointer)
		return nil
	}
	p.add(open.String())
	for i := 0; dec.More(); i++ {
		if i > 0 {
			p.add(",")
		}
		p.end()
		p.add(strings.Repeat("  ", depth+1))
		step := strconv.Itoa(i)
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			step, _ = key.(string)
			p.add(quoted(step) + ": ")
		}
		step = strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
		if err := p.value(dec, pointer+"/"+step, depth+1); err != nil {
			return err
		}
	}
	if len(p.line) > 0 && p.line[len(p.line)-1].Text != open.String() {
		p.end()
		p.add(strings.Repeat("  ", depth))
	}
	end, err := dec.Token()
	if err != nil {
		return err
	}
	p.add(fmt.Sprint(end))
	return nil
}

// leaf writes a string, number, boolean or null.
func (p *printer) leaf(tok json.Token, pointer string) {
	text, isString := tok.(string)
	if !isString {
		text = fmt.Sprint(tok)
		if tok == nil {
			text = "null"
		}
	}
	place, marked := p.marks[pointer]
	proof := seg{Text: mask(place, text), Mark: true, Where: place.Where + ", " + place.Kind}
	switch {
	case marked && isString:
		p.line = append(p.line, seg{Text: `"`}, proof, seg{Text: `"`})
		return
	case marked:
		p.line = append(p.line, proof)
		return
	case !isString:
		p.add(text)
		return
	}
	p.add(`"`)
	for _, s := range hide(text, p.secrets) {
		if !s.Mark {
			if len(s.Text) > leafBytes {
				s.Text = strings.ToValidUTF8(s.Text[:leafBytes], "") + "…"
			}
			q := quoted(s.Text)
			s.Text = q[1 : len(q)-1]
		}
		p.line = append(p.line, s)
	}
	p.add(`"`)
}

// quoted is s as a JSON string.
func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
