package portal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// minScrub is the shortest secret that is taken out of other texts of a
// snapshot: shorter ones are parts of ordinary words.
const minScrub = 6

// SnapshotJSON returns the portal as a run records it: secrets are
// fingerprints, also where their value is repeated in another text. Equal
// portals give equal bytes.
func (p *Portal) SnapshotJSON() ([]byte, error) {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the portal's snapshot: %w", err)
	}
	return append(data, '\n'), nil
}

// MarshalJSON implements json.Marshaler, so that there is no other JSON of a portal.
func (p Portal) MarshalJSON() ([]byte, error) {
	type fields Portal // without this method
	data, err := json.Marshal(fields(p))
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	var pairs []string
	for _, s := range p.Secret {
		if len(s.Reveal()) >= minScrub {
			pairs = append(pairs, s.Reveal(), s.String())
		}
	}
	return json.Marshal(scrub(tree, strings.NewReplacer(pairs...)))
}

// scrub replaces secrets in every text of a decoded document, keys included.
func scrub(tree any, secrets *strings.Replacer) any {
	switch v := tree.(type) {
	case string:
		return secrets.Replace(v)
	case []any:
		for i := range v {
			v[i] = scrub(v[i], secrets)
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, value := range v {
			clean[secrets.Replace(key)] = scrub(value, secrets)
		}
		return clean
	}
	return tree
}
