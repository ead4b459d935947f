package login

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// whispering tells whoever asks by which credential and origin they are known.
func whispering(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		text := fmt.Sprintf("%s from %s", name, r.Header.Get("Origin"))
		if r.Header.Get("Upgrade") == "" {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", text)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = conn.CloseNow() }()
		_ = conn.Write(r.Context(), websocket.MessageText, []byte(text))
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}))
	t.Cleanup(server.Close)
	return server
}

func TestStreamsCarryTheCredential(t *testing.T) {
	t.Parallel()
	server := whispering(t)
	there := way(t, server.URL)
	signed := New(alice(), &portal.Recipe{Send: portal.Send{Kind: "basic"}}, there)
	if err := signed.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	for name, tt := range map[string]struct {
		session *Session
		user    string
	}{
		"signed in": {signed, user},
		"anonymous": {New(nil, nil, there), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ans, err := tt.session.Listen(t.Context(), wire.Request{Method: "GET", URL: "/events"}, time.Minute, 1<<10, func(int) {})
			if err != nil || string(ans.Body) != "data: "+tt.user+" from \n\n" {
				t.Fatalf("heard %v, %v", ans, err)
			}
			conn, hello, err := tt.session.WebSocket(t.Context(), wire.Request{Method: "GET", URL: "/ws"})
			if err != nil {
				t.Fatalf("open websocket: %v", err)
			}
			defer func() { _ = conn.CloseNow() }()
			_, heard, err := conn.Read(t.Context())
			if want := tt.user + " from " + server.URL; err != nil || string(heard) != want {
				t.Errorf("heard %q, %v; want %q", heard, err, want)
			}
			ref, err := tt.session.Record(context.WithoutCancel(t.Context()), &evidence.Exchange{Request: hello.Exchange.Request, Response: hello.Exchange.Response})
			if err != nil || ref == "" {
				t.Errorf("record: %q, %v", ref, err)
			}
		})
	}
}
