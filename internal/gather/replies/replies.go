// Package replies names every exchange of the run, so that checks can look at
// each answer the portal gave, whoever asked for it and why. It sends nothing.
package replies

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// most bounds the names kept: far more than the requests any run may send.
const most = 50_000

// Gatherer makes the list of replies. It belongs at the end of a run.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:  "replies",
		Doc:   "lists every answer of the run, to be looked at for what it gives away",
		Makes: artifact.Replied.Name(),
		// What is asked first is looked at as well: wants make a run of this row
		// alone ask for it.
		Wants: []string{artifact.Corpora.Name(), artifact.Provoked.Name()},
		Gather: func(_ context.Context, t *gather.Tools) (any, error) {
			refs := t.Recorded()
			out := &artifact.Replies{Refs: []evidence.Ref{}}
			out.Left = max(0, len(refs)-most)
			out.Refs = append(out.Refs, refs[:len(refs)-out.Left]...)
			return out, nil
		},
	}
}
