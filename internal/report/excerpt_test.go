package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// flat writes segments as text, marks in ⟦ ⟧.
func flat(segs []seg) string {
	var out strings.Builder
	for _, s := range segs {
		if s.Mark {
			out.WriteString("⟦" + s.Text + "⟧")
		} else {
			out.WriteString(s.Text)
		}
	}
	return out.String()
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	many := `{"rows":[` + strings.Repeat(`{"n":1},`, 400) + `{"owner":"anna@acme.test"}]}`
	tests := []struct {
		name   string
		body   string
		places []check.Place
		hidden []secret
		want   string
	}{
		{"empty", "", nil, nil, ""},
		{
			"json in its own order, with the proof masked", `{"z":1,"a":{"mail":"anna@acme.test","n":null,"t":true,"e":[],"o":{}}}`,
			[]check.Place{{Where: "/a/mail", Kind: "email", Masked: "an…@acme.test"}},
			nil,
			"{\n  \"z\": 1,\n  \"a\": {\n    \"mail\": \"⟦an…@acme.test⟧\",\n    \"n\": null,\n    \"t\": true,\n    \"e\": [],\n    \"o\": {}\n  }\n}\n",
		},
		{
			"a mask that is none is not trusted", `{"mail":"anna@acme.test"}`,
			[]check.Place{{Where: "/mail", Masked: "mail of anna@acme.test"}},
			nil,
			"{\n  \"mail\": \"⟦an…st⟧\"\n}\n",
		},
		{
			"the same value elsewhere", `{"note":"ask \"anna@acme.test\""}`, nil,
			[]secret{{value: "anna@acme.test", masked: "an…"}},
			"{\n  \"note\": \"ask \\\"⟦an…⟧\\\"\"\n}\n",
		},
		{
			"keys with slashes", `{"a/b":{"c~d":12345}}`,
			[]check.Place{{Where: "/a~1b/c~0d", Masked: "12…"}},
			nil,
			"{\n  \"a/b\": {\n    \"c~d\": ⟦12…⟧\n  }\n}\n",
		},
		{
			"far from the start", many,
			[]check.Place{{Where: "/rows/400/owner", Masked: "an…"}},
			nil,
			"  …\n    {\n      \"n\": 1\n    },\n    {\n      \"owner\": \"⟦an…⟧\"\n    }\n  ]\n}\n",
		},
		{
			"html", "<p>Dear <b>Anna Acker</b>, Anna Acker</p>", nil,
			[]secret{{value: "Anna Acker", masked: "An…"}},
			"<p>Dear <b>⟦An…⟧</b>, ⟦An…⟧</p>",
		},
		{
			"broken json is text", `{"mail":"anna@acme.test`, nil,
			[]secret{{value: "anna@acme.test", masked: "an…"}},
			`{"mail":"⟦an…⟧`,
		},
		{"not text", "\x00\x01\xff\xfe", nil, nil, "(4 bytes that are not text)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := flat(excerpt([]byte(tt.body), tt.places, tt.hidden))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("excerpt (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExcerptIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for _, body := range []string{long, `{"a":"` + long + `"}`, `[` + strings.Repeat(`"x",`, 1<<18) + `1]`, long + "secret" + long} {
		got := flat(excerpt([]byte(body), nil, []secret{{value: "secret", masked: "s…"}}))
		if len(got) > excerptBytes+2*aroundBytes {
			t.Errorf("%d bytes are shown of %.20s…", len(got), body)
		}
		if strings.Contains(body, "secret") && !strings.Contains(got, "⟦s…⟧") {
			t.Error("the proof is not in its excerpt")
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	ex := &evidence.Exchange{Response: &evidence.Response{
		Header: []evidence.Field{{Name: "Location", Value: "/u/anna"}},
		Body:   evidence.Body(`{"id":"inv_12345","mail":"anna@acme.test","total":18450,"list":["x","Anna Acker"],"n":7}`),
	}}
	at := func(where, kind string) check.Place { return check.Place{Where: where, Kind: kind, Masked: "…"} }
	got := secrets([]check.Exhibit{{Part: "stranger", Places: []check.Place{
		at("/id", "id"), at("/mail", "email"), at("/total", "text"), at("/list/1", "declared"), at("/n", "text"),
		at("header location", "text"), at("/list/9", "text"), at("/mail/x", "text"), at("body byte 26", "text"),
	}}}, func(evidence.Ref) *evidence.Exchange { return ex })
	var values []string
	for _, s := range got {
		values = append(values, s.value)
	}
	want := []string{"anna@acme.test", "anna@acme.test", "Anna Acker", "/u/anna", "18450"}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("hidden values, the longest first (-want +got):\n%s", diff)
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add([]byte(`{"a":["secret",{"b":null}]}`), "/a/0")
	f.Add([]byte("<p>secret"), "body byte 3")
	f.Fuzz(func(t *testing.T, body []byte, where string) {
		ex := &evidence.Exchange{Response: &evidence.Response{Body: body}}
		place := check.Place{Where: where, Kind: "text", Masked: "s…"}
		hidden := secrets([]check.Exhibit{{Places: []check.Place{place}}}, func(evidence.Ref) *evidence.Exchange { return ex })
		if got := flat(excerpt(body, []check.Place{place}, hidden)); len(got) > 4*excerptBytes {
			t.Errorf("%d bytes are shown", len(got))
		}
	})
}
