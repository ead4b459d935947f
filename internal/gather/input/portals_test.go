package input

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
)

// TestPortals feeds small portals of other makes, each flawed and mended.
func TestPortals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		shop     *shop
		promised bool
		want     []string
	}{
		{"mended", &shop{}, true, nil},
		{"mended, only seen", &shop{}, false, nil},
		{"mended, says no with 200", &shop{says: 200}, true, nil},
		{"mended, says no with 500", &shop{says: 500}, true, nil},
		{"mended pages", &shop{pages: true}, false, nil},
		{"mended pages with a contract", &shop{pages: true}, true, nil},
		{"id", &shop{flaw: "id"}, true, []string{"input/crash GET /orders/{id} (type)"}},
		{"id, only seen", &shop{flaw: "id"}, false, []string{"input/crash GET /orders/{id} (type)"}},
		{"id, says no with 200", &shop{flaw: "id", says: 200}, true, []string{"input/crash GET /orders/{id} (type)"}},
		{"amount drops the connection", &shop{flaw: "amount"}, true, []string{"input/crash PATCH /orders/{id} (type)", "input/crash POST /orders (type)"}},
		{"amount, only seen", &shop{flaw: "amount"}, false, []string{"input/crash PATCH /orders/{id} (type)", "input/crash POST /orders (type)"}},
		{"sql", &shop{flaw: "sql"}, false, []string{"input/injection GET /orders (injection)"}},
		{"negative", &shop{flaw: "negative"}, true, []string{"input/persisted PATCH /orders/{id} (bounds)", "input/persisted POST /orders (bounds)"}},
		{"anything, only seen", &shop{flaw: "anything"}, false, []string{"input/persisted PATCH /orders/{id} (type)", "input/persisted POST /orders (type)"}},
		{"half", &shop{flaw: "half"}, true, []string{"input/sideeffects PATCH /orders/{id} (form)"}},
		{"echo", &shop{flaw: "echo", pages: true}, false, []string{"input/reflected GET /orders (injection)"}},
		{"stored", &shop{flaw: "stored", pages: true}, false, []string{"input/reflected PATCH /orders/{id} (injection)", "input/reflected POST /orders (injection)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, _ := fed(t, tt.shop, tt.promised)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDown holds that a portal which dies in mid-run fails nothing and passes nothing.
func TestDown(t *testing.T) {
	t.Parallel()
	got, unproven, _ := fed(t, &shop{die: 90}, true)
	if len(got) > 0 {
		t.Errorf("failing: %v", got)
	}
	if unproven["input/crash GET /orders/{id}"] == "" || unproven["input/crash GET /orders/{id}"] == check.Suspected {
		t.Errorf("unproven: %v, want GET /orders/{id} among them with its reason", unproven)
	}
}
