package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// journalFile is the portal's own log: a JSON object a line. A well-kept portal
// says in it what happened and to which request, and masks what is nobody's business.
type journalFile struct {
	mu   sync.Mutex
	dir  string
	file *os.File
}

func openJournal() (*journalFile, error) {
	dir, err := os.MkdirTemp("", "northwind-log-")
	if err != nil {
		return nil, fmt.Errorf("starting the lab: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "portal.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("starting the lab: %w", err)
	}
	return &journalFile{dir: dir, file: file}, nil
}

func (j *journalFile) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.file.Close()
	_ = os.RemoveAll(j.dir)
}

func (j *journalFile) path() string { return filepath.Join(j.dir, "portal.log") }

func (j *journalFile) line(v map[string]any) {
	raw, err := json.Marshal(v)
	if err != nil {
		return // only plain maps and values are ever logged
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = j.file.Write(append(raw, '\n')) // fails once the lab is closed
}

// LogPath is where the portal writes its log while it runs.
func (w *World) LogPath() string { return w.journal.path() }

// log writes what happened to a request.
func (w *World) log(c *call, a answer, id string, took time.Duration) {
	entry := map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": "info", "msg": "request", "requestId": id,
		"method": c.r.Method, "target": w.target(c.r.URL), "status": a.status, "tookMs": took.Milliseconds(),
	}
	if w.flaw("logsecrets-headers") {
		entry["headers"] = http.Header(c.r.Header)
	}
	if w.flaw("logpersonal-bodies") && a.status >= 400 && len(c.body) > 0 {
		entry["body"] = maskPasswords(string(c.body))
	}
	w.journal.line(entry)
	if a.status >= 400 && c.route != nil && (c.route.name == "login" || c.route.name == "submitLogin") {
		w.logFailure(c, id)
	}
}

// logFailure writes who could not sign in, by a fingerprint of the address.
func (w *World) logFailure(c *call, id string) {
	user := c.formValue("email")
	if body, refusal := c.object(); refusal == nil {
		user, _ = body["email"].(string)
	}
	sum := sha256.Sum256([]byte(strings.ToLower(user)))
	entry := map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": "warn", "msg": "sign-in failed", "requestId": id,
		"account": hex.EncodeToString(sum[:6]), "password": "--redacted--",
	}
	if w.flaw("logpersonal") {
		entry["account"] = user
	}
	if w.flaw("logsecrets") {
		entry["password"] = c.formValue("password")
		if body, refusal := c.object(); refusal == nil {
			entry["password"] = body["password"]
		}
	}
	w.journal.line(entry)
}

// target is an address without what its query says, but for the names in it.
func (w *World) target(u *url.URL) string {
	if u.RawQuery == "" || w.flaw("logsecrets-query") {
		return u.RequestURI()
	}
	var names []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name+"=--redacted--")
	}
	return u.EscapedPath() + "?" + strings.Join(names, "&")
}

var passwordValue = regexp.MustCompile(`("password"\s*:\s*")[^"]*|(\bpassword=)[^&]*`)

func maskPasswords(body string) string {
	return passwordValue.ReplaceAllString(body, "${1}${2}--redacted--")
}
