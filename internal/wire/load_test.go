package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

// loading lets a client send load, but neither write nor more than one other
// request in a minute.
func loading(c *Config) {
	c.Target.Allow = append(c.Target.Allow, portal.LoadRun)
	c.Target.Rate, c.Target.InFlight = 1.0/60, 1
}

// TestLoadIsNotPaced sends ten requests that wait for one another: each is
// answered once all have arrived. A token bucket or a place in flight would
// keep the second from ever arriving.
func TestLoadIsNotPaced(t *testing.T) {
	t.Parallel()
	const n = 10
	var arrived sync.WaitGroup
	arrived.Add(n)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Launchready-Run"); got != "run-1" {
			t.Errorf("run header %q", got)
		}
		arrived.Done()
		arrived.Wait()
		_, _ = io.WriteString(w, "hello")
	})
	c, l := newClient(t, s.URL, loading)
	a := c.Agent("alice")
	var sent sync.WaitGroup
	loads := make([]Load, n)
	for i := range n {
		sent.Go(func() {
			ans, err := a.Do(t.Context(), Request{URL: "/x", By: "latency", Load: &loads[i]})
			if err != nil || ans.Status != 200 || string(ans.Body) != "hello" || ans.Exchange != nil || ans.Ref != "" {
				t.Errorf("answer %+v, error %v", ans, err)
			}
		})
	}
	sent.Wait()
	if got := c.SentBy()["latency"]; got != n || c.Sent() != n {
		t.Errorf("%d of %d sent were counted for latency, want %d", got, c.Sent(), n)
	}
	if kept := l.all(); len(kept) != 0 {
		t.Errorf("%d exchanges were recorded, though nobody asked for it", len(kept))
	}
}

// TestLoadIsTimed holds the parts to the whole: they lie within it, and a
// connection is opened once.
func TestLoadIsTimed(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(5 * time.Millisecond)
		_, _ = io.WriteString(w, strings.Repeat("hello ", 1000))
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
		_, _ = io.WriteString(w, "the end")
	}))
	t.Cleanup(s.Close)
	c, l := newClient(t, s.URL, loading)
	c.tls = s.Client().Transport.(*http.Transport).TLSClientConfig
	a := c.Agent("alice")
	for i, name := range []string{"first", "second"} {
		var load Load
		if _, err := a.Do(t.Context(), Request{URL: "/x", Load: &load}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		whole := load.Ended.Sub(load.Began)
		if parts := load.Connect + load.TLS + load.Wait + load.Body; parts > whole {
			t.Errorf("%s: the parts take %v, the whole %v", name, parts, whole)
		}
		if whole < 10*time.Millisecond || load.Wait+load.Body == 0 {
			t.Errorf("%s: took %v, of it waited %v and read %v; the server took 10 ms", name, whole, load.Wait, load.Body)
		}
		if dialed := load.Connect > 0 && load.TLS > 0; dialed != (i == 0) {
			t.Errorf("%s: connected in %v, handshake in %v", name, load.Connect, load.TLS)
		}
		ref, err := load.Record()
		if err != nil || ref == "" {
			t.Fatalf("%s: record: %q, %v", name, ref, err)
		}
		if kept := l.all(); len(kept) != i+1 || kept[i].Status() != 200 || kept[i].Took != whole {
			t.Errorf("%s: recorded %+v", name, kept)
		}
	}
}

// TestLoadIsRedacted holds that what is recorded after all went through the redactor.
func TestLoadIsRedacted(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "0123456789abcdef0123"})
		_, _ = io.WriteString(w, "hello")
	})
	c, l := newClient(t, s.URL, loading)
	a := c.Agent("alice")
	var load Load
	if _, err := a.Do(t.Context(), Request{URL: "/x", Load: &load, Header: []evidence.Field{{Name: "Authorization", Value: "Bearer very-secret-token"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Record(); err != nil {
		t.Fatal(err)
	}
	e := l.all()[0]
	for _, f := range append(e.Request.Header, e.Response.Header...) {
		if strings.Contains(f.Value, "very-secret-token") || strings.Contains(f.Value, "0123456789abcdef0123") {
			t.Errorf("%s: %s was recorded as it is", f.Name, f.Value)
		}
	}
	if got := a.Cookies("/x"); len(got) != 1 || got[0].Name != "session" {
		t.Errorf("cookies %v, want the session's", got)
	}
}

func TestLoadIsGuarded(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived", r.Method, r.URL)
	})
	for _, test := range []struct {
		name   string
		change func(*Config)
		r      Request
		want   error
	}{
		{"without the effect", nil, Request{URL: "/x"}, ErrRefused},
		{"a write without the effect write", loading, Request{Method: "POST", URL: "/x"}, ErrRefused},
		{"by its override", loading, Request{URL: "/x", Header: []evidence.Field{{Name: "X-HTTP-Method-Override", Value: "DELETE"}}}, ErrRefused},
		{"out of scope", loading, Request{URL: "http://elsewhere.example/x"}, ErrScope},
		{"on the never list", func(c *Config) {
			loading(c)
			c.Never = []portal.Pattern{{Method: "GET", Path: "/x"}}
		}, Request{URL: "/x"}, ErrNever},
		{"a logout", loading, Request{URL: "/logout"}, ErrRefused},
		{"raw bytes", loading, Request{URL: "/x", Target: "/x;y"}, ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newClient(t, s.URL, test.change)
			test.r.Load = &Load{}
			_, err := c.Agent("alice").Do(t.Context(), test.r)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if c.Sent() != 0 || !test.r.Load.Ended.IsZero() {
				t.Errorf("sent %d, ended at %v", c.Sent(), test.r.Load.Ended)
			}
		})
	}
}

func TestLoadHasABudget(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, _ := newClient(t, s.URL, loading)
	c.SetBudget("latency", 2)
	a := c.Agent("alice")
	var got []error
	for range 3 {
		_, err := a.Do(t.Context(), Request{URL: "/x", By: "latency", Load: &Load{}})
		got = append(got, err)
	}
	if got[0] != nil || got[1] != nil || !errors.Is(got[2], ErrBudget) {
		t.Errorf("errors %v, want the third to say that the budget is spent", got)
	}
}

// TestLoadThatIsCutOff holds that failures have a time too, and may be recorded.
func TestLoadThatIsCutOff(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	c, l := newClient(t, s.URL, loading)
	a := c.Agent("alice")
	for _, test := range []struct {
		path   string
		status int
	}{{"/half", 200}, {"/late", 0}} {
		var load Load
		ans, err := a.Do(t.Context(), Request{URL: test.path, Timeout: 50 * time.Millisecond, Load: &load})
		if err == nil || ans == nil || ans.Status != test.status || load.Ended.Before(load.Began) || load.Began.IsZero() {
			t.Fatalf("%s: answer %+v, error %v, %v to %v", test.path, ans, err, load.Began, load.Ended)
		}
		if _, err := load.Record(); err != nil {
			t.Errorf("%s: record: %v", test.path, err)
		}
	}
	if kept := l.all(); len(kept) != 2 || kept[0].Error == "" || kept[1].Error == "" {
		t.Errorf("recorded %+v", kept)
	}
	c.Stop("enough")
	var load Load
	if _, err := a.Do(context.Background(), Request{URL: "/x", Load: &load}); !errors.Is(err, ErrCircuit) || !load.Ended.IsZero() {
		t.Errorf("after the end: %v, ended at %v", err, load.Ended)
	}
}

// BenchmarkLoad is the time that measuring an exchange takes beside sending it;
// BenchmarkExchange is what recording adds.
func BenchmarkLoad(b *testing.B) {
	body := []byte(strings.Repeat(`{"number":"AC-204817","total":1200},`, 280))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer s.Close()
	c, err := New(Config{Target: &portal.Target{URL: s.URL, Allow: []portal.Effect{portal.Look, portal.LoadRun}, Rate: 1e9}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	a := c.Agent("alice")
	for b.Loop() {
		if _, err := a.Do(b.Context(), Request{URL: "/x", Load: &Load{}}); err != nil {
			b.Fatal(err)
		}
	}
}
