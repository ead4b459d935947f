package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// streamIdle ends a stream on which nothing happens.
const streamIdle = 6 * time.Second

// hub hands events to whoever follows a channel.
type hub struct {
	mu        sync.Mutex
	followers map[chan event]string
	closed    chan struct{}
}

type event struct {
	Channel string         `json:"channel"`
	Data    map[string]any `json:"data"`
}

func newHub() *hub { return &hub{followers: map[chan event]string{}, closed: make(chan struct{})} }

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
	default:
		close(h.closed)
	}
}

func (h *hub) publish(channel string, data map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for follower, followed := range h.followers {
		if followed != channel {
			continue
		}
		select {
		case follower <- event{channel, data}:
		default: // a follower that does not read loses events, not the portal its time
		}
	}
}

func (h *hub) follow(channel string) chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	follower := make(chan event, 16)
	h.followers[follower] = channel
	return follower
}

func (h *hub) leave(follower chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.followers, follower)
}

func (w *World) channelRoutes() []route {
	channel := []param{{name: "channel", doc: "a channel from /api/channels, such as the profile's", example: "tenant:tn-00000000"}}
	return []route{
		{
			method: http.MethodGet, path: "/api/channels", name: "listChannels", summary: "The channels the caller may follow", status: 200,
			returns: listOf(object("name", text("tenant:tn-00000000"))),
			serve:   func(c *call) answer { return list([]any{map[string]any{"name": "tenant:" + c.who.tenant}}) },
		},
		{method: http.MethodGet, path: "/api/events", name: "followEvents", summary: "Changes as server-sent events", streams: true, status: 200, media: "text/event-stream", query: channel, serve: (*call).events},
		{method: http.MethodGet, path: "/api/ws", name: "followSocket", summary: "Changes by WebSocket: send {\"subscribe\": channel}", streams: true, status: 200, returns: object("upgrade", text("websocket"), "channel", text("tenant:tn-00000000")), query: channel, serve: (*call).socket},
	}
}

// follows reports whether the caller may follow a channel: the own tenant's only.
func (c *call) follows(channel string) bool { return channel == "tenant:"+c.who.tenant }

func (c *call) events() answer {
	channel := either(c.r.URL.Query().Get("channel"), "tenant:"+c.who.tenant)
	if !c.follows(channel) && !c.w.flaw("channels") {
		return refuse(http.StatusNotFound, "no-channel", "There is no such channel.")
	}
	return answer{stream: func(rw http.ResponseWriter, r *http.Request) {
		follower := c.w.hub.follow(channel)
		defer c.w.hub.leave(follower)
		rw.Header().Set("Content-Type", "text/event-stream")
		rw.Header().Set("Cache-Control", "private, no-store")
		flush := http.NewResponseController(rw)
		_, _ = fmt.Fprint(rw, ": following\n\n")
		_ = flush.Flush()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-c.w.hub.closed:
				return
			case <-time.After(streamIdle):
				return // the client connects again, as an EventSource does by itself
			case e := <-follower:
				raw, _ := json.Marshal(e) // plain values only
				if _, err := fmt.Fprintf(rw, "event: change\ndata: %s\n\n", raw); err != nil {
					return
				}
				_ = flush.Flush()
			}
		}
	}}
}

func (c *call) socket() answer {
	channel := c.r.URL.Query().Get("channel")
	if channel != "" && !c.follows(channel) && !c.w.flaw("channels-ws") {
		return refuse(http.StatusNotFound, "no-channel", "There is no such channel.")
	}
	if c.r.Header.Get("Upgrade") == "" {
		return ok(map[string]any{"upgrade": "websocket", "channel": "tenant:" + c.who.tenant})
	}
	return answer{stream: func(rw http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(rw, r, nil)
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = conn.CloseNow() }()
		c.converse(r.Context(), conn, channel)
	}}
}

type wish struct {
	Subscribe string `json:"subscribe"`
}

// converse serves one socket: wishes come in, events go out.
func (c *call) converse(ctx context.Context, conn *websocket.Conn, channel string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wishes := make(chan string)
	go func() {
		defer cancel()
		for {
			var got wish
			if err := wsjson.Read(ctx, conn, &got); err != nil {
				return
			}
			select {
			case wishes <- got.Subscribe:
			case <-ctx.Done():
				return
			}
		}
	}()
	var follower chan event
	subscribe := func(channel string) error {
		if !c.follows(channel) && !c.w.flaw("channels-ws") {
			return wsjson.Write(ctx, conn, map[string]any{"error": "There is no such channel."})
		}
		if follower != nil {
			c.w.hub.leave(follower)
		}
		follower = c.w.hub.follow(channel)
		return wsjson.Write(ctx, conn, map[string]any{"subscribed": channel})
	}
	defer func() { c.w.hub.leave(follower) }()
	if channel != "" && subscribe(channel) != nil {
		return
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-c.w.hub.closed:
			_ = conn.Close(websocket.StatusGoingAway, "closing")
			return
		case wanted := <-wishes:
			err = subscribe(wanted)
		case e := <-follower:
			err = wsjson.Write(ctx, conn, e)
		case <-time.After(20 * time.Second):
			err = conn.Ping(ctx)
		}
		if err != nil {
			return
		}
	}
}
