package portal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/launchready/launchready/portal"
)

// hidden is in every place a portal.yaml can hold a secret.
const hidden = "hunter2-hunter2"

func secretive(t *testing.T) *portal.Portal {
	t.Helper()
	text := start + `    headers:
      Authorization: Basic ${env:GATE}
login:
  steps:
    - request: POST /login
      body: secret=${env:BODY}
      headers:
        X-App: ${env:APP}
      json: ~
  also:
    - for: /api/
      send: "header X-Key: ${api_key}"
identities:
  alice:
    user: a
    password: ` + hidden + `
    totp: ${env:TOTP}
    api_key: ${env:KEY}
    vars:
      more: ${env:MORE}
  bob:
    token: ${env:TOKEN}
resources:
  notes:
    create:
      request: POST /notes
      json: {text: "${text}", key: "${env:RESOURCE}", old: ` + hidden + `}
logs:
  - command: logs --token ${env:LOGS}
ops:
  rollback:
    command: deploy ${env:DEPLOY}
`
	p, err := portal.Parse("portal.yaml", []byte(text), func(name string) (string, bool) { return hidden + name, true })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	p := secretive(t)
	type outer struct{ inner portal.Secret }
	values := map[string]any{"portal": *p, "pointer": p, "unexported": outer{portal.NewSecret(hidden)}, "list": p.Secret, "held": p.Held}
	for _, target := range p.Targets {
		values["target"] = *target
	}
	for _, i := range p.Identities {
		values[i.Name] = *i
	}
	for name, c := range p.Logins {
		values["recipe "+name] = *c
	}
	for name, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, hidden) || strings.Contains(got, fmt.Sprintf("%x", hidden)) {
				t.Errorf("%s printed with %s holds a secret: %s", name, verb, got)
			}
		}
		if name == "unexported" {
			continue
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%s in a log holds a secret: %s", name, log.String())
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(hidden)) {
			t.Errorf("%s as JSON holds a secret: %s", name, data)
		}
	}
}

func TestSecretValue(t *testing.T) {
	t.Parallel()
	s := portal.NewSecret(hidden)
	if s.Reveal() != hidden || s.IsZero() || !s.Equal(portal.NewSecret(hidden)) || s.Equal(portal.NewSecret("x")) {
		t.Errorf("a secret lost its value")
	}
	var zero portal.Secret
	if !zero.IsZero() || zero.Reveal() != "" || zero.String() != "" || !zero.Equal(portal.NewSecret("")) {
		t.Errorf("the zero secret holds something")
	}
	if a, b := s.String(), portal.NewSecret(hidden).String(); a != b || !strings.HasPrefix(a, "secret:") {
		t.Errorf("fingerprints %s and %s", a, b)
	}
}

func TestSecretsAreRecorded(t *testing.T) {
	t.Parallel()
	p := secretive(t)
	for _, name := range []string{"GATE", "BODY", "APP", "TOTP", "KEY", "MORE", "TOKEN", "RESOURCE", "LOGS", "DEPLOY", ""} {
		found := false
		for _, s := range p.Secret {
			found = found || s.Reveal() == hidden+name
		}
		if !found {
			t.Errorf("the value of %q is not among the recorded secrets", name)
		}
	}
	open := parse(t, "version: 1\ntargets:\n  x:\n    url: https://${env:HOST}\n")
	if len(open.Secret) != 0 || open.Targets[0].URL != "https://value-of-host" {
		t.Errorf("a URL from the environment: %s, %d secrets", open.Targets[0].URL, len(open.Secret))
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	p := secretive(t)
	first, err := p.SnapshotJSON()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(first, []byte(hidden)) {
		t.Errorf("the snapshot holds a secret:\n%s", first)
	}
	for _, want := range []string{`"password": "` + portal.NewSecret(hidden).String() + `"`, `"body": "secret=${env:BODY}"`, `"name": "alice"`} {
		if !bytes.Contains(first, []byte(want)) {
			t.Errorf("the snapshot lacks %s:\n%s", want, first)
		}
	}
	again, err := secretive(t).SnapshotJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) {
		t.Error("two snapshots of one portal differ")
	}
}
