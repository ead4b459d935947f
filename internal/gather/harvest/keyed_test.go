package harvest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A portal that tells its objects apart by a key that looks like no id: the
// path parameter has its name.
func TestObjectsKeyedByTheParameter(t *testing.T) {
	t.Parallel()
	titleOf := map[string]string{"acme": "The Lighthouse Keeper's Year", "globex": "orchard42"}
	url := serve(t, map[string]func(person, *http.Request) (int, string){
		"GET /books/v1": func(p person, _ *http.Request) (int, string) {
			return 200, fmt.Sprintf(`{"Books":[{"id":"17","bookTitle":%q,"user":%q}]}`, titleOf[p.tenant], p.name)
		},
		"GET /books/v1/{title}": func(p person, r *http.Request) (int, string) {
			if r.PathValue("title") != titleOf[p.tenant] {
				return 404, `{"error":"not found"}`
			}
			return 200, fmt.Sprintf(`{"book_title":%q,"text":%q}`, titleOf[p.tenant], notes(p.tenant))
		},
		"GET /contract.json": func(person, *http.Request) (int, string) {
			return 200, `{"openapi":"3.0.1","info":{"title":"b","version":"1"},"paths":{
				"/books/v1":{"get":{"responses":{"200":{"description":"ok"}}}},
				"/books/v1/{book_title}":{"get":{"parameters":[{"name":"book_title","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}`
		},
	})
	corpus := gatherFrom(t, url, "    - openapi: /contract.json\n")
	want := []brief{
		{Tenant: "acme", Noun: "book", ID: titleOf["acme"], Route: "GET /books/v1/{book_title}"},
		{Tenant: "globex", Noun: "book", ID: titleOf["globex"], Route: "GET /books/v1/{book_title}"},
	}
	var got []brief
	for _, b := range briefs(corpus) {
		if b.Route != "" {
			got = append(got, b)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if !corpus.Isolates {
		t.Error("the identities prove nothing: ", corpus.Why)
	}
}
