package harvest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// rpc serves a portal with one address for everything: what is asked for and
// by whom stands in the body, and every answer is a 200.
func rpc(t *testing.T) string {
	t.Helper()
	tenants := map[string]string{"alice-token-1": "acme", "bob-token-22": "globex"}
	hosts := map[string][]string{"acme": {"10559"}, "globex": {"10562"}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rpc", func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			Method, Auth string
			Params       struct{ HostID, Tenant string }
		}
		w.Header().Set("Content-Type", "application/json")
		tenant := ""
		if json.NewDecoder(r.Body).Decode(&call) == nil {
			tenant = tenants[call.Auth]
		}
		if tenant == "" {
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Not authorised."},"id":1}`))
			return
		}
		rows := []string{}
		for i, id := range hosts[tenant] {
			if call.Params.HostID == "" || call.Params.HostID == id {
				rows = append(rows, fmt.Sprintf(`{"hostid":%q,"name":"%s crane %d","note":"the gate of %s stands open at night, case %s"}`, id, tenant, i, tenant, id))
			}
		}
		if call.Method == "me.get" {
			rows = []string{fmt.Sprintf(`{"user":"%s@%s.test"}`, map[string]string{"acme": "alice", "globex": "bob"}[tenant], tenant)}
		}
		_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","result":[%s],"id":1}`, strings.Join(rows, ","))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func startRPC(t *testing.T) *gathertest.Run {
	t.Helper()
	run := gathertest.Start(t, `version: 1
portal: rpc
targets:
  local:
    url: `+rpc(t)+`
    allow: [look, sign-in]
login:
  send: "json-field auth: ${token}"
  alive:
    request: POST /rpc
    json: {jsonrpc: "2.0", method: me.get, params: {}, id: 1}
    contains: ${user}
identities:
  alice: {tenant: acme, role: member, user: alice, token: alice-token-1}
  bob: {tenant: globex, role: member, user: bob, token: bob-token-22}
denied:
  json: {/error/code: [-32602]}
routes:
  from:
    - crawl: false
resources:
  hosts:
    list:
      request: POST /rpc
      json: {jsonrpc: "2.0", method: host.get, params: {tenant: "${tenant}"}, id: 1}
    detail:
      request: POST /rpc
      json: {jsonrpc: "2.0", method: host.get, params: {hostId: "${id}"}, id: 1}
`)
	run.Gather(t, routes.Gatherer())
	return run
}

func TestHarvestOfReadsByPost(t *testing.T) {
	t.Parallel()
	run := startRPC(t)
	const detail = "POST /rpc#hosts.detail/{id}"
	want := []brief{
		{Tenant: "acme", Noun: "host", ID: "10559", Route: detail},
		{Tenant: "globex", Noun: "host", ID: "10562", Route: detail},
	}
	if diff := cmp.Diff(want, briefs(run.Gather(t, Gatherer()).(*artifact.Corpus))); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestRequestOfAReadByPost(t *testing.T) {
	t.Parallel()
	run := startRPC(t)
	for _, tt := range []struct {
		name, who, address string
		fields             []evidence.Field
		method, url, body  string
	}{
		{"an object", "bob", "/rpc#hosts.detail/10559", nil, "POST", "/rpc", `{"auth":"[redacted]","id":1,"jsonrpc":"2.0","method":"host.get","params":{"hostId":"10559"}}`},
		{"another's tenant", "bob", "/rpc#hosts.list/acme?lrcb=x1", nil, "POST", "/rpc?lrcb=x1", `{"auth":"[redacted]","id":1,"jsonrpc":"2.0","method":"host.get","params":{"tenant":"acme"}}`},
		{"no variable is read from an id", "bob", "/rpc#hosts.detail/$%7Btoken%7D", nil, "POST", "/rpc", `{"auth":"[redacted]","id":1,"jsonrpc":"2.0","method":"host.get","params":{"hostId":"${token}"}}`},
		{"a damaged credential", evidence.Anonymous, "/rpc#hosts.detail/7", []evidence.Field{{Name: "auth", Value: "made-up"}}, "POST", "/rpc", `{"auth":"made-up","id":1,"jsonrpc":"2.0","method":"host.get","params":{"hostId":"7"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := run.Ask(t.Context(), gather.Ask{Name: "X", Who: tt.who, Request: wire.Request{Method: "GET", URL: tt.address, Effect: portal.Look}, Fields: tt.fields})[0]
			if got.Answer == nil || got.Unproven != "" {
				t.Fatalf("no answer: %s %s", got.Unproven, got.Why)
			}
			q := got.Answer.Exchange.Request
			_, path, _ := strings.Cut(strings.TrimPrefix(q.URL, "http://"), "/")
			body := string(q.Body)
			if i := strings.Index(body, "[redacted:"); i >= 0 {
				body = body[:i] + "[redacted]" + body[i+strings.IndexByte(body[i:], ']')+1:]
			}
			if diff := cmp.Diff([]string{tt.method, tt.url, tt.body}, []string{q.Method, "/" + path, body}); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}
