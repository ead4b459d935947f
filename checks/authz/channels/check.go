// Package channels judges what one tenant hears on another's channels.
package channels

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no stranger hears an owner's events.
var Check = check.Check{
	ID: "authz/channels", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Channeled), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	heard := artifact.Channeled.Of(p)
	if err := g.Channels(p, heard.Trials); err != nil || len(p.Findings()) > 0 {
		return err
	}
	if heard.None {
		g.None(p, "is a channel behind a login (server-sent events, WebSocket)")
		return nil
	}
	p.Unproven(p.Check.ID, check.NotExamined, "no channel was followed")
	return nil
}
