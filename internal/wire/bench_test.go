package wire

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/portal"
)

// BenchmarkExchange measures our own work on one exchange of a usual size:
// redact it, write it into the bundle, and take it apart for comparing.
func BenchmarkExchange(b *testing.B) {
	w, err := bundle.Create(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	c, err := New(Config{Target: &portal.Target{URL: "http://127.0.0.1:9", Allow: []portal.Effect{portal.Look}}, Record: w.Record})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for i := range 100 {
		c.Redactor().Add("cookie", fmt.Sprintf("session-%d-0123456789abcdef", i*7919))
	}
	var rows strings.Builder
	for i := range 60 {
		fmt.Fprintf(&rows, `{"id":%d,"name":"Invoice number %d","note":"a free text that says something","email":"user%d@acme.test"},`, i, i, i)
	}
	t, err := c.Agent("alice").prepare(Request{URL: "/api/invoices", Header: []evidence.Field{{Name: "Authorization", Value: "Bearer abcdefghijkl"}}})
	if err != nil {
		b.Fatal(err)
	}
	t.response = &received{status: 200, proto: "HTTP/1.1"}
	t.header = http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"sid=0123456789abcdefgh; Path=/"}}
	body := []byte(`{"items":[` + strings.TrimSuffix(rows.String(), ",") + `]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for seq := int64(0); b.Loop(); seq++ {
		t.keep(body)
		e, _, err := c.store(t.exchange(seq, c.bounds.recorded))
		if err != nil {
			b.Fatal(err)
		}
		if v := normal.Of(e, normal.Mask{}); v.Normal() == "" || len(v.Fields) == 0 {
			b.Fatal("nothing to compare")
		}
	}
}
