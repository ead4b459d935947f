package csrf

import (
	"context"
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
)

// operations tries everything that can be tried, and says of the rest why not.
func (r *run) operations(ctx context.Context) {
	ambient := false
	for _, a := range r.out.Ambients {
		ambient = ambient || a.Kind == byCookie || a.Kind == byBasic
	}
	if !ambient {
		return
	}
	ops, handled := r.objects()
	own, more := r.profiles()
	maps.Copy(handled, more)
	ops = slices.Concat(own, r.links(), ops)
	for i, op := range ops {
		switch {
		case op.Skipped.Reason != "":
		case !r.mayWrite():
			op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "allow write, for whether a change gets through shows on a change only"}
		case i >= maxOperations:
			op.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "other operations were tried first"}
		case ctx.Err() != nil:
			op.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "the run ended before it"}
		default:
			r.conduct(ctx, op)
		}
	}
	r.settle(ctx)
	for _, op := range ops {
		if untold(op) {
			for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
				if route.Template == op.route.Template {
					delete(handled, route.ID)
				}
			}
			continue
		}
		r.out.Operations = append(r.out.Operations, op.Forgery)
	}
	r.rest(ctx, handled)
}

// untold reports an operation that could not be made to show: it is one of the
// rest then, for which SameSite or a neighbour may speak.
func untold(op *operation) bool {
	return len(op.Tries) == 0 && !op.route.Safe() && (op.Skipped.Reason == check.NoPositiveControl || op.Skipped.Reason == check.Undeclared)
}
