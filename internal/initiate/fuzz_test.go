package initiate_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/launchready/launchready/internal/initiate"
	"github.com/launchready/launchready/portal"
)

// FuzzPortal asserts that whatever a portal answers, the file parses and asks
// for nothing but the passwords or tokens of the example accounts.
func FuzzPortal(f *testing.F) {
	f.Add(loginPage, contract, "Disallow: /admin")
	f.Add(`<form method=post action="?a=b"><input name="a: b #c"><input type=password name=[>`, `{"openapi":"3.0.0","paths":{"/login":{"post":{}}}}`, "")
	f.Fuzz(func(t *testing.T, landing, document, robots string) {
		found, err := initiate.Find(t.Context(), initiate.Options{URL: "http://127.0.0.1:9", Get: func(_ context.Context, path string) (int, http.Header, []byte, error) {
			switch path {
			case "/openapi.json":
				return http.StatusOK, nil, []byte(document), nil
			case "/robots.txt":
				return http.StatusOK, nil, []byte(robots), nil
			}
			return http.StatusOK, http.Header{"Content-Type": {"text/html"}}, []byte(landing), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := found.Write(&b); err != nil {
			t.Fatal(err)
		}
		asked := 0
		_, err = portal.Parse("portal.yaml", b.Bytes(), func(string) (string, bool) { asked++; return "x", true })
		if err != nil || asked != 3 {
			t.Errorf("%d variables asked for, %v:\n%s", asked, err, b.String())
		}
	})
}
