package normal

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/launchready/launchready/evidence"
)

func TestMaskIsIdempotent(t *testing.T) {
	t.Parallel()
	v := Of(&evidence.Exchange{Request: evidence.Request{Method: "GET", URL: "https://p.example/a/17?q=long+enough"}}, Mask{Echo: []string{"acme-0042"}})
	part := rapid.SampledFrom([]string{"17", "a", " ", "/a/17", "long enough", "acme-0042", "2026-01-02T03:04:05Z", "[redacted:csrf:1a2b]", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "k3J9x8W2m4N6", "-", ".", "Z"})
	rapid.Check(t, func(t *rapid.T) {
		s := ""
		for _, p := range rapid.SliceOfN(part, 0, 10).Draw(t, "parts") {
			s += p
		}
		once := v.hide(s)
		if twice := v.hide(once); twice != once {
			t.Fatalf("hide(%q) = %q, and again %q", s, once, twice)
		}
	})
}

func TestHide(t *testing.T) {
	t.Parallel()
	v := Of(&evidence.Exchange{Request: evidence.Request{
		Method: "POST", URL: "https://p.example/api/notes/17?tag=x", Body: evidence.Body(`{"text":"hello there"}`),
	}}, Mask{})
	tests := map[string]string{
		"17":                                "‹echo›",
		"note 17 of 170":                    "note ‹echo› of 170",
		"you said hello there":              "you said ‹echo›",
		"POST /api/notes/17":                "POST ‹echo›",
		"at 2026-01-02T03:04:05.678Z, well": "at ‹time›, well",
		"on 2026-01-02":                     "on 2026-01-02",
		"id 7d444840-9dc0-11d1-b245-5ffdce74fad2": "id ‹uuid›",
		"AC-2026-0042":                 "AC-2026-0042",
		"9f86d081884c7d65":             "‹random›",
		"Administrator":                "Administrator",
		"3ms":                          "‹took›",
		"Page: 44 ms, template 1.5ms.": "Page: ‹took›, template ‹took›.",
		"(0.23 seconds)":               "(‹took›)",
		"12,7 µs":                      "‹took›",
		"30 days, 5 seconds, v1.2s3":   "30 days, 5 seconds, v1.2s3",
		"10 most wanted in 2 msgs":     "10 most wanted in 2 msgs",
	}
	for in, want := range tests {
		if got := v.hide(in); got != want {
			t.Errorf("hide(%q) = %q, want %q", in, got, want)
		}
	}
}
