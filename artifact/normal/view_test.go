package normal_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

func TestFields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, media, body string
		family            normal.Family
		want              []string // pointer=value
	}{
		{"json", "application/json", `{"b":[1,{"c":"x"}],"a":null,"e":[]}`, normal.JSON, []string{"/a=", "/b/0=1", "/b/1/c=x", "/e="}},
		{"ndjson", "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n", normal.JSON, []string{"/0/a=1", "/1/a=2"}},
		{"events", "text/event-stream", "event: x\ndata: {\"a\":1}\n\ndata: {\"a\":2}\n\n", normal.JSON, []string{"/0/a=1", "/1/a=2"}},
		{"bom", "application/json", "\ufeff{\"a\":1}", normal.JSON, []string{"/a=1"}},
		{"guard", "application/json", ")]}',\n{\"a\":1}", normal.JSON, []string{"/a=1"}},
		{"json as html", "text/html", ` {"a":1}`, normal.JSON, []string{"/a=1"}},
		{"broken json", "application/json", `{"a":1`, normal.Text, []string{`line 1={"a":1`}},
		{"csv", "text/csv", "a;b\n1;\"x;y\"\n", normal.Text, []string{"row 2=1", "row 2=x;y"}},
		{"vcard", "text/vcard", "BEGIN:VCARD\nFN:Ann\n  Lee\nEND:VCARD\n", normal.Text, []string{"line 2=Ann Lee"}},
		{"xml", "application/xml", `<?xml version="1.0"?><r id="7"><n>Ann &amp; Co</n><![CDATA[raw]]></r>`, normal.XML, []string{"attribute r id=7", "element n=Ann & Co", "element n=raw"}},
		{"html", "text/html", "<p>One <b>two</b></p><p>three</p><script>var s = {\"k\":\"v\"};</script><!-- c --><img alt=four class=x>", normal.HTML, []string{"line 1=One two", "line 2=three", "script 1 /k=v", "img alt=four"}},
		{"unlabelled html", "", "<!DOCTYPE html><p>x", normal.HTML, []string{"line 1=x"}},
		{"binary", "application/pdf", "%PDF\x00\x01\xff\xfe", normal.Binary, nil},
		{"none", "application/json", "", normal.None, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := view(answer("/x", 200, tt.media, tt.body))
			var got []string
			for _, l := range v.Fields {
				got = append(got, l.Pointer+"="+l.Value)
			}
			if v.Family != tt.family {
				t.Errorf("family %s, want %s", v.Family, tt.family)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVolatilePointers(t *testing.T) {
	t.Parallel()
	a := answer("/x", 200, "application/json", `{"n":1,"items":[{"id":1,"seen":4},{"id":2,"seen":5}],"meta":{"x":"a"}}`)
	b := answer("/x", 200, "application/json", `{"n":2,"items":[{"id":1,"seen":6},{"id":2,"seen":7}],"meta":{"x":"a"},"more":1}`)
	got := normal.VolatilePointers(a, b)
	want := []string{"/items/*/seen", "/n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pointers (-want +got):\n%s", diff)
	}
	m := normal.Mask{Volatile: append(got, "/more")}
	b2 := answer("/x", 200, "application/json", `{"n":3,"items":[{"id":1,"seen":0},{"id":2,"seen":9}],"meta":{"x":"a"}}`)
	if !normal.Same(normal.Of(a, m), normal.Of(b2, m)) {
		t.Error("with the volatile pointers masked the answers are not the same")
	}
}

func TestKnownIDsAreKept(t *testing.T) {
	t.Parallel()
	a := answer("/x", 200, "application/json", `{"ref":"7d444840-9dc0-11d1-b245-5ffdce74fad2"}`)
	b := answer("/x", 200, "application/json", `{"ref":"8d444840-9dc0-11d1-b245-5ffdce74fad2"}`)
	m := normal.Mask{Known: map[string]bool{"7d444840-9dc0-11d1-b245-5ffdce74fad2": true}}
	if normal.Same(normal.Of(a, m), normal.Of(b, m)) {
		t.Error("a known id and another are the same")
	}
	if !normal.Same(view(a), view(b)) {
		t.Error("two unknown ids are not the same")
	}
}

// TestReadings proves that an encoded text is found, and that its place leads
// back into the body.
func TestReadings(t *testing.T) {
	t.Parallel()
	const secret = "merger with initech"
	tests := map[string]string{
		"plain":          "x   Merger  with Initech",
		"newline":        "Merger\n\t with Initech",
		"entity":         "Merger &#119;ith&nbsp;Initech",
		"json escape":    `Merger \u0077ith Initech`,
		"surrogate":      `\ud83d\ude80 Merger with Initech`,
		"percent":        "Merger%20with%20Initech",
		"nested":         `{&quot;a&quot;:&quot;Merger \u0077ith Initech&quot;}`,
		"escaped escape": `{"a":"{\"b\":\"Merger \\u0077ith Initech\"}"}`,
		"base64":         "see " + base64.StdEncoding.EncodeToString([]byte("the Merger with Initech!")),
		"base64 lines":   base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 45))) + "\r\n" + base64.StdEncoding.EncodeToString([]byte("Merger with Initech")),
		"base64 in path": "/files/" + base64.RawURLEncoding.EncodeToString([]byte("Merger with Initech")) + "/raw",
		"json in base64": base64.StdEncoding.EncodeToString([]byte(`{"a":"Merger \u0077ith Initech"}`)),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range normal.Readings(body) {
				if i := strings.Index(r.S, secret); i >= 0 {
					if at := r.Offset(i); at < 0 || at >= len(body) {
						t.Errorf("offset %d is outside of %d bytes", at, len(body))
					}
					return
				}
			}
			t.Errorf("not found in any reading of %q", body)
		})
	}
	r := normal.Readings(`caf\u00e9  &amp; Merger`)
	for _, f := range r {
		if i := strings.Index(f.S, "merger"); i >= 0 && f.Offset(i) != 17 {
			t.Errorf("in %q: offset %d, want 17", f.S, f.Offset(i))
		}
	}
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		key, value string
		want       bool
	}{
		{"x", "2026-01-02", true},
		{"x", "2026-01-02T03:04:05Z", true},
		{"x", "2026-01-02 03:04:05.123456+02:00", true},
		{"x", "Mon, 02 Jan 2026 15:04:05 GMT", true},
		{"x", "15:04:05", true},
		{"createdAt", "1760000000", true},
		{"account", "1760000000", false},
		{"created_at", "1760000000123", true},
		{"x", "2026-01-02 at noon", false},
		{"x", "AC-2026-01", false},
	} {
		if got := normal.Timestamp(v.key, v.value); got != v.want {
			t.Errorf("Timestamp(%q, %q) = %v, want %v", v.key, v.value, got, v.want)
		}
	}
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 100<<10)
	tests := map[string]string{
		"deep arrays":     strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"too deep":        strings.Repeat("[", 200_000),
		"many leaves":     "[" + strings.Repeat("0,", 100_000) + "0]",
		"long keys":       `{"` + long + `":{"` + long + `":[` + strings.Repeat("0,", 50_000) + `0]}}`,
		"open tags":       strings.Repeat("<a ", 100_000),
		"open quotes":     strings.Repeat(`<a b="`, 60_000),
		"open scripts":    strings.Repeat("<script></", 40_000),
		"ampersands":      strings.Repeat("&amp", 100_000),
		"escapes":         strings.Repeat(`\u`, 200_000),
		"base64":          strings.Repeat("QUJD", 120_000),
		"base64 slashes":  strings.Repeat("/", 400_000),
		"brackets in doc": "<script>" + strings.Repeat("{", 200_000) + strings.Repeat("}", 200_000) + "</script>",
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, media := range []string{"application/json", "text/html", "text/csv", "application/xml"} {
				v := view(answer("/x", 200, media, body))
				if len(v.Fields) > 20_000 {
					t.Errorf("%s: %d fields, want 20,000 at most", media, len(v.Fields))
				}
				if v.Normal() == "" || len(v.Texts()) == 0 {
					t.Errorf("%s: no normal form or no text", media)
				}
			}
		})
	}
	if v := view(answer("/x", 200, "application/json", "["+strings.Repeat("0,", 100_000)+"0]")); normal.Same(v, v) {
		t.Error("an answer that was not seen whole is the same as itself")
	}
}

// bodies draws bodies of every family.
func bodies() *rapid.Generator[*evidence.Exchange] {
	return rapid.Custom(func(t *rapid.T) *evidence.Exchange {
		word := rapid.SampledFrom([]string{"id", "name", "Ann", "17", "2026-01-02T03:04:05Z", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "[redacted:csrf:00aa11bb]", "x9Y8z7W6v5U4t3", "<b>", "&amp;", "\\u00e9", "‹echo›", "é", "/x/17"})
		words := rapid.SliceOfN(word, 0, 12).Draw(t, "words")
		media := rapid.SampledFrom([]string{"application/json", "text/html", "text/plain", "text/csv", "application/xml", ""}).Draw(t, "media")
		body := strings.Join(words, " ")
		if media == "application/json" {
			var b strings.Builder
			for i, w := range words {
				fmt.Fprintf(&b, "%q:%q,", fmt.Sprintf("k%d", i%4), w)
			}
			body = "{" + strings.TrimSuffix(b.String(), ",") + "}"
		}
		return answer("/x/17", rapid.SampledFrom([]int{200, 302, 404}).Draw(t, "status"), media, body)
	})
}

func TestProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ea, eb := bodies().Draw(t, "a"), bodies().Draw(t, "b")
		a, b := view(ea), view(eb)
		j := normal.Jaccard(a, b)
		if j < 0 || j > 1 {
			t.Fatalf("Jaccard = %v, want 0 to 1", j)
		}
		if back := normal.Jaccard(b, a); back != j {
			t.Fatalf("Jaccard = %v one way, %v the other", j, back)
		}
		if self := normal.Jaccard(a, view(ea)); self != 1 {
			t.Fatalf("Jaccard with itself = %v, want 1", self)
		}
		if !normal.Same(a, view(ea)) || !normal.Same(a, a.With(normal.Mask{})) {
			t.Fatal("an answer is not the same as itself")
		}
		if normal.Same(a, b) != normal.Same(b, a) {
			t.Fatal("Same is not symmetric")
		}
		for _, s := range []string{string(ea.Body()), string(eb.Body())} {
			if once := normal.Fold(s); normal.Fold(once) != once {
				t.Fatalf("Fold is not idempotent on %q", s)
			}
		}
	})
}

func FuzzView(f *testing.F) {
	for _, body := range []string{`{"a":[1,{"b":"x"}]}`, ")]}'\n[1]", `<p a="b">x<script>{"y":1}</script>`, "a;b\n1;2\n", "BEGIN:VCARD\nFN:x", "&#x41;\\u0041%41QUFBQUFBQUFBQUFB", "<![CDATA[", "[redacted:csrf:12]"} {
		f.Add(body, "application/json")
		f.Add(body, "text/html")
		f.Add(body, "text/csv")
		f.Add(body, "application/xml")
	}
	f.Fuzz(func(t *testing.T, body, media string) {
		v := view(answer("/x/17?y="+strings.ToValidUTF8(body[:min(len(body), 8)], ""), 200, media, body))
		if v.Normal() == "" {
			t.Error("no normal form")
		}
		if j := normal.Jaccard(v, v); j != 1 {
			t.Errorf("Jaccard with itself = %v", j)
		}
		normal.Content(v)
		for _, id := range normal.IDs(v) {
			if normal.Format(id.Value) != id.Format {
				t.Errorf("id %q is listed as %s", id.Value, id.Format)
			}
		}
		for _, r := range v.Texts() {
			for i := 0; i < len(r.S); i += 1 + len(r.S)/8 {
				if at := r.Offset(i); at < 0 {
					t.Errorf("offset %d", at)
				}
			}
		}
	})
}

func BenchmarkView(b *testing.B) {
	item := `{"id":"7d444840-9dc0-11d1-b245-5ffdce74fad2","number":"AC-2026-0042","customer":{"name":"Acme Rockets Ltd","email":"carla@acme.test"},"subject":"Merger with Initech","total":15840.75,"createdAt":"2026-03-01T10:00:00Z"},`
	for name, ex := range map[string]*evidence.Exchange{
		"json": answer("/api/invoices", 200, "application/json", `{"items":[`+strings.Repeat(item, 16)+`{}]}`),
		"html": answer("/invoices", 200, "text/html", "<html><body>"+strings.Repeat(`<tr class="r"><td>AC-2026-0042</td><td><a href="/invoices/42">Acme Rockets &amp; Co</a></td></tr>`, 40)+"</body></html>"),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(ex.Body())))
			b.ReportAllocs()
			for b.Loop() {
				v := view(ex)
				v.Normal()
				v.Texts()
			}
		})
	}
}
