package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/launchready/launchready/portal"
)

func TestStopCutsRequestsOff(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 2)
	url := listen(t, func(conn net.Conn, _ string) { arrived <- struct{}{}; _, _ = conn.Read(make([]byte, 1)) })
	c, l := newClient(t, url, nil)
	a := c.Agent("x")
	errs := make(chan error, 2)
	for _, raw := range []string{"", "/raw"} {
		go func() {
			_, err := a.Do(context.Background(), Request{URL: "/", Target: raw})
			errs <- err
		}()
		<-arrived
	}
	c.Stop("interrupted")
	for range 2 {
		if err := <-errs; !errors.Is(err, ErrCircuit) || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("got %v", err)
		}
	}
	if ans, err := a.Do(t.Context(), Request{URL: "/"}); ans != nil || !errors.Is(err, ErrCircuit) {
		t.Errorf("after the stop: %v", err)
	}
	if len(l.all()) != 2 || c.Sent() != 2 || c.Refused() != 1 {
		t.Errorf("recorded %d, sent %d, refused %d", len(l.all()), c.Sent(), c.Refused())
	}
}

func TestContextEndsARequest(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, listen(t, func(conn net.Conn, _ string) { _, _ = conn.Read(make([]byte, 1)) }), nil)
	for _, raw := range []string{"", "/raw"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := c.Agent("x").Do(ctx, Request{URL: "/", Target: raw})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if got := c.Trips(); len(got) != 0 {
		t.Errorf("a caller's impatience trips the circuit: %v", got)
	}
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, l := newClient(t, s.URL, func(c *Config) { c.Limit = 5 })
	c.SetBudget("swap", 2)
	a := c.Agent("x")
	var errs []string
	for _, by := range []string{"swap", "swap", "swap", "anon", "anon", "anon", "anon"} {
		_, err := a.Do(t.Context(), Request{URL: "/", By: by})
		switch {
		case err == nil:
			errs = append(errs, "sent")
		case errors.Is(err, ErrBudget):
			errs = append(errs, "spent")
		default:
			t.Fatal(err)
		}
	}
	if got := strings.Join(errs, " "); got != "sent sent spent sent sent sent spent" {
		t.Errorf("got %s", got)
	}
	if c.Sent() != 5 || c.Refused() != 2 || len(l.all()) != 5 || c.SentBy()["swap"] != 2 || c.SentBy()["anon"] != 3 {
		t.Errorf("sent %d by %v, refused %d", c.Sent(), c.SentBy(), c.Refused())
	}
}

func TestPaceHoldsRateAndPlaces(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most := 0, 0
	s := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
	})
	c, _ := newClient(t, s.URL, func(c *Config) { c.Target.Rate, c.Target.InFlight = 100, 3 })
	a := c.Agent("x")
	start := time.Now()
	var wg sync.WaitGroup
	for range 23 {
		wg.Go(func() {
			if _, err := a.Do(t.Context(), Request{URL: "/"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// Three tokens are there at the start; the other twenty come at 100/s.
	if took := time.Since(start); took < 190*time.Millisecond {
		t.Errorf("23 requests at 100/s took only %v", took)
	}
	if most > 3 {
		t.Errorf("%d in flight", most)
	}
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	proxied := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	t.Setenv("HTTP_PROXY", proxied.URL)
	t.Setenv("http_proxy", proxied.URL)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "direct") })
	c, _ := newClient(t, "http://portal.test", func(c *Config) {
		c.Target.Resolve = map[string]string{"portal.test": strings.TrimPrefix(s.URL, "http://")}
	})
	ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/"})
	if err != nil || string(ans.Body) != "direct" {
		t.Errorf("%v", err)
	}
}

func TestCircuit(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	calls := map[string]int{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls[r.URL.Path]++
		mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/broken") {
			w.WriteHeader(500)
		}
	})
	c, _ := newClient(t, s.URL, nil)
	alice, bob := c.Agent("alice"), c.Agent("bob")
	ask := func(a *Agent, r Request) error {
		_, err := a.Do(t.Context(), r)
		return err
	}
	for i := range 8 {
		if err := ask(alice, Request{URL: "/broken/x", Expect5xx: true}); err != nil {
			t.Fatalf("provoked %d: %v", i, err)
		}
	}
	for i := range 7 {
		err := ask(alice, Request{URL: fmt.Sprintf("/broken/%d", i)})
		if stopped := i >= 5; errors.Is(err, ErrCircuit) != stopped {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if err := ask(bob, Request{URL: "/broken/1"}); err != nil {
		t.Errorf("one identity's refusals stop another: %v", err)
	}
	if err := ask(alice, Request{URL: "/fine"}); err != nil {
		t.Errorf("another route is stopped: %v", err)
	}
	if got := c.Trips(); len(got) != 1 || !strings.Contains(got[0], "/broken/{}") {
		t.Errorf("trips: %v", got)
	}
}

func TestManyServerErrorsPauseTheRun(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bad") {
			w.WriteHeader(503)
		}
	})
	c, _ := newClient(t, s.URL, nil)
	c.circuit.pause = 150 * time.Millisecond
	a := c.Agent("x")
	for i := range 50 {
		url := "/good"
		if i%4 == 0 {
			url = fmt.Sprintf("/bad%c", 'a'+i/4)
		}
		if _, err := a.Do(t.Context(), Request{URL: url}); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Trips(); len(got) != 1 || !strings.Contains(got[0], "13 of the last 50") {
		t.Fatalf("trips: %v", got)
	}
	start := time.Now()
	if _, err := a.Do(t.Context(), Request{URL: "/good"}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("no pause: %v", took)
	}
}

func TestUnreachableTargetFailsAtOnce(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	c, kept := newClient(t, url, func(c *Config) { c.Target.Allow = []portal.Effect{portal.Look} })
	a := c.Agent("x")
	for i := range 12 {
		ans, err := a.Do(t.Context(), Request{URL: fmt.Sprintf("/r%c", 'a'+i)})
		if down := i >= 10; errors.Is(err, ErrCircuit) != down || (ans == nil) != down || err == nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if i == 11 && !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("reason: %v", err)
		}
	}
	if len(kept.all()) != 10 || len(c.Trips()) != 1 {
		t.Errorf("recorded %d, trips %v", len(kept.all()), c.Trips())
	}
}

func TestTargetThatNeverAnsweredIsGivenUpSooner(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer string // the path that is answered, asked first
		sent   int    // requests until it is given up
	}{
		{"never answered", "", 3},
		{"answered once", "/ok", 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newClient(t, listen(t, func(conn net.Conn, head string) {
				if strings.HasPrefix(head, "GET /ok ") {
					_, _ = conn.Write(response("", nil))
					return
				}
				_, _ = conn.Read(make([]byte, 1))
			}), nil)
			a := c.Agent("x")
			if tc.answer != "" {
				if _, err := a.Do(t.Context(), Request{URL: tc.answer}); err != nil {
					t.Fatal(err)
				}
			}
			sent := 0
			for ; sent < 20; sent++ {
				_, err := a.Do(t.Context(), Request{URL: fmt.Sprintf("/r%c", 'a'+sent), Timeout: 30 * time.Millisecond})
				if errors.Is(err, ErrCircuit) {
					break
				}
			}
			if sent != tc.sent {
				t.Errorf("given up after %d requests, want %d", sent, tc.sent)
			}
			if trips := c.Trips(); len(trips) != 1 || !strings.Contains(trips[0], "cannot be reached") {
				t.Errorf("trips: %v", trips)
			}
		})
	}
}

func TestTryAgain(t *testing.T) {
	t.Parallel()
	var up atomic.Bool
	c, _ := newClient(t, listen(t, func(conn net.Conn, _ string) {
		if up.Load() {
			_, _ = conn.Write(response("", nil))
		}
	}), nil)
	a := c.Agent("x")
	for i := range 12 {
		_, err := a.Do(t.Context(), Request{URL: fmt.Sprintf("/r%c", 'a'+i)})
		if err == nil {
			t.Fatalf("request %d was answered", i)
		}
	}
	up.Store(true)
	if _, err := a.Do(t.Context(), Request{URL: "/"}); !errors.Is(err, ErrCircuit) {
		t.Errorf("before: %v", err)
	}
	c.TryAgain()
	if ans, err := a.Do(t.Context(), Request{URL: "/"}); err != nil || ans.Status != 200 {
		t.Errorf("after: %v", err)
	}
}

func TestTimeoutsStopARoute(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, listen(t, func(conn net.Conn, head string) {
		if strings.HasPrefix(head, "GET /slow") {
			_, _ = conn.Read(make([]byte, 1))
			return
		}
		_, _ = conn.Write(response("", nil))
	}), nil)
	if _, err := c.Agent("x").Do(t.Context(), Request{URL: "/fast"}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		_, err := c.Agent(fmt.Sprint("who", i)).Do(t.Context(), Request{URL: "/slow", Timeout: 30 * time.Millisecond})
		if stopped := i == 5; errors.Is(err, ErrCircuit) != stopped || (!stopped && !errors.Is(err, errTimeout)) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if _, err := c.Agent("x").Do(t.Context(), Request{URL: "/fast"}); err != nil {
		t.Error(err)
	}
}
