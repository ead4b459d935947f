package gather

import (
	"context"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// idPlace stands in a journalled path for an id that is not known yet.
const idPlace = "{id}"

// Write sends one write after it has been journalled: the entry is on the disk
// before the request goes out. then says what became known by the answer.
func (t *Tools) Write(ctx context.Context, a Ask, e journal.Entry, then func(Answered) *journal.Entry) Answered {
	e.Target, e.Method, e.Path = t.Target.Name, a.Request.Method, a.Request.URL
	id, err := t.Journal.Before(e)
	if err != nil {
		return Answered{Attempt: artifact.Attempt{Name: a.Name, Who: a.Who, Unproven: check.RunError, Why: err.Error()}}
	}
	a.Request.Effect = portal.Write
	a.Request.Expect5xx = a.Request.Expect5xx || t.FailsToRefuse()
	got := t.InOrder(ctx, a)[0]
	if !got.Sent() && got.Unproven != "" && got.Unproven != check.Unstable {
		err = t.Journal.NotSent(id, got.Why)
	} else {
		var patch *journal.Entry
		if then != nil {
			patch = then(got)
		}
		err = t.Journal.Done(id, fmt.Sprintf("answered %d", got.Status()), patch)
	}
	if err != nil {
		got.Unproven, got.Why = check.RunError, err.Error()
	}
	return got
}

// Status is the status of the answer, or 0.
func (a Answered) Status() int {
	if a.Answer == nil {
		return 0
	}
	return a.Answer.Status
}
