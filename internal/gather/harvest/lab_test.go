package harvest

import (
	"slices"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/lab"
)

// harvestLab harvests a lab with those defects and oddities.
func harvestLab(t *testing.T, c lab.Config) (*gathertest.Run, *artifact.Corpus) {
	t.Helper()
	c.Seed = 7
	w, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	run := gathertest.Start(t, string(w.PortalYAML("look", "sign-in")))
	run.Quick = len(c.Flaws)+len(c.Quirks) > 0 // one object of each kind is enough to see whose it is
	run.Gather(t, routes.Gatherer())
	return run, run.Gather(t, Gatherer()).(*artifact.Corpus)
}

// owners maps "noun id" to the tenants it is said to be of.
func owners(c *artifact.Corpus) map[string][]string {
	out := map[string][]string{}
	for _, o := range c.Objects {
		key := o.Noun + " " + o.ID
		if !slices.Contains(out[key], o.Tenant) {
			out[key] = append(out[key], o.Tenant)
		}
	}
	return out
}

// bound returns how many objects of a noun and tenant can be read one by one.
func bound(c *artifact.Corpus, tenant, noun string) int {
	n := 0
	for _, o := range c.Objects {
		if o.Tenant == tenant && o.Noun == noun && o.Route != "" && len(o.Values) > 0 {
			n++
		}
	}
	return n
}

// TestHarvestOfTheLab harvests the portal well kept, with oddities, and with
// holes: whatever is wrong with it, nobody's object may become another's.
func TestHarvestOfTheLab(t *testing.T) {
	t.Parallel()
	nouns := []string{"invoice", "client", "project", "ticket", "document", "comment", "user", "export"}
	truth := map[string][]string{}
	t.Run("well kept", func(t *testing.T) {
		run, c := harvestLab(t, lab.Config{})
		truth = owners(c)
		if !c.Isolates || c.Why != "" {
			t.Errorf("isolates = %t, why %q", c.Isolates, c.Why)
		}
		for _, o := range c.Objects {
			if o.Ambiguous {
				t.Errorf("%s %s of %s is ambiguous on a well-kept portal", o.Noun, o.ID, o.Tenant)
			}
			if o.Noun == "catalog" || o.Noun == "announcement" {
				t.Errorf("%s %s is everybody's, not %s's", o.Noun, o.ID, o.Tenant)
			}
		}
		wantControls(t, c)
		if n := run.Sent("harvest"); n > 1000 {
			t.Errorf("%d requests, want at most 1000", n)
		}
		for _, want := range []artifact.Link{
			{From: "GET /api/invoices", Pointer: "/items/*/id", To: "GET /api/invoices/{id}", Param: "id", Why: "template"},
			{From: "GET /api/tickets/{id}/comments", Pointer: "/items/*/id", To: "GET /api/comments/{id}", Param: "id", Why: "name"},
			{From: "GET /projects", Pointer: "href", To: "GET /projects/{id}", Param: "id", Why: "link"},
		} {
			if !slices.Contains(c.Links, want) {
				t.Errorf("no link %+v", want)
			}
		}
	})
	for key, tenants := range truth {
		if len(tenants) > 1 {
			t.Errorf("%s belongs to %v", key, tenants)
		}
	}
	for _, tt := range []struct {
		name string
		c    lab.Config
	}{
		{"denies with 200", lab.Config{Quirks: []string{"denies-200"}}},
		{"denies with nothing", lab.Config{Quirks: []string{"denies-empty"}}},
		{"volatile", lab.Config{Quirks: []string{"volatile"}}},
		{"rotating cookie", lab.Config{Quirks: []string{"rotating-cookie"}}},
		{"search leaks", lab.Config{Flaws: []string{"tenantlist-search"}}},
		{"objects leak", lab.Config{Flaws: []string{"tenantswap", "tenantswap-client", "tenantswap-page", "hierarchy"}}},
		{"anonymous reads", lab.Config{Flaws: []string{"anonymous", "publiclist"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := harvestLab(t, tt.c)
			for key, tenants := range owners(c) {
				if was, known := truth[key]; known && !slices.Equal(was, tenants) {
					t.Errorf("%s belongs to %v, was found to be of %v", key, was, tenants)
				}
			}
			for _, tenant := range []string{"acme", "globex"} {
				for _, noun := range nouns {
					if n := bound(c, tenant, noun); n == 0 {
						t.Errorf("no %s of %s can be read", noun, tenant)
					}
				}
			}
			wantControls(t, c)
		})
	}
}

// wantControls checks that no reading shows one tenant's object as another's.
func wantControls(t *testing.T, c *artifact.Corpus) {
	t.Helper()
	tenantOf := map[string]string{"alice": "acme", "amir": "acme", "vera": "acme", "bob": "globex", "zoe": "globex", "gus": "globex"}
	of := owners(c)
	for _, r := range c.Readings {
		if !r.OK || r.Values["id"] == "" || r.Who == evidence.Anonymous || !strings.HasPrefix(r.Route, "GET /api/invoices/{") {
			continue
		}
		if tenants := of["invoice "+r.Values["id"]]; tenants != nil && !slices.Contains(tenants, tenantOf[r.Who]) {
			t.Errorf("%s is %s's control for invoice %s of %v", r.Route, r.Who, r.Values["id"], tenants)
		}
	}
}

func TestHarvestTellsTenantsIntegersApart(t *testing.T) {
	t.Parallel()
	_, c := harvestLab(t, lab.Config{Quirks: []string{"integer-ids-per-tenant"}})
	for _, noun := range []string{"invoice", "ticket"} {
		for _, tenant := range []string{"acme", "globex"} {
			if bound(c, tenant, noun) == 0 {
				t.Errorf("no %s of %s can be read", noun, tenant)
			}
		}
	}
	if !c.Isolates {
		t.Errorf("does not isolate: %s", c.Why)
	}
}

func TestVolatile(t *testing.T) {
	t.Parallel()
	run, c := harvestLab(t, lab.Config{Quirks: []string{"volatile"}})
	got := Volatile(c, func(ref evidence.Ref) *evidence.Exchange {
		e, err := run.Exchange(ref)
		if err != nil {
			t.Error(err)
		}
		return e
	})
	want := []string{"/meta/generatedAt", "/meta/nonce", "/meta/requestId"}
	if !slices.Equal(got["GET /api/invoices"], want) {
		t.Errorf("volatile pointers of the invoices: %v, want %v", got["GET /api/invoices"], want)
	}
}
