package gather

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// locate finds the id of a created object by its tag where its kind is listed.
// "" without an error means that it is not there.
func (t *Tools) locate(ctx context.Context, e journal.Entry) (string, error) {
	if e.Find == nil {
		return "", errors.New("its id is not known, nor where to look for it")
	}
	makers, others := t.undoers(e)
	if len(makers) == 0 {
		return "", errors.New("nobody who could look for it is signed in")
	}
	looked, refused := false, error(nil) // an identity that may not look there proves nothing
	for _, who := range append(makers, others...) {
		ans, err := t.listing(ctx, who, e.Find.Path)
		if err != nil {
			return "", fmt.Errorf("look for %s in %s: %w", e.Find.Tag, e.Find.Path, err)
		}
		if ans.Status/100 != 2 {
			refused = fmt.Errorf("look for %s in %s: answered %d", e.Find.Tag, e.Find.Path, ans.Status)
			continue
		}
		looked = true
		if id := IDBeside(ans.Body, e.Find.Tag); id != "" {
			return id, nil
		}
		if bytes.Contains(ans.Body, []byte(e.Find.Tag)) {
			return "", fmt.Errorf("%s is in %s, but its id is not", e.Find.Tag, e.Find.Path)
		}
	}
	if !looked {
		return "", refused
	}
	return "", nil
}

// listing is a list as somebody reads it after the run's last write, once:
// undoing only takes away from it.
func (t *Tools) listing(ctx context.Context, who, path string) (*wire.Answer, error) {
	key := who + " " + path
	if ans := t.listings[key]; ans != nil {
		return ans, nil
	}
	if why := t.ensureAlive(ctx, who); why != "" {
		return nil, errors.New(why)
	}
	ans, err := t.Sessions[who].Do(ctx, wire.Request{Method: "GET", URL: path, Effect: portal.Look, By: t.by, For: "find", Expect5xx: t.FailsToRefuse()})
	if err == nil && t.listings != nil {
		t.listings[key] = ans
	}
	return ans, err
}

// IDBeside returns the id of the innermost JSON object that holds a text with
// the tag and has an id of its own; "" when there is none.
func IDBeside(body []byte, tag string) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return ""
	}
	id, _ := idBeside(doc, tag)
	return id
}

func idBeside(v any, tag string) (id string, holds bool) {
	switch v := v.(type) {
	case string:
		return "", strings.Contains(v, tag)
	case []any:
		for _, x := range v {
			if id, h := idBeside(x, tag); h {
				return id, true
			}
		}
	case map[string]any:
		for _, x := range v {
			inner, h := idBeside(x, tag)
			if !h {
				continue
			}
			if inner != "" {
				return inner, true
			}
			return cmp.Or(OwnID(v), namedBy(v, tag)), true
		}
	}
	return "", false
}

// namedBy is the tag where it is what an object without an id goes by: the one
// field that holds it whole, as the name of an account does.
func namedBy(object map[string]any, tag string) string {
	fields := 0
	for _, v := range object {
		if v == tag {
			fields++
		}
	}
	if fields != 1 {
		return ""
	}
	return tag
}

// OwnID is the id that a JSON object gives itself.
func OwnID(object map[string]any) string {
	for _, key := range []string{"id", "uuid", "_id", "guid", "key", "slug", "number", "code", "ID", "Id"} {
		switch v := object[key].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}
