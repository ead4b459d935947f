package wire

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

func TestScope(t *testing.T) {
	t.Parallel()
	s, err := newScope(&portal.Target{URL: "https://Portal.Example.com/app/", Also: []string{"http://api.example.com:8080", "https://bücher.example", "http://[::1]:9"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ in, want string }{
		"path":                    {"/x", "https://Portal.Example.com/app/x"},
		"case and port":           {"HTTPS://PORTAL.example.com:443/x", "https://PORTAL.example.com:443/x"},
		"trailing dot":            {"https://portal.example.com./x", "https://portal.example.com./x"},
		"also":                    {"http://api.example.com:8080/x", "http://api.example.com:8080/x"},
		"idn in unicode":          {"https://BÜCHER.example/x", "https://xn--bcher-kva.example/x"},
		"idn in ascii":            {"https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"},
		"websocket":               {"wss://portal.example.com/ws", "https://portal.example.com/ws"},
		"address spelled long":    {"http://[0:0:0:0:0:0:0:1]:9/", "http://[0:0:0:0:0:0:0:1]:9/"},
		"fragment is dropped":     {"/x#frag", "https://Portal.Example.com/app/x"},
		"scheme-relative":         {"//portal.example.com/x", "https://portal.example.com/x"},
		"other scheme":            {"http://portal.example.com/x", ""},
		"other port":              {"https://portal.example.com:8443/x", ""},
		"other host":              {"https://evil.example.com/x", ""},
		"subdomain":               {"https://a.portal.example.com/x", ""},
		"suffix":                  {"https://portal.example.com.evil.test/x", ""},
		"scheme-relative foreign": {"//evil.test/x", ""},
		"userinfo":                {"https://portal.example.com@evil.test/x", ""},
		"userinfo in scope":       {"https://a:b@portal.example.com/x", ""},
		"file":                    {"file:///etc/passwd", ""},
		"opaque":                  {"mailto:a@b.test", ""},
		"no host":                 {"https:///x", ""},
		"broken":                  {"https://portal.example.com/%zz", ""},
		"also without its port":   {"http://api.example.com/x", ""},
	} {
		u, _, err := s.resolve(test.in)
		switch {
		case test.want == "" && !errors.Is(err, ErrScope):
			t.Errorf("%s: %s is let through as %v (%v)", name, test.in, u, err)
		case test.want != "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.want != "" && u.String() != test.want:
			t.Errorf("%s: got %s, want %s", name, u, test.want)
		}
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]*portal.Target{
		"none":        nil,
		"credentials": {URL: "https://a:b@h"},
		"ftp":         {URL: "ftp://h"},
		"no host":     {URL: "https://"},
		"bad also":    {URL: "https://h", Also: []string{"h2"}},
		"missing ca":  {URL: "https://h", CA: "/nowhere/ca.pem"},
	} {
		if _, err := New(Config{Target: target}); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: the error tells the credentials: %v", name, err)
		}
	}
}

func TestEffects(t *testing.T) {
	t.Parallel()
	never := []portal.Pattern{{Method: "DELETE", Path: "/api/me"}, {Path: "/createdb"}, {Method: "GET", Path: "/Admin/*"}}
	form := []evidence.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	json := []evidence.Field{{Name: "Content-Type", Value: "application/json"}}
	override := []evidence.Field{{Name: "x-http-method-override", Value: "delete"}}
	look := []portal.Effect{portal.Look}
	write := []portal.Effect{portal.Look, portal.Write}
	for name, test := range map[string]struct {
		allow []portal.Effect
		r     Request
		want  error
	}{
		"get":                         {look, Request{URL: "/x"}, nil},
		"lower-case get":              {look, Request{Method: "get", URL: "/x"}, nil},
		"trace":                       {look, Request{Method: "TRACE", URL: "/x"}, nil},
		"post":                        {look, Request{Method: "POST", URL: "/x"}, ErrRefused},
		"post granted":                {write, Request{Method: "POST", URL: "/x"}, nil},
		"post that looks":             {look, Request{Method: "POST", URL: "/graphql", Effect: portal.Look}, nil},
		"get that writes":             {look, Request{URL: "/x", Effect: portal.Write}, ErrRefused},
		"unknown method":              {look, Request{Method: "FROB", URL: "/x"}, ErrRefused},
		"mail":                        {write, Request{Method: "POST", URL: "/reset", Effect: portal.Mail}, ErrRefused},
		"override header":             {look, Request{URL: "/x", Header: override}, ErrRefused},
		"override in query":           {look, Request{URL: "/x?_method=PUT"}, ErrRefused},
		"override in raw query":       {look, Request{URL: "/x", Target: "/x?_method=PUT"}, ErrRefused},
		"override in form":            {look, Request{URL: "/x", Header: form, Body: []byte("_method=PATCH")}, ErrRefused},
		"connect":                     {write, Request{Method: "CONNECT", URL: "/x"}, ErrRefused},
		"never":                       {write, Request{URL: "/createdb"}, ErrNever},
		"never by other method":       {write, Request{Method: "DELETE", URL: "/api/me", EndsSession: true}, ErrNever},
		"never not by get":            {write, Request{URL: "/api/me"}, nil},
		"never by override":           {write, Request{Method: "POST", URL: "/api/me", Header: override}, ErrNever},
		"never by json override":      {write, Request{Method: "POST", URL: "/api/me", Header: json, Body: []byte(`{"_method":"DELETE"}`)}, ErrNever},
		"never encoded":               {write, Request{URL: "/%63reatedb"}, ErrNever},
		"never encoded twice":         {write, Request{URL: "/%2563reatedb"}, ErrNever},
		"never with dots":             {write, Request{URL: "/x/../createdb"}, ErrNever},
		"never with encoded dots":     {write, Request{URL: "/x", Target: "/x/%2e%2e/createdb"}, ErrNever},
		"never in another case":       {write, Request{URL: "/CreateDB"}, ErrNever},
		"never with slash":            {write, Request{URL: "/createdb/"}, ErrNever},
		"never with extension":        {write, Request{URL: "/createdb.json"}, ErrNever},
		"never with parameter":        {write, Request{URL: "/createdb;a=b"}, ErrNever},
		"never behind a matrix trick": {write, Request{URL: "/x", Target: "/x/..;/createdb"}, ErrNever},
		"never by double slash":       {write, Request{URL: "/x", Target: "//createdb"}, ErrNever},
		"never by backslash":          {write, Request{URL: "/x", Target: `/x\..\createdb`}, ErrNever},
		"never by full-width slash":   {write, Request{URL: "/x", Target: "/x/..\uff0fcreatedb"}, ErrNever},
		"never by rewriting header":   {write, Request{URL: "/x", Header: []evidence.Field{{Name: "X-Original-URL", Value: "/createdb"}}}, ErrNever},
		"never by absolute form":      {write, Request{URL: "/x", Target: "http://h.test/createdb"}, ErrNever},
		"never by null byte":          {write, Request{URL: "/createdb%00"}, ErrNever},
		"never below a wildcard":      {write, Request{URL: "/admin/users"}, ErrNever},
		"never below the base path":   {write, Request{URL: "/base/createdb"}, ErrNever},
		"logout":                      {write, Request{Method: "POST", URL: "/auth/logout"}, ErrRefused},
		"logout by get":               {look, Request{URL: "/sign-out.php?x=1"}, ErrRefused},
		"logout encoded":              {look, Request{URL: "/log%6Fut"}, ErrRefused},
		"logout on purpose":           {look, Request{URL: "/logout", EndsSession: true}, nil},
		"delete me":                   {write, Request{Method: "DELETE", URL: "/users/me"}, ErrRefused},
		"delete session":              {write, Request{Method: "DELETE", URL: "/api/session"}, ErrRefused},
		"delete current session":      {write, Request{Method: "DELETE", URL: "/api/sessions/current"}, ErrRefused},
		"look at session":             {look, Request{URL: "/api/session"}, nil},
		"delete another thing":        {write, Request{Method: "DELETE", URL: "/api/invoices/7"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := "http://h.test"
			if strings.Contains(name, "base path") {
				base += "/base"
			}
			c, _ := newClient(t, base, func(c *Config) { c.Never, c.Target.Allow = never, test.allow })
			_, err := c.Agent("alice").prepare(test.r)
			if !errors.Is(err, test.want) || (test.want == nil && err != nil) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, "http://127.0.0.1:9", nil)
	for name, r := range map[string]Request{
		"line break in header":  {URL: "/", Header: []evidence.Field{{Name: "X-A", Value: "a\r\nX-B: c"}}},
		"line break in name":    {URL: "/", Header: []evidence.Field{{Name: "X-A\r\nX-B", Value: "c"}}},
		"line break in target":  {URL: "/", Target: "/ HTTP/1.1\r\nX: y"},
		"space in target":       {URL: "/", Target: "/a b"},
		"line break in method":  {URL: "/", Method: "GET / HTTP/1.1\r\n"},
		"line break in host":    {URL: "/", Host: "a\r\nb"},
		"foreign absolute form": {URL: "/", Target: "http://evil.test/"},
		"two kinds of framing":  {URL: "/", Target: "/", Header: []evidence.Field{{Name: "Content-Length", Value: "1"}, {Name: "transfer-encoding", Value: "chunked"}}},
	} {
		if ans, err := c.Agent("x").Do(t.Context(), r); err == nil || ans != nil {
			t.Errorf("%s: sent", name)
		}
	}
	if c.Sent() != 0 || c.Refused() != 8 || len(l.all()) != 0 {
		t.Errorf("sent %d, refused %d, recorded %d", c.Sent(), c.Refused(), len(l.all()))
	}
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		r    Request
		want bool
	}{
		"get":      {Request{URL: "/x"}, true},
		"post":     {Request{Method: "POST", URL: "/x"}, false},
		"declared": {Request{Method: "POST", URL: "/x", Effect: portal.Look}, true},
		"sign-in":  {Request{URL: "/x", Effect: portal.SignIn}, false},
		"override": {Request{URL: "/x?_method=delete"}, false},
	} {
		if got := Safe(test.r); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestDialledAddressIsChecked(t *testing.T) {
	t.Parallel()
	for address, bad := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "169.254.169.254:80": true, "[fe80::1%eth0]:80": true,
		"0.0.0.0:80": true, "[::]:80": true, "[::ffff:127.0.0.1]:80": true, "[64:ff9b::7f00:1]:80": true, "224.0.0.1:80": true,
		"100.100.100.200:80": true, "[fd00:ec2::254]:80": true, "not an address": true,
		"93.184.216.34:80": false, "10.0.0.7:80": false, "192.168.1.1:80": false, "[2606:2800::1]:80": false,
	} {
		if err := checkAddress("h.test", address); (err != nil) != bad || (bad && !errors.Is(err, ErrScope)) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	addr := strings.TrimPrefix(s.URL, "http://")
	host, port, _ := strings.Cut(addr, ":")
	for name, test := range map[string]struct {
		url     string
		resolve map[string]string
	}{
		"host to address":          {"http://portal.test", map[string]string{"portal.test": addr}},
		"host and port to address": {"http://portal.test:81", map[string]string{"portal.test:81": addr, "portal.test:82": "127.0.0.1:1"}},
		"port is kept":             {"http://Portal.test:" + port, map[string]string{"PORTAL.test": host}},
	} {
		c, _ := newClient(t, test.url, func(c *Config) { c.Target.Resolve = test.resolve })
		for _, target := range []string{"", "/raw"} {
			ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/", Target: target})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			u, _ := url.Parse(test.url)
			if string(ans.Body) != u.Host {
				t.Errorf("%s: host header %q", name, ans.Body)
			}
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"http://localhost:1": true, "http://a.localhost/": true, "http://127.1.2.3": true, "https://[::1]/": true,
		"http://LOCALHOST.": true, "http://example.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false, "%": false,
	} {
		if got := Loopback(in); got != want {
			t.Errorf("%s: got %v", in, got)
		}
	}
	for name, test := range map[string]struct {
		target   portal.Target
		rate     float64
		inFlight int
	}{
		"elsewhere": {portal.Target{URL: "https://portal.test"}, 10, 4},
		"loopback":  {portal.Target{URL: "http://localhost:8"}, 200, 16},
		"mapped":    {portal.Target{URL: "https://portal.test", Resolve: map[string]string{"portal.test": "127.0.0.1:8"}}, 200, 16},
		"said so":   {portal.Target{URL: "http://localhost:8", Rate: 3, InFlight: 2}, 3, 2},
	} {
		if rate, inFlight := Pace(&test.target); rate != test.rate || inFlight != test.inFlight {
			t.Errorf("%s: %v, %v", name, rate, inFlight)
		}
	}
}
