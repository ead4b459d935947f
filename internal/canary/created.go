package canary

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
)

// createdID is the id in an answer to a create: in the body, or in the Location
// of the object.
func (c *Object) createdID(a *wire.Answer) string {
	var doc any
	dec := json.NewDecoder(strings.NewReader(string(a.Body)))
	dec.UseNumber()
	if dec.Decode(&doc) == nil {
		if id := c.addressed(doc); id != "" {
			return id
		}
		if id := outerID(doc, 0); id != "" {
			return id
		}
	}
	return c.located(a.Header.Get("Location"))
}

// addressed is the id by which the detail route knows the object that an
// answer shows: in its own address, or under the parameter's name. Portals
// that count anew in each project give it another id besides.
func (c *Object) addressed(doc any) string {
	object, is := doc.(map[string]any)
	if !is {
		return ""
	}
	for _, key := range []string{"url", "self", "href"} {
		link, is := object[key].(string)
		if !is {
			continue
		}
		if u, err := url.Parse(link); err == nil {
			if id := c.within(u.Path); id != "" {
				return id
			}
		}
	}
	var keys []string
	switch param := strings.ToLower(c.Param); {
	case slices.Contains([]string{"index", "idx", "iid", "num", "nr", "no", "number"}, param):
		keys = []string{c.Param, "index", "number", "iid", "num"}
	case param == "slug", param != "id" && strings.HasSuffix(param, "id"):
		keys = []string{c.Param}
	}
	for _, key := range keys {
		switch v := object[key].(type) {
		case string:
			if v != "" && !strings.ContainsAny(v, "/ ") {
				return v
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}

// located is the id in the address of a new object: where the detail route has
// it, or a last segment that can be nothing else. A redirect to the login, or
// back to the list, names none.
func (c *Object) located(location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return ""
	}
	if id := c.within(u.Path); id != "" {
		return id
	}
	have := strings.Split(strings.Trim(u.Path, "/"), "/")
	last := have[len(have)-1]
	if format := normal.Format(last); format == "" || format == normal.FormatSlug {
		return ""
	}
	return last
}

// within is the id where a path follows the detail route; the target may lie
// below a path.
func (c *Object) within(path string) string {
	have, want := strings.Split(strings.Trim(path, "/"), "/"), strings.Split(strings.Trim(c.Detail.Template, "/"), "/")
	for from := 0; from+len(want) <= len(have); from++ {
		if id := segmentAt(have[from:], want, c.Param); id != "" {
			return id
		}
	}
	return ""
}

// segmentAt is the segment of a path where its template has a parameter, "" when
// the path does not begin as the template does.
func segmentAt(have, want []string, param string) (id string) {
	for i, w := range want {
		switch at := strings.Index(w, "{"+param+"}"); {
		case at >= 0:
			text, begins := strings.CutPrefix(have[i], w[:at])
			text, ends := strings.CutSuffix(text, w[at+len(param)+2:])
			if !begins || !ends || normal.Format(text) == "" || text == "new" {
				return ""
			}
			id = text
		case strings.Contains(w, "{"):
		case w != have[i]:
			return ""
		}
	}
	return id
}

// outerID is the id of the outermost object that has one, through envelopes
// such as {"data": {…}}.
func outerID(doc any, depth int) string {
	object, is := doc.(map[string]any)
	if !is || depth > 2 {
		return ""
	}
	if id := gather.OwnID(object); id != "" {
		return id
	}
	for _, key := range []string{"data", "result", "record", "item", "object"} {
		if id := outerID(object[key], depth+1); id != "" {
			return id
		}
	}
	for _, v := range object {
		if inner, is := v.(map[string]any); is && len(object) == 1 {
			return outerID(inner, depth+1)
		}
	}
	return ""
}
