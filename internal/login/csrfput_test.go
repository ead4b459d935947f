package login

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

func TestTokenIsPutIntoTheRequest(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	inPage := proof{header: "X-CSRF-Token", field: "csrf_token", source: "input[name=csrf_token]", page: "/account"}
	inMeta := proof{header: "X-CSRF-Token", field: "authenticity_token", source: "meta[name=csrf-token i]", page: "/"}
	for _, tt := range []struct {
		name                string
		how                 proof
		method, media, body string
		wantMedia, wantBody string
	}{
		{"a form", inPage, "POST", form, "name=Ann", form, "name=Ann&csrf_token=t1"},
		{"an empty form", inPage, "POST", form, "", form, "csrf_token=t1"},
		{"a button", inPage, "POST", "", "", form, "csrf_token=t1"},
		{"a button of a portal that reads the header", inMeta, "POST", "", "", "", ""},
		{"no form can delete", inPage, "DELETE", "", "", "", ""},
		{"a script", inPage, "POST", "application/json", `{"a":1}`, "application/json", `{"a":1}`},
		{"a token of its own", inPage, "POST", form, "csrf_token=mine", form, "csrf_token=mine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := wire.Request{Method: tt.method, URL: "/x", Body: []byte(tt.body)}
			if tt.media != "" {
				r.Header = []evidence.Field{{Name: "Content-Type", Value: tt.media}}
			}
			got := tt.how.put(r, "t1")
			want := []string{tt.wantMedia, tt.wantBody, "t1"}
			have := []string{evidence.Get(got.Header, "Content-Type"), string(got.Body), evidence.Get(got.Header, "X-CSRF-Token")}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("media, body, header (-want +got):\n%s", diff)
			}
		})
	}
}
