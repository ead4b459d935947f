package portal_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/launchready/launchready/portal"
)

var update = flag.Bool("update", false, "rewrite the generated files")

// TestDocs keeps the schema and the reference page what the reader reads.
func TestDocs(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]byte{
		"../docs/portal.schema.json": portal.Schema(),
		"../docs/portal.yaml.md":     portal.Reference(),
	} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current; run: go test ./portal -run TestDocs -update", path)
		}
	}
}

func TestSchemaIsJSON(t *testing.T) {
	t.Parallel()
	var schema struct {
		Schema     string `json:"$schema"`
		Required   []string
		Properties map[string]json.RawMessage
	}
	if err := json.Unmarshal(portal.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	if schema.Schema != "https://json-schema.org/draft/2020-12/schema" || len(schema.Required) != 2 || schema.Properties["identities"] == nil {
		t.Errorf("the schema says %+v", schema)
	}
}
