package replay

import (
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// Request is the request of ex as it can be sent again: without the
// credentials, which the session that sends it puts back, and without the
// fields that wire writes itself.
func Request(ex *evidence.Exchange) wire.Request {
	r := wire.Request{
		Method: ex.Request.Method, URL: ex.Request.URL, Target: ex.Request.Target, Body: ex.Request.Body,
		By: "replay", For: ex.For, HTTP1: strings.HasPrefix(ex.Request.Proto, "HTTP/1"),
	}
	for _, f := range ex.Request.Header {
		switch strings.ToLower(f.Name) {
		case "host", "user-agent", "x-launchready-run", "accept-encoding", "content-length", "connection":
			continue
		}
		if !redacted.MatchString(f.Value) {
			r.Header = append(r.Header, f)
		}
	}
	return r
}
