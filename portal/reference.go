package portal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// preface opens the reference: what holds for the file as a whole.
const preface = `# portal.yaml, version 1

Every key of the file, in its order. This page and [the JSON Schema](portal.schema.json) are generated from the tables that read it;
` + "`launchready init` writes a first file, and `launchready doctor` prints what was learned." + `

- An unknown or repeated key is an error, with its line and the key that was most likely meant.
- Where a list is expected, one element may stand alone.
- ` + "`${env:NAME}` and `${file:path}`" + ` may stand in any text. What they hold in a credential, header, recipe or resource is a secret: it is never printed or stored.
- Recipes and resources also know ` + "`${user}`, `${password}`, `${token}`, `${totp}`, `${tenant}`, `${role}`, `${name}`, `${text}`" + `, what a step captured, and the identity's ` + "`vars`; resources know `${id}`." + `
- What is captured is found by a JSON pointer (` + "`/data/token`), a CSS selector (`input[name=csrf]`), `header NAME`, `cookie NAME` or `regex …`" + ` (its first group).
- In routes, a ` + "`*` or `{name}` segment stands for one segment, a last `*` for any rest." + `
- A request with braces or ` + "`?`" + ` goes on a line of its own, or in quotes: flow style (` + "`{ }`, `[ ]`" + `) takes them for its own.
`

// Reference returns the page that lists every key of portal.yaml with its
// default, from the forms that read the file.
func Reference() []byte {
	var p page
	p.section("", root().shape)
	var out bytes.Buffer
	out.WriteString(preface)
	for _, table := range p.tables {
		fmt.Fprintf(&out, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n%s", strings.Join(table.paths, ", "), table.rows)
	}
	return out.Bytes()
}

// page gathers the tables of the reference; what looks the same in two places is one table.
type page struct{ tables []*table }

type table struct {
	paths []string
	rows  string
}

// section adds the table of a mapping and then those of the mappings in it.
func (p *page) section(path string, s *shape) {
	var rows strings.Builder
	for _, f := range s.fields {
		fallback := f.fallback
		if f.required {
			fallback = "required"
		}
		fmt.Fprintf(&rows, "| `%s` | %s | %s | %s |\n", f.name, cell(f.shape.wording()), cell(fallback), cell(f.about))
	}
	title := "The file"
	if path != "" {
		title = "`" + path + "`"
	}
	at := slices.IndexFunc(p.tables, func(t *table) bool { return t.rows == rows.String() })
	if at >= 0 {
		p.tables[at].paths = append(p.tables[at].paths, title)
		return
	}
	p.tables = append(p.tables, &table{paths: []string{title}, rows: rows.String()})
	for _, f := range s.fields {
		p.inner(strings.TrimPrefix(path+"."+f.name, "."), f.shape)
	}
}

// inner finds the mappings below a value.
func (p *page) inner(path string, s *shape) {
	switch s.kind {
	case kindMapping:
		p.section(path, s)
	case kindNamed:
		p.inner(path+"."+strings.ToUpper(strings.ReplaceAll(s.word, " ", "-")), s.of)
	case kindList:
		p.inner(path+"[]", s.of)
	case kindEither:
		for _, e := range s.either {
			if e.kind == kindMapping {
				p.section(path, e)
			}
		}
	}
}

// wording names a shape in a table.
func (s *shape) wording() string {
	switch s.kind {
	case kindMapping:
		return "mapping: " + s.word
	case kindNamed:
		return s.word + ": " + s.of.wording()
	case kindList:
		return "list of " + s.of.wording()
	case kindEither:
		all := make([]string, len(s.either))
		for i, e := range s.either {
			all[i] = e.wording()
		}
		return strings.Join(all, ", or ")
	}
	return s.word
}

// cell keeps a text inside its table cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
