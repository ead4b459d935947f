package leakage

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
)

func answer(status int, kind, body string, header ...string) *evidence.Exchange {
	ex := &evidence.Exchange{
		Request:  evidence.Request{Method: "GET", URL: "http://portal.test/api/items/7"},
		Response: &evidence.Response{Status: status, Body: evidence.Body(body), Header: []evidence.Field{{Name: "Content-Type", Value: kind}}},
	}
	for i := 0; i+1 < len(header); i += 2 {
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: header[i], Value: header[i+1]})
	}
	return ex
}

// classes are the classes of what counts, each once.
func classes(ex *evidence.Exchange) []string {
	var out []string
	for _, h := range Of(ex) {
		if !h.Stored && !slices.Contains(out, h.Class) {
			out = append(out, h.Class)
		}
	}
	slices.Sort(out)
	return out
}

const (
	jsonType, htmlType = "application/json", "text/html; charset=utf-8"
)

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(b)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, body string
		want       []string
	}{
		"python":            {jsonType, `{"detail":` + quoted("Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in f\nKeyError: 'x'") + `}`, []string{Trace}},
		"node in html":      {htmlType, "<pre>TypeError: Cannot read properties of undefined (reading &#39;id&#39;)<br> &nbsp; &nbsp;at /app/routes/items.js:12:20<br> &nbsp; &nbsp;at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)</pre>", []string{Trace}},
		"node as a list":    {jsonType, `{"error":{"trace":["at show (/app/dist/a.js:1:2)","at run (/app/dist/b.js:3:4)"]}}`, []string{Trace}},
		"java":              {"text/plain", "java.lang.IllegalStateException: x\n\tat com.acme.items.Service.show(Service.java:42)\n\tat java.base/java.lang.Thread.run(Thread.java:840)", []string{Trace}},
		"spring with trace": {jsonType, `{"timestamp":"2026-01-01","status":500,"error":"Internal Server Error","trace":` + quoted("java.lang.RuntimeException: boom\r\n\tat com.acme.A.b(A.java:7)\r\n") + `}`, []string{Trace}},
		"go panic":          {"text/plain", "panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 34 [running]:\nmain.show(0xc000)\n\t/src/main.go:20 +0x1d", []string{Trace}},
		"go message":        {jsonType, `{"error":"runtime error: index out of range [3] with length 2"}`, []string{Trace}},
		"php":               {htmlType, "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function x() in /var/www/html/a.php:3\nStack trace:\n#0 {main}\n  thrown in <b>/var/www/html/a.php</b> on line <b>3</b><br />", []string{Trace}},
		"laravel json":      {jsonType, `{"message":"Server Error","exception":"ErrorException","file":"/var/www/app/Http/A.php","line":31,"trace":[{"file":"/var/www/vendor/x.php","line":3,"function":"y"},{"file":"/var/www/public/index.php","line":52,"function":"z"}]}`, []string{Trace}},
		"ruby":              {jsonType, `{"error":"undefined method 'name' for nil","traces":["app/controllers/items_controller.rb:12:in 'show'"]}`, []string{Trace}},
		"dotnet":            {"text/plain", "System.NullReferenceException: Object reference not set to an instance of an object.\r\n   at Portal.Items.Show(Int32 id) in /src/Items.cs:line 42", []string{Trace}},
		"rust":              {"text/plain", "thread 'tokio-runtime-worker' panicked at src/main.rs:12:34:\ncalled `Option::unwrap()` on a `None` value", []string{Trace}},
		"elixir":            {"text/plain", "** (FunctionClauseError) no function clause matching\n    (portal 0.1.0) lib/portal/items.ex:12: Portal.Items.show/1", []string{Trace}},
		"json in json":      {jsonType, `{"message":` + quoted(`{"error":{"stack":"Error: x\n    at a (/app/a.js:1:2)"}}`) + `}`, []string{Trace}},
		"windows path":      {jsonType, `{"error":"at Portal.Show() in C:\\new\\app\\test.cs:line 12"}`, []string{Trace}},
		"long stack":        {jsonType, `{"stack":` + quoted("Error: it broke\n"+strings.Repeat("frame of some kind (unknown)\n", 6)) + `}`, []string{Trace}},
		"postgres":          {jsonType, `{"error":"pq: duplicate key value violates unique constraint \"items_pkey\""}`, []string{Database}},
		"mysql":             {jsonType, `{"error":"ER_PARSE_ERROR: You have an error in your SQL syntax; check the manual"}`, []string{Database}},
		"sqlite":            {jsonType, `{"error":"SQLITE_ERROR: near \"'\": syntax error"}`, []string{Database}},
		"oracle":            {"text/plain", "ORA-01722: invalid number", []string{Database}},
		"sql server":        {"text/plain", "Unclosed quotation mark after the character string ''.", []string{Database}},
		"mongo":             {jsonType, `{"message":"E11000 duplicate key error collection: portal.items index: _id_"}`, []string{Database}},
		"mongoose":          {jsonType, `{"message":"Cast to ObjectId failed for value \"x\" (type string) at path \"_id\" for model \"Item\""}`, []string{Database}},
		"prisma":            {jsonType, `{"name":"PrismaClientKnownRequestError"}`, []string{Database}},
		"sequelize":         {jsonType, `{"name":"SequelizeDatabaseError","sql":"SELECT id, name FROM items WHERE id = 'x' LIMIT 1"}`, []string{Database}},
		"hibernate":         {jsonType, `{"message":"could not execute statement; SQL [n/a]; nested exception is org.hibernate.exception.DataException"}`, []string{Database}},
		"django page":       {htmlType, "<h1>OperationalError at /items</h1><p>no such table: items</p><p>You&#x27;re seeing this error because you have <code>DEBUG = True</code></p>", []string{Database, DebugPage}},
		"whitelabel":        {htmlType, "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error</p>", []string{Internal}},
		"whitelabel trace":  {htmlType, "<h1>Whitelabel Error Page</h1><div>java.lang.X</div><div>at com.acme.A.b(A.java:7)</div>", []string{DebugPage, Trace}},
		"symfony":           {htmlType, "<!-- Symfony Exception --><title>No route found (404 Not Found)</title>", []string{DebugPage}},
		"parser":            {jsonType, `{"error":"invalid character 'u' looking for beginning of object key string"}`, []string{Internal}},
		"node message":      {jsonType, `{"error":"Cannot read properties of undefined (reading 'id')"}`, []string{Internal}},
		"two frames":        {jsonType, `{"error":"it failed in handlers.lua","where":"error at items.cs:12\n from Items.cs:80 error"}`, []string{Trace}},

		"plain":            {htmlType, "<h1>Internal Server Error</h1>", nil},
		"problem":          {"application/problem+json", `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The request could not be completed.","instance":"urn:uuid:8f0c"}`, nil},
		"validation":       {jsonType, `{"errors":{"email":"must be an e-mail address","name":"select one from the list where it fits"}}`, nil},
		"duplicate":        {jsonType, `{"error":"Duplicate entry: this e-mail address is already registered"}`, nil},
		"constraint":       {jsonType, `{"error":"The table you selected does not exist any more"}`, nil},
		"update sentence":  {jsonType, `{"error":"Please update your settings and delete from the list where needed."}`, nil},
		"warning":          {jsonType, `{"error":"Warning: the file is on line 3 of the form"}`, nil},
		"own address":      {jsonType, `{"error":"no page at /app/invoices or /data/items","path":"/api/items/7"}`, nil},
		"time":             {jsonType, `{"error":"not before 10:15:30, ask at 8:00:00"}`, nil},
		"version":          {jsonType, `{"error":"update to 10.2.3 first"}`, nil},
		"stack of nothing": {jsonType, `{"stack":"production"}`, nil},
		"nginx":            {htmlType, "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, classes(answer(500, test.kind, test.body))); diff != "" {
				t.Errorf("classes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	trace := "Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in f"
	for name, test := range map[string]struct {
		ex   *evidence.Exchange
		want []string
	}{
		"a ticket with a trace":       {answer(200, jsonType, `{"id":7,"subject":"help","text":`+quoted(trace)+`}`), nil},
		"a page with a trace":         {answer(200, htmlType, "<p>Traceback (most recent call last): File &quot;/srv/a.py&quot;, line 3, in f</p>"), nil},
		"a ticket about a debug page": {answer(200, htmlType, "<p>You&#x27;re welcome. &lt;b&gt;Warning&lt;/b&gt;: x in &lt;b&gt;/a.php&lt;/b&gt; on line &lt;b&gt;3&lt;/b&gt;</p>"), nil},
		"an envelope":                 {answer(200, jsonType, `{"success":false,"message":`+quoted(trace)+`}`), []string{Trace}},
		"a failed job in a list":      {answer(200, jsonType, `{"items":[{"id":1,"status":"failed","error":`+quoted(trace)+`}]}`), []string{Trace}},
		"graphql beside data":         {answer(200, jsonType, `{"data":{"me":{"name":"A"}},"errors":[{"message":"boom","extensions":{"stacktrace":["Error: x","    at a (/app/a.js:1:2)"]}}]}`), []string{Trace}},
		"a warning above a page":      {answer(200, htmlType, "<b>Warning</b>:  Undefined variable in <b>/var/www/a.php</b> on line <b>3</b><html>"), []string{Trace}},
		"a dsn alone":                 {answer(200, jsonType, `{"db":"postgres://app:[redacted:dsn:1a2b3c4d]@db/x"}`), []string{Credential}},
		"a dsn in a text":             {answer(200, jsonType, `{"text":"we use postgres://app:[redacted:dsn:1a2b3c4d]@db/x in the old scripts"}`), nil},
		"a script":                    {answer(200, "application/javascript", trace+` ORA-01722 postgres://app:[redacted:dsn:1a2b3c4d]@db/x`), nil},
		"a contract":                  {answer(200, jsonType, `{"openapi":"3.1.0","paths":{},"x":`+quoted(trace)+`}`), nil},
		"addresses in data":           {answer(200, jsonType, `{"ip":"10.1.2.3","path":"/home/alice/x.pdf"}`), nil},
		"a debug header":              {answer(200, jsonType, `{}`, "X-Debug-Token", "8c1f2a"), []string{DebugPage}},
		"a private host in a header":  {answer(200, jsonType, `{}`, "X-Upstream", "10.0.3.4:8080"), []string{Internal}},
		"versions":                    {answer(200, jsonType, `{}`, "Server", "Apache/2.4.57 (Debian)", "X-Powered-By", "Express"), []string{Banner}},
		"names":                       {answer(200, jsonType, `{}`, "Server", "cloudflare", "Via", "1.1 vegur"), nil},
		"a CSP that names hosts":      {answer(200, jsonType, `{}`, "Content-Security-Policy", "default-src 'self' https://10gen.example"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, classes(test.ex)); diff != "" {
				t.Errorf("classes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]evidence.Request{
		"path":  {URL: "http://portal.test/api/items/ORA-01722%3A%20x"},
		"query": {URL: "http://portal.test/api/items?q=ORA-01722"},
		"body":  {URL: "http://portal.test/api/items", Body: evidence.Body(`{"a":"ORA-01722"}`)},
	} {
		ex := answer(404, jsonType, `{"error":"nothing is called ORA-01722"}`)
		ex.Request = request
		if got := classes(ex); got != nil {
			t.Errorf("%s: got %q for what the request said itself", name, got)
		}
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ex   *evidence.Exchange
		want string
	}{
		"header":   {answer(500, jsonType, `{}`, "X-Request-Id", "8f2c61d07a"), "8f2c61d07a"},
		"property": {answer(500, jsonType, `{"error":{"traceId":"4bf92f3577b34da6"}}`), "4bf92f3577b34da6"},
		"page":     {answer(500, htmlType, "<p>Something failed. Error ID: <b>4bf92f35</b></p>"), "4bf92f35"},
		"instance": {answer(500, jsonType, `{"instance":"/api/items/7"}`), ""},
		"none":     {answer(500, jsonType, `{"error":"failed","code":"E1234567"}`), ""},
		"phone":    {answer(500, htmlType, "<p>Call our support, it is open.</p>"), ""},
	} {
		if got, _ := Reference(test.ex); got != test.want {
			t.Errorf("%s: reference %q, want %q", name, got, test.want)
		}
	}
}

func TestExposed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path, kind, body string
		want             bool
	}{
		"env":           {"/.env", "text/plain", "APP_ENV=prod\n# db\nDB_HOST=db\nDB_PASSWORD=[redacted:password:1a2b3c4d]\n", true},
		"env below api": {"/api/.env", "text/plain", "APP_ENV=prod\nDB_HOST=db\n", true},
		"env as shell":  {"/.env", htmlType, "<!doctype html>\nA=1\nB=2\n", false},
		"git":           {"/.git/HEAD", "text/plain", "ref: refs/heads/main\n", true},
		"pprof":         {"/debug/pprof/", htmlType, "<title>/debug/pprof/</title>", true},
		"actuator":      {"/actuator", jsonType, `{"_links":{"env":{"href":"http://x/actuator/env","templated":false}}}`, true},
		"health alone":  {"/actuator", jsonType, `{"_links":{"self":{"href":"x"},"health":{"href":"y"}}}`, false},
		"environment":   {"/actuator/env", jsonType, `{"activeProfiles":["prod"],"propertySources":[]}`, true},
		"console page":  {"/console", htmlType, "<title>Management console of the portal</title>", false},
	} {
		if what, _ := Exposed(test.path, answer(200, test.kind, test.body)); (what != "") != test.want {
			t.Errorf("%s: %q at %s", name, what, test.path)
		}
		if what, _ := Exposed(test.path, answer(404, test.kind, test.body)); what != "" {
			t.Errorf("%s: %q in an answer of status 404", name, what)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{
		`{"stack":"Error\n    at a (/x.js:1:2)"}`, `<b>Warning</b>: x in <b>/a.php</b> on line <b>3</b>`, "goroutine 1 [running]:", `["a.go:1","b.go:2","c.go:3"]`,
		`{"a":"{\"b\":\"{\\\"c\\\":1}\"}"}`, "at <", `\u12`, `\ud800`, "<script", "postgres://a:[redacted:dsn:1a2b3c4d]@b", "\x00\xff", strings.Repeat("at a.js:1:1\n", 50),
	} {
		f.Add(s, 500, "text/html")
		f.Add(s, 200, jsonType)
	}
	f.Fuzz(func(t *testing.T, body string, status int, kind string) {
		for _, h := range Of(answer(status, kind, body)) {
			if h.Class == "" || h.Name == "" || h.Where == "" {
				t.Errorf("hit %+v lacks something", h)
			}
			if h.Class == Credential && h.Masked != h.Name {
				t.Errorf("a credential is shown: %q", h.Masked)
			}
		}
		_, _ = Reference(answer(status, kind, body))
	})
}

func BenchmarkOf(b *testing.B) {
	var rows strings.Builder
	for i := range 2000 {
		rows.WriteString(`{"id":` + quoted(strings.Repeat("7", 1+i%9)) + `,"name":"Invoice number at the harbour","note":"a free text that says something of 10.5 percent at https://a.test/app/x"},`)
	}
	ex := answer(200, jsonType, `{"items":[`+strings.TrimSuffix(rows.String(), ",")+`]}`)
	b.SetBytes(int64(len(ex.Body())))
	for b.Loop() {
		Of(ex)
	}
}

// TestHostile holds texts that make every signature look closely; the bound is
// the test's own deadline.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, s := range append([]string{`{"a":`, `\"`, `\\n`, "<", "<b>Warning</b>: ", "SELECT a FROM b WHERE ", "at /a.js:1:1 ", `"line":1,"file":"a.py",`}, inErrors.files[0x6157][0].literal) {
		body := strings.Repeat(s, mostBody/len(s))
		for _, kind := range []string{jsonType, htmlType} {
			if n := len(Of(answer(500, kind, body))); n > mostHits {
				t.Errorf("%d hits in a body of %q", n, s)
			}
		}
	}
}
