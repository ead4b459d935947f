package canary

import (
	"context"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// Ask asks at once; see expected.
func Ask(ctx context.Context, t *gather.Tools, asks ...gather.Ask) []gather.Answered {
	return t.Ask(ctx, Expected(t, asks...)...)
}

// Expected says of requests, most of which are to be refused, that server
// errors are no surprise where the portal refuses by them.
func Expected(t *gather.Tools, asks ...gather.Ask) []gather.Ask {
	for i := range asks {
		asks[i].Request.Expect5xx = asks[i].Request.Expect5xx || t.FailsToRefuse()
	}
	return asks
}

// Allowed reports whether a role may call a route, as far as it is declared.
func Allowed(r artifact.Route, role string) bool {
	return r.Roles == nil || slices.Contains(r.Roles, role)
}
