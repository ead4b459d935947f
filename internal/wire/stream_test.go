package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/evidence"
)

func TestStream(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; r.URL.Path != "/short" || i < 2; i++ {
			if _, err := fmt.Fprintf(w, "data: event %d for alice\n\n", i); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	for name, test := range map[string]struct {
		path      string
		until     time.Duration
		most      int64
		truncated bool
	}{
		"until the time is over": {"/long", 100 * time.Millisecond, 1 << 20, true},
		"until enough came":      {"/long", 20 * time.Second, 60, true},
		"until the server ends":  {"/short", 20 * time.Second, 1 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, l := newClient(t, s.URL, func(c *Config) { c.Target.InFlight = 1 })
			a := c.Agent("alice")
			ans, err := a.Stream(t.Context(), Request{URL: test.path, By: "channels"}, test.until, test.most)
			if err != nil {
				t.Fatal(err)
			}
			in := l.all()[0].Response
			if !strings.HasPrefix(string(in.Body), "data: event 0 for alice\n\n") || in.Truncated != test.truncated || int64(len(ans.Body)) > test.most {
				t.Errorf("heard %q, truncated %v", ans.Body, in.Truncated)
			}
		})
	}
}

func TestStreamTakesNoPlace(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/other" {
			close(asked)
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-asked:
		case <-r.Context().Done():
			t.Error("nothing else is sent while a stream is heard")
		}
	})
	c, _ := newClient(t, s.URL, func(c *Config) { c.Target.InFlight = 1 })
	heard := make(chan error, 1)
	go func() {
		_, err := c.Agent("alice").Stream(t.Context(), Request{URL: "/events"}, 5*time.Second, 100)
		heard <- err
	}()
	if _, err := c.Agent("bob").Do(t.Context(), Request{URL: "/other"}); err != nil {
		t.Error(err)
	}
	if err := <-heard; err != nil {
		t.Error(err)
	}
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "sid=alice-session" {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		_, msg, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		_ = conn.Write(r.Context(), websocket.MessageText, append([]byte("you said "), msg...))
		_, _, _ = conn.Read(r.Context())
	})
	c, l := newClient(t, s.URL, nil)
	alice := c.Agent("alice")
	alice.SetCookies("/", []*http.Cookie{{Name: "sid", Value: "alice-session", Path: "/"}})
	conn, ans, err := alice.WebSocket(t.Context(), Request{URL: "/ws", By: "channels", For: "P"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if ans.Status != http.StatusSwitchingProtocols || ans.Exchange.By != "channels" || ans.Ref == "" {
		t.Errorf("handshake %+v", ans.Exchange)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	_, heard, err := conn.Read(t.Context())
	if err != nil || string(heard) != "you said hello" {
		t.Fatalf("%q, %v", heard, err)
	}
	x := *ans.Exchange
	x.Response = &evidence.Response{Status: 101, Body: heard}
	if ref, err := alice.Record(t.Context(), &x); err != nil || ref == "" || string(l.all()[1].Body()) != "you said hello" || l.all()[1].Seq == x.Seq {
		t.Errorf("record: %v", err)
	}
	if _, ans, err := c.Agent("bob").WebSocket(t.Context(), Request{URL: "/ws"}); err == nil || ans == nil || ans.Status != 403 || !strings.Contains(string(ans.Body), "who are you?") {
		t.Errorf("a stranger's handshake: %v", err)
	}
	if _, ans, err := alice.WebSocket(t.Context(), Request{URL: "ws://evil.test/ws"}); !errors.Is(err, ErrScope) || ans != nil {
		t.Errorf("out of scope: %v", err)
	}
	c.Stop("enough")
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("an open connection survives the kill switch")
	}
}

func TestRoundTripper(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed(append([]byte(r.Method+" "), body...)))
	})
	c, l := newClient(t, s.URL, nil)
	rt := c.Agent("x").RoundTripper(Request{By: "lib", Effect: "look"})
	ask := func(url string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader("abc"))
		if err != nil {
			t.Fatal(err)
		}
		return rt.RoundTrip(req)
	}
	resp, err := ask(s.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if string(body) != "POST abc" || resp.Header.Get("Content-Encoding") != "" || len(l.all()) != 1 || l.all()[0].By != "lib" {
		t.Errorf("got %q, recorded %d", body, len(l.all()))
	}
	if resp, err := ask("http://evil.test/"); !errors.Is(err, ErrScope) {
		t.Errorf("out of scope: %v, %v", resp, err)
	}
}

func TestListenSaysThatItBeganAndEndsWhenAsked(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "data: hello\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	c, l := newClient(t, s.URL, nil)
	ctx, stop := context.WithCancelCause(t.Context())
	begun := 0
	ans, err := c.Agent("alice").Listen(ctx, Request{URL: "/events", By: "channels"}, 20*time.Second, 1<<20, func(status int) {
		begun = status
		time.AfterFunc(50*time.Millisecond, func() { stop(ErrEnough) })
	})
	if err != nil {
		t.Fatalf("listening ended by its caller: %v", err)
	}
	if begun != 200 || string(ans.Body) != "data: hello\n\n" || len(l.all()) != 1 || l.all()[0].Error != "" {
		t.Errorf("begun %d, heard %q, recorded %d with error %q", begun, ans.Body, len(l.all()), l.all()[0].Error)
	}
}
