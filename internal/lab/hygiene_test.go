package lab

import (
	"os"
	"strings"
	"testing"
	"time"
)

// says is a probe: an answer that must not hold a text holds it.
func says(method, path, body, text string) func(cast) bool {
	return func(c cast) bool { return strings.Contains(c.alice.do(method, path, body).body, text) }
}

// keeps is a probe: after two requests that nobody should remember, the log
// holds a text. Lines are written after their answers.
func keeps(text string) func(cast) bool {
	return func(c cast) bool {
		c.anon.do("POST", "/api/login", `{"email":"lr-probe@example.test","password":"pa55-of-the-probe","cardNumber":"4000001234567899"}`)
		c.anon.get("/files/exports/none?expires=1&signature=5ignature-of-the-probe", "X-Probe", "header-of-the-probe")
		c.anon.get("/last-of-the-probe")
		var held []byte
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			var err error
			if held, err = os.ReadFile(c.anon.w.LogPath()); err != nil {
				c.anon.t.Fatal(err)
			}
			if strings.Contains(string(held), "last-of-the-probe") {
				break
			}
		}
		return strings.Contains(string(held), text)
	}
}

func TestLogEndsWithThePortal(t *testing.T) {
	t.Parallel()
	w, err := Start(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	path := w.LogPath()
	stranger(t, w).get("/health")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the log is still there after the portal was closed: %v", err)
	}
}
