package lab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// asked is a probe: what is asked, and what shows only with the flaw on.
func asked(method, path, body string, shows func(reply) bool) func(cast) bool {
	return func(c cast) bool { return shows(c.alice.do(method, path, body)) }
}

func status(want int) func(reply) bool { return func(r reply) bool { return r.status == want } }

func holding(text string) func(reply) bool {
	return func(r reply) bool { return r.status == http.StatusOK && strings.Contains(r.body, text) }
}

var inputProbes = map[string]func(cast) bool{
	"input-crash":              asked("POST", "/api/invoices", `{"title":"x","amount":"much"}`, status(500)),
	"input-crash-id":           asked("GET", "/api/tickets/none", "", status(500)),
	"input-crash-quote":        asked("POST", "/api/projects", `{"name":"x","brief":"it's","budget":"x"}`, status(500)),
	"input-crash-deep":         asked("POST", "/api/tickets", strings.Repeat("[", 150)+strings.Repeat("]", 150), status(500)),
	"input-crash-drop":         drops,
	"input-persisted":          asked("POST", "/api/projects", `{"name":"x","budget":-7}`, status(201)),
	"input-persisted-enum":     asked("POST", "/api/tickets", `{"subject":"x","priority":"purple"}`, status(201)),
	"input-persisted-required": asked("POST", "/api/clients", `{"phone":"1"}`, status(201)),
	"input-sql":                asked("GET", "/api/clients?status=active%27+AND+%271%27=%271", "", holding("contactEmail")),
	"input-sql-like":           asked("GET", "/api/search?q=onboarding%25%27+AND+%271%25%27=%271", "", holding("excerpt")),
	"input-operator":           asked("GET", "/api/invoices?status[$ne]=none", "", holding("amount")),
	"input-template":           asked("GET", "/api/search?q=%7B%7B7*7331%7D%7D", "", holding("51317")),
	"input-traversal":          asked("GET", "/api/manuals?file=../../etc/passwd", "", holding("root:x:0:0")),
	"input-reflected":          asked("GET", "/tickets?status=%3Cb%3E", "", holding("<b>")),
	"input-upload": func(c cast) bool {
		got := c.upload("lr.html")
		return strings.HasPrefix(c.alice.get("/api/documents/"+got.text("id")+"/download").header.Get("Content-Type"), "text/html")
	},
	"input-accepted-upload": func(c cast) bool { return c.upload("../../lr.html").text("name") == "../../lr.html" },
	"input-sideeffects": func(c cast) bool {
		id := c.alice.make("/api/tickets", `{"subject":"as it was"}`)
		c.alice.do("PATCH", "/api/tickets/"+id, `{"subject":"as it is","priority":7}`)
		return c.alice.get("/api/tickets/"+id).text("subject") == "as it is"
	},
	"input-sideeffects-create": func(c cast) bool {
		id := c.alice.first("/api/tickets")
		c.alice.do("POST", "/api/tickets/"+id+"/comments", `{"text":73310733}`)
		return strings.Contains(c.alice.get("/api/tickets/"+id+"/comments").body, "7.3310733e+07")
	},
	"input-accepted": asked("GET", "/api/projects?status=purple", "", holding("budget")),
	"graph-depth":    asked("POST", "/graphql", `{"query":"{project(id:\"x\")`+strings.Repeat("{previous", 20)+"{id}"+strings.Repeat("}", 21)+`"}`, holding(`"project":null`)),
	"graph-aliases":  asked("POST", "/graphql", `{"query":"{`+aliases(200)+`}"}`, holding(`"a199":"Query"`)),
	"graph-batch":    asked("POST", "/graphql", `[{"query":"{__typename}"}]`, holding("Query")),
}

// aliases asks for one field under many names.
func aliases(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "a%d:__typename ", i)
	}
	return out.String()
}

// drops reports whether a body that is null ends the connection.
func drops(c cast) bool {
	request, err := http.NewRequestWithContext(c.alice.t.Context(), http.MethodPost, c.alice.w.URL+"/api/tickets", strings.NewReader("null"))
	if err != nil {
		c.alice.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.alice.bearer)
	got, err := c.alice.client.Do(request)
	if err == nil {
		_ = got.Body.Close()
	}
	return err != nil
}

// upload sends a page as a document.
func (c cast) upload(name string) reply {
	body := "--lr\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: text/html\r\n\r\n<b>lr</b>\r\n--lr--\r\n"
	return c.alice.do("POST", "/api/documents", body, "Content-Type", "multipart/form-data; boundary=lr")
}

// TestBadInputRefused holds that the well-kept portal has a clean no for what it
// did not ask for.
func TestBadInputRefused(t *testing.T) {
	t.Parallel()
	c := assembleCast(t, open(t, Config{}))
	for _, tt := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"an unknown state", "GET", "/api/clients?status=purple", "", 422},
		{"an empty state", "GET", "/api/clients?status=", "", 422},
		{"a list of states", "GET", "/api/clients?status[]=active", "", 422},
		{"what cannot be expanded", "GET", "/api/tickets/" + c.alice.first("/api/tickets") + "?expand=owner", "", 422},
		{"a manual outside its folder", "GET", "/api/manuals?file=../../etc/passwd", "", 404},
		{"a body that ends early", "POST", "/api/tickets", `{"lr": `, 400},
		{"null", "POST", "/api/tickets", "null", 400},
		{"a document of many levels", "POST", "/graphql", `{"query":"` + strings.Repeat("{a", 30) + strings.Repeat("}", 30) + `"}`, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := c.alice.do(tt.method, tt.path, tt.body); got.status != tt.want {
				t.Errorf("%s %s = %d, want %d: %s", tt.method, tt.path, got.status, tt.want, got.body)
			}
		})
	}
}
