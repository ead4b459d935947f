package cors

import (
	"net/url"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/setcookie"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

func get(path string) wire.Request {
	return wire.Request{Method: "GET", URL: path, Effect: portal.Look}
}

// studied is the study of the cookies that a site sets.
func studied(t *testing.T, base, attributes string) *artifact.CookieStudy {
	t.Helper()
	at, err := url.Parse(base + "/in")
	if err != nil {
		t.Fatal(err)
	}
	c, ok := setcookie.Parse("sid=x; "+attributes, at, time.Now())
	if !ok {
		t.Fatalf("%q is no cookie", attributes)
	}
	return &artifact.CookieStudy{Target: base, Jars: []artifact.CookieJar{{
		Who: "ann", Sends: "cookie", Lives: artifact.Lives{Control: true, Only: true},
		Cookies: []artifact.Cookie{{Name: "sid", Session: true, Set: []artifact.CookieSet{c.CookieSet}}},
	}}}
}
