package badday

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestContracts audits a well-kept portal by contracts that are not: what they
// hide is told, what they claim is not believed, and where they point is not gone.
func TestContracts(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(foreign.Close)
	operation := `{"responses":{"200":{"description":"fine"}}}`
	for _, tc := range []struct {
		name     string
		contract string // "": there is none
		says     string
	}{
		{"missing", "", "contract.json: could not be read"},
		{"empty", " ", "contract.json: no operation could be read"},
		{"a page", "<!doctype html><html><body>Sign in to see the API</body></html>", "contract.json: no operation could be read"},
		{"cut off", `{"openapi":"3.1.0","paths":{"/api/cli`, "contract.json: no operation could be read"},
		{"dangling", `{"openapi":"3.0.3","info":{},"paths":{"/api/clients":{"get":{"parameters":[{"$ref":"#/components/parameters/Gone"}],"responses":{"200":{"$ref":"#/nowhere"}}}},"/api/gone":{"$ref":"other.yaml#/x"}}}`, ""},
		{"circular", `{"openapi":"3.0.3","info":{},"paths":{"/api/clients":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}}}}}},"components":{"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/B"}]},"B":{"properties":{"a":{"$ref":"#/components/schemas/A"}}}}}}`, ""},
		{"deep", `{"openapi":"3.0.3","paths":{"/api/clients":{"get":{"x":` + strings.Repeat("[", 200_000), ""},
		{"anchors that multiply", "openapi: 3.0.3\na: &a [1,1,1,1,1,1,1,1,1]\n" + multiplied() + "paths:\n  /api/clients:\n    get: {x: *z}\n", ""},
		{"very many paths", manyPaths(25_000), ""},
		{"servers elsewhere", `{"openapi":"3.0.3","servers":[{"url":"` + foreign.URL + `"},{"url":"http://169.254.169.254/"}],"paths":{"/api/clients":{"get":` + operation + `},"/api/projects/{id}":{"servers":[{"url":"` + foreign.URL + `/x"}],"get":` + operation + `}}}`, ""},
		{"paths that bite", `{"openapi":"3.0.3","paths":{"/../../etc/passwd":{"get":` + operation + `},"//` + strings.TrimPrefix(foreign.URL, "http://") + `/x":{"get":` + operation + `},"` + foreign.URL + `/y":{"get":` + operation + `},"/a\r\nHost: x":{"get":` + operation + `}}}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil, "allow: [", quick, "openapi: /openapi.json", "openapi: contract.json")
			if tc.contract != "" {
				if err := os.WriteFile(filepath.Join(w.dir, "contract.json"), []byte(tc.contract), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e, r := w.audit(t, "--only", "authz", "--quick", "--limit", "250")
			w.holds(t, e, r)
			if e.code != 2 {
				t.Errorf("want exit 2, not proven: %v", e)
			}
			says(t, e, tc.says)
			if n := elsewhere.Load(); n > 0 {
				t.Errorf("%d requests went where the contract points", n)
			}
		})
	}
}

// manyPaths is a contract of n paths that the portal does not have.
func manyPaths(n int) string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","paths":{"/api/clients":{"get":{}}`)
	for i := range n {
		fmt.Fprintf(&b, `,"/api/made-up/%d/{id}":{"get":{"responses":{"200":{"description":"fine"}}}}`, i)
	}
	b.WriteString("}}")
	return b.String()
}

// multiplied are nine aliases of nine aliases, nine times over.
func multiplied() string {
	var b strings.Builder
	for i := 'b'; i <= 'j'; i++ {
		before := "*" + string(i-1)
		b.WriteString(string(i) + ": &" + string(i) + " [" + strings.TrimSuffix(strings.Repeat(before+",", 9), ",") + "]\n")
	}
	b.WriteString("z: &z [*j]\n")
	return b.String()
}
