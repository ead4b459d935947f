package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// caller is who sends a request: a header value for a token, a user and password for basic
// authentication, or the zero value for an anonymous visitor.
type caller struct {
	token          string
	user, password string
}

// answer is what a portal said, with its whole body.
type answer struct {
	status int
	body   string
}

// send makes one request as the caller. A string body is sent as it is, any other as JSON.
func send(t *testing.T, as caller, method, url string, body any) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatalf("make %s %s: %v", method, url, err)
	}
	if body != nil {
		raw, isText := body.(string)
		if !isText {
			encoded, err := json.Marshal(body)
			if err != nil {
				t.Fatalf("encode the body of %s %s: %v", method, url, err)
			}
			raw = string(encoded)
			req.Header.Set("Content-Type", "application/json")
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewBufferString(raw)), int64(len(raw))
	}
	if method == "PROPFIND" {
		req.Header.Set("Depth", "1") // a collection and its members, RFC 4918 §9.1
	}
	switch {
	case as.token != "":
		req.Header.Set("Authorization", as.token)
	case as.user != "":
		req.SetBasicAuth(as.user, as.password)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the answer to %s %s: %v", method, url, err)
	}
	return answer{status: res.StatusCode, body: string(got)}
}

// must sends a request that seeding depends on and ends the test unless it is accepted.
func must(t *testing.T, as caller, method, url string, body any) answer {
	t.Helper()
	got := send(t, as, method, url, body)
	if got.status < 200 || got.status > 299 {
		t.Fatalf("%s %s answered %d: %s", method, url, got.status, got.body)
	}
	return got
}

// decode reads a JSON answer into a value of type T.
func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("decode %q: %v", a.body, err)
	}
	return v
}
