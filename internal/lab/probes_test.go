package lab

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// eavesdrops follows Alice's channel as Bob and lets her change something.
func (c cast) eavesdrops() bool {
	request, err := http.NewRequestWithContext(c.bob.t.Context(), "GET", c.bob.w.URL+"/api/events?channel=tenant:"+c.alice.tenant, nil)
	if err != nil {
		c.bob.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.bob.bearer)
	got, err := c.bob.client.Do(request)
	if err != nil {
		c.bob.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode != http.StatusOK {
		return false
	}
	c.alice.make("/api/tickets", `{"subject":"lrc-eavesdropped"}`)
	lines := bufio.NewScanner(got.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "lrc-eavesdropped") {
			return true
		}
	}
	return false
}

// overhears subscribes Bob to Alice's channel and lets her change something.
func (c cast) overhears() bool {
	ctx, cancel := context.WithTimeout(c.bob.t.Context(), 2*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.bob.w.URL, "http")+"/api/ws", &websocket.DialOptions{HTTPHeader: map[string][]string{"Authorization": {"Bearer " + c.bob.bearer}}})
	if err != nil {
		c.bob.t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	var got map[string]any
	if err := wsjson.Write(ctx, conn, wish{Subscribe: "tenant:" + c.alice.tenant}); err != nil {
		c.bob.t.Fatal(err)
	}
	if err := wsjson.Read(ctx, conn, &got); err != nil {
		c.bob.t.Fatal(err)
	}
	if got["subscribed"] == nil {
		return false
	}
	c.alice.make("/api/tickets", `{"subject":"lrc-overheard"}`)
	if err := wsjson.Read(ctx, conn, &got); err != nil {
		c.bob.t.Fatal(err)
	}
	data, _ := got["data"].(map[string]any)
	object, _ := data["object"].(map[string]any)
	return object["subject"] == "lrc-overheard"
}

// looseLink takes the signature of one export's link for another export.
func (c cast) looseLink() bool {
	a, b := c.alice.make("/api/exports", `{"name":"first"}`), c.bob.make("/api/exports", `{"name":"second"}`)
	time.Sleep(2 * exportTakes)
	link := c.bob.get("/api/exports/" + b).text("downloadUrl")
	if got := c.anon.get(link); got.status != 200 {
		c.anon.t.Fatalf("a fresh link answers %d", got.status)
	}
	return c.anon.get(strings.Replace(link, b, a, 1)).status == 200
}
