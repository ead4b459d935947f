package jwt

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/wire"
)

// remote names an address of ours as the place of the key (T8). It needs a
// listener that the portal can reach, which on loopback it can.
func (d *desk) remote(ctx context.Context) {
	const what = "a key of our own behind jku or x5u"
	if !wire.Loopback(d.t.Target.URL) {
		d.leaveOut("T8", what, check.NotExamined, "the portal cannot reach a listener of this machine", false)
		return
	}
	if d.ours.rsa == nil {
		d.leaveOut("T8", what, check.RunError, "no key of our own", true)
		return
	}
	shelf, err := d.ours.publish(ctx)
	if err != nil {
		d.leaveOut("T8", what, check.RunError, err.Error(), true)
		return
	}
	defer shelf.close()
	for _, header := range []string{"jku", "x5u"} {
		at := "/" + random() + "/" + map[string]string{"jku": "jwks.json", "x5u": "key.pem"}[header]
		d.try(ctx, trial{
			id: "T8", what: "a key of our own behind " + header,
			forge: func(t jose.Token) string {
				return t.Forge(jose.Change{"alg": "RS256", "kid": ourKeyID, header: shelf.url + at}, nil, jose.RS256(d.ours.rsa))
			},
			fetched: func() bool { return shelf.asked(at) },
		})
	}
}

// shelf is a listener on loopback that offers our public key to whoever asks.
type shelf struct {
	url    string
	server *http.Server
	done   chan struct{}

	mu   sync.Mutex
	hits map[string]bool
}

// publish opens the listener; it is closed as soon as its two trials are over.
func (k ourKeys) publish(ctx context.Context) (*shelf, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	set, err := json.Marshal(map[string]any{"keys": []any{jose.PublicJWK(&k.rsa.PublicKey, ourKeyID)}})
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.certificate})
	s := &shelf{url: "http://" + listener.Addr().String(), done: make(chan struct{}), hits: map[string]bool{}}
	s.server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits[r.URL.Path] = true
		s.mu.Unlock()
		if len(r.URL.Path) > 4 && r.URL.Path[len(r.URL.Path)-4:] == ".pem" {
			w.Header().Set("Content-Type", "application/x-pem-file")
			_, _ = w.Write(certificate)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(set)
	})}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // always ErrServerClosed
	}()
	return s, nil
}

func (s *shelf) asked(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

func (s *shelf) close() {
	_ = s.server.Close()
	<-s.done
}
