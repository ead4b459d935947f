// Package logsecrets judges whether the log keeps passwords and tokens.
package logsecrets

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no password, token, cookie or key is in the log.
var Check = check.Check{
	ID: "hygiene/logsecrets", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Logged}, Judge: judge,
}

func judge(p *check.Pass) error {
	token := leakage.LogProof{Plant: "token"}
	leakage.ReportLogs(p, artifact.Logged.Of(p), leakage.LogKinds{
		Planted: []string{"password", "token", "cookie"},
		Patterns: map[string]leakage.LogProof{
			leakage.LogPassword: {Plant: "password"}, leakage.LogAuthorization: token, leakage.LogJWT: token, leakage.LogToken: token,
			leakage.LogCookie: {Plant: "cookie"}, leakage.LogKey: {}, leakage.LogPrivateKey: {}, leakage.LogDSN: {},
		},
		What: "a password, a token or a key",
	})
	return nil
}
