package gather_test

import (
	"testing"

	"github.com/launchready/launchready/internal/gather"
)

func TestIDBesideATag(t *testing.T) {
	t.Parallel()
	const tag = "lrc-abcdefghijkl"
	for name, tt := range map[string]struct{ body, want string }{
		"an id of its own":              {`{"items":[{"id":7,"name":"other"},{"id":8,"name":"lrc-abcdefghijkl"}]}`, "8"},
		"in a part of the object":       {`[{"id":"n-1","body":{"text":"see lrc-abcdefghijkl"}}]`, "n-1"},
		"named by the tag":              {`{"users":[{"username":"lrc-abcdefghijkl","email":"lrc-abcdefghijkl@a.test"}]}`, tag},
		"the tag is one of its texts":   {`{"users":[{"about":"lrc-abcdefghijkl and more"}]}`, ""},
		"two fields that could name it": {`[{"title":"lrc-abcdefghijkl","alias":"lrc-abcdefghijkl"}]`, ""},
		"not there":                     {`[{"id":1}]`, ""},
		"no JSON":                       {`<p>lrc-abcdefghijkl</p>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := gather.IDBeside([]byte(tt.body), tag); got != tt.want {
				t.Errorf("id %q, want %q", got, tt.want)
			}
		})
	}
}
