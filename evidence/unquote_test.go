package evidence

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzBody holds decoding against encoding/json: the same text, or the same refusal.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`""`, `"plain"`, `"a\\b\"c\/d\n\t\r\b\f"`, `"\u003cb\u003e \u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\x"`, `"a"b"`, `"`, `"\"`,
		`{"base64":"/wA="}`, `null`, `12`, "\"\xff\"", "\"a\nb\"", `"\u+123"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // the decoder never hands it over
		}
		var want string
		if json.Unmarshal(raw, &want) != nil {
			return
		}
		var got Body
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("decode %q: %v", raw, err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("decode %q (-want +got):\n%s", raw, diff)
		}
	})
}

func TestBodyRoundTrip(t *testing.T) {
	t.Parallel()
	for _, want := range []Body{
		Body("plain"), Body("a\"b\\c/d\n\t\x00\u2028<&>é😀"), Body("\xff\x00binary"), Body(`{"json":"\\u0041"}`),
	} {
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Body
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("decode %s: %v", raw, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	}
}
