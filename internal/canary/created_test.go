package canary

import (
	"net/http"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/wire"
)

func TestIDOfWhatWasCreated(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, detail, param, location, body, want string }{
		{"where the detail has it", "/invoices/{id}", "id", "/invoices/101", "", "101"},
		{"a slug where the detail has it", "/projects/{id}", "id", "/projects/old-mill", "", "old-mill"},
		{"below the target's path, absolute", "/invoices/{id}", "id", "https://portal.test/app/invoices/101?created=1", "", "101"},
		{"more after it", "/invoices/{id}", "id", "/invoices/101/edit", "", "101"},
		{"below a parent", "/tenants/{tenant}/notes/{note}", "note", "/tenants/acme/notes/7", "", "7"},
		{"with a suffix", "/contacts/{id}.vcf", "id", "/contacts/kestrel.vcf", "", "kestrel"},
		{"elsewhere, but sure", "/records/{id}", "id", "/r/0b8c1f9e-5a52-4d0f-9a53-1a2b3c4d5e6f", "", "0b8c1f9e-5a52-4d0f-9a53-1a2b3c4d5e6f"},
		{"the login", "/invoices/{id}", "id", "/login", "", ""},
		{"the login of a collection", "/invoices/{id}", "id", "/session/login?next=%2Finvoices", "", ""},
		{"back to the list", "/invoices/{id}", "id", "/invoices", "", ""},
		{"back to the form", "/invoices/{id}", "id", "/invoices/new", "", ""},
		{"the body first", "/invoices/{id}", "id", "/invoices/9", `{"data":{"id":12}}`, "12"},
		{"its own address before its id", "/repos/{owner}/{repo}/issues/{index}", "index", "", `{"id":13,"url":"https://portal.test/api/repos/ada/payroll/issues/4","number":4}`, "4"},
		{"the address of something else", "/invoices/{id}", "id", "", `{"id":13,"url":"https://portal.test/clients/4"}`, "13"},
		{"counted in its project", "/projects/{project}/issues/{iid}", "iid", "", `{"id":13,"iid":4}`, "4"},
		{"a slug beside the id", "/projects/{slug}", "slug", "", `{"id":13,"slug":"old-mill"}`, "old-mill"},
		{"a text under the parameter's name", "/notes/{note}", "note", "", `{"id":13,"note":"lrc-abc"}`, "13"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &Object{Maker: Maker{Detail: artifact.Route{Template: tt.detail}, Param: tt.param}}
			a := &wire.Answer{Header: http.Header{"Location": {tt.location}}, Body: []byte(tt.body)}
			if got := c.createdID(a); got != tt.want {
				t.Errorf("id %q, want %q", got, tt.want)
			}
		})
	}
}
