package routes

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Local is the inventory as far as files alone tell: contracts on disk,
// recordings and the description. It sends nothing; what the target serves
// is noted as not read yet.
func Local(p *portal.Portal, target *portal.Target) *artifact.Inventory {
	g := &gathering{Tools: gather.NewTools(p, target, nil, nil), site: siteOf(target), b: newBuilder()}
	g.signIns()
	g.resources()
	for _, name := range p.Routes.OpenAPI {
		data, onDisk := g.contractFile(name)
		if !onDisk {
			g.note(fromOpenAPI, "%s: on the target, read when the audit runs", name)
			continue
		}
		g.contract(context.Background(), name, data, nil)
	}
	g.recordings()
	return g.finish()
}
