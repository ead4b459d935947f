package normal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/launchready/launchready/artifact/normal"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                     "",
		"7":                                    normal.FormatInteger,
		"9223372036854775807":                  normal.FormatInteger,
		"7d444840-9dc0-11d1-b245-5ffdce74fad2": normal.FormatUUID,
		"01920f7e-2c4b-7d6a-8f0e-1a2b3c4d5e6f": normal.FormatUUID,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV":           normal.FormatULID,
		"01arz3ndektsv4rrffq69g5fav":           normal.FormatULID,
		"0ujtsYcgvSTl8PAuAdqWYSMnLOv":          normal.FormatKSUID,
		"507f1f77bcf86cd799439011":             normal.FormatObjectID,
		"cjld2cjxh0000qzrmn831i7rn":            normal.FormatCUID,
		"tz4a98xxat96iws9zmbrgj3a":             normal.FormatCUID2,
		"V1StGXR8_Z5jdHi6B-myT":                normal.FormatNanoID,
		"5d41402abc4b2a76b9719d911017c592":     normal.FormatHex,
		"inv_8sK2mPq1":                         normal.FormatHashID,
		"jR8kL2":                               normal.FormatHashID,
		"acme-rockets":                         normal.FormatSlug,
		"INV-2026-0042":                        normal.FormatSlug,
		"Administrator":                        normal.FormatSlug,
		"two words":                            "",
		"a/b":                                  "",
		strings.Repeat("a", 129):               "",
	}
	for value, want := range tests {
		if got := normal.Format(value); got != want {
			t.Errorf("Format(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestUnlike(t *testing.T) {
	t.Parallel()
	if got, want := normal.Unlike("17", "12", "5000", "x"), "1005000"; got != want {
		t.Errorf("Unlike(17) = %s, want %s: beyond the largest", got, want)
	}
	if got := normal.Unlike("01920f7e-2c4b-7d6a-8f0e-1a2b3c4d5e6f"); got[14] != '7' || got[19] != '8' {
		t.Errorf("Unlike = %s, want the version and the variant kept", got)
	}
	first := normal.Unlike("acme-rockets")
	if got := normal.Unlike("acme-rockets", first); got == first || len(got) != len(first) {
		t.Errorf("Unlike = %s, want another one than the known %s", got, first)
	}
}

// ids draws an id of any format.
func ids() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[1-9][0-9]{0,18}`),
		rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`),
		rapid.StringMatching(`[0-7][0-9A-HJKMNP-TV-Z]{25}`),
		rapid.StringMatching(`[0-7][0-9a-hjkmnp-tv-z]{25}`),
		rapid.StringMatching(`[0-2][0-9A-Za-z]{26}`),
		rapid.StringMatching(`[0-9a-f]{24}`),
		rapid.StringMatching(`c[0-9a-z]{24}`),
		rapid.StringMatching(`[a-z][0-9a-z]{23}`),
		rapid.StringMatching(`[A-Za-z0-9_-]{21}`),
		rapid.StringMatching(`(inv_)?[A-Za-z0-9]{6,12}`),
		rapid.StringMatching(`[a-z]{2,8}(-[a-z0-9]{1,8}){0,3}`),
		rapid.StringMatching(`[A-Z]{2,4}-20[0-9]{2}-[0-9]{4}`),
	)
}

func TestUnlikeKeepsTheFormat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := ids().Filter(func(s string) bool { return normal.Format(s) != "" }).Draw(t, "id")
		format := normal.Format(id)
		got := normal.Unlike(id)
		if got == id {
			t.Fatalf("Unlike(%q) is the same", id)
		}
		if f := normal.Format(got); f != format {
			t.Fatalf("Unlike(%q) = %q: %s, want %s", id, got, f, format)
		}
		if normal.Unlike(id) != got {
			t.Fatalf("Unlike(%q) differs from call to call", id)
		}
	})
}

func TestNounOf(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/api/v1/invoices/{invoiceId}": "invoice",
		"/api/invoices/{id}/pdf":       "invoice",
		"/users/{id}/documents":        "document",
		"/issues/17.json":              "issue",
		"/issues.json":                 "issue",
		"/tenants/{t}/addresses/{a}":   "address",
		"/":                            "",
		"/api/companies/7c6b5a49-3827-4615-9f0e-d1c2b3a49586": "company",
		"invoiceId":       "invoice",
		"customer_uuid":   "customer",
		"id":              "",
		"parentAccountId": "account",
	}
	for in, want := range tests {
		if got := normal.NounOf(in); got != want {
			t.Errorf("NounOf(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Boxes": "box", "statuses": "status", "status": "status", "people": "person", "analyses": "analysis", "cases": "case", "news": "news", "bus": "bus", "batches": "batch", "categories": "category"} {
		if got := normal.Singular(in); got != want {
			t.Errorf("Singular(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	const u1, u2 = "7d444840-9dc0-11d1-b245-5ffdce74fad2", "8d444840-9dc0-11d1-b245-5ffdce74fad2"
	tests := []struct {
		name string
		got  *normal.View
		want []normal.ID
	}{
		{
			"list", view(answer("/api/invoices", 200, "application/json", `{"items":[{"id":7,"customerId":"`+u1+`","total":12.5,"note":"17","links":{"pdf":"/api/files/`+u2+`/raw"}}],"requestId":"abc123"}`)),
			[]normal.ID{
				{Pointer: "/items/0/customerId", Key: "customerId", Noun: "customer", Value: u1, Format: normal.FormatUUID},
				{Pointer: "/items/0/id", Key: "id", Noun: "invoice", Value: "7", Format: normal.FormatInteger},
				{Pointer: "/items/0/links/pdf", Key: "pdf", Noun: "file", Value: u2, Format: normal.FormatUUID},
			},
		},
		{
			"nested", view(answer("/api/invoices/7", 200, "application/json", `{"customer":{"id":3},"owner":"`+u1+`"}`)),
			[]normal.ID{
				{Pointer: "/customer/id", Key: "id", Noun: "customer", Value: "3", Format: normal.FormatInteger},
				{Pointer: "/owner", Key: "owner", Noun: "invoice", Value: u1, Format: normal.FormatUUID},
			},
		},
		{
			"created", view(answer("/api/invoices", 201, "", "", "Location", "/api/invoices/41")),
			[]normal.ID{{Pointer: "header Location", Key: "Location", Noun: "invoice", Value: "41", Format: normal.FormatInteger}},
		},
		{
			"page", view(answer("/clients", 200, "text/html", `<a href="/clients/12/edit">x</a><input type=hidden name=client_id value=12>`)),
			[]normal.ID{
				{Pointer: "a href", Key: "href", Noun: "client", Value: "12", Format: normal.FormatInteger},
				{Pointer: "input value of client_id", Key: "value", Noun: "client", Value: "12", Format: normal.FormatInteger},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, normal.IDs(tt.got)); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	var doc any
	if err := json.Unmarshal([]byte(`{"a":[{"b":1},{"b":2}],"m/n":{"x~y":3},"":4,"*":5,"o":{"p":6,"q":7}}`), &doc); err != nil {
		t.Fatal(err)
	}
	tests := map[string][]any{
		"/a/0/b":     {1.0},
		"/a/*/b":     {1.0, 2.0},
		"/a/2/b":     nil,
		"/a/00/b":    nil,
		"/a/-1":      nil,
		"/m~1n/x~0y": {3.0},
		"/":          {4.0},
		"/*":         {5.0},
		"/o/*":       {6.0, 7.0},
		"":           {doc},
	}
	for pointer, want := range tests {
		if diff := cmp.Diff(want, normal.Lookup(doc, pointer)); diff != "" {
			t.Errorf("Lookup(%q) (-want +got):\n%s", pointer, diff)
		}
	}
}
