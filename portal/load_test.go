package portal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/launchready/launchready/portal"
)

func TestEnvironmentAndFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("from-the-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := start + "identities:\n  a:\n    token: ${file:token}\n  b:\n    token: ${env:SET}-x\n"
	env := map[string]string{"SET": "s3cret", "EMPTY": ""}
	look := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	path := filepath.Join(dir, "portal.yaml")
	p, err := portal.Parse(path, []byte(text), look)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Identity("a").Token.Reveal(); got != "from-the-file" {
		t.Errorf("token from a file = %q", got)
	}
	if got := p.Identity("b").Token.Reveal(); got != "s3cret-x" {
		t.Errorf("token from the environment = %q", got)
	}
	for name, want := range map[string]string{
		"UNSET": ":5:9: the environment variable UNSET is not set (export UNSET=…)",
		"EMPTY": ":5:9: the environment variable EMPTY is empty (export EMPTY=…)",
	} {
		_, err := portal.Parse(path, []byte(start+"portal: ${env:"+name+"}\n"), look)
		if err == nil || err.Error() != path+want {
			t.Errorf("%s: got %v, want %s", name, err, path+want)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portal.yaml")
	_, err := portal.Load(path)
	want := path + ": cannot be read: no such file or directory (write one with: launchready init https://staging.portal.example.com)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v does not tell that the file is missing", err)
	}
	if err := os.WriteFile(path, []byte(start+strings.Repeat("#\n", 1<<19)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := portal.Load(path); err == nil || !strings.Contains(err.Error(), "is larger than 1048576 bytes") {
		t.Errorf("a file over the bound: got %v", err)
	}
	if err := os.WriteFile(path, []byte(start), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := portal.Load(path); err != nil {
		t.Errorf("Load: %v", err)
	}
}
