package gather

import (
	"bytes"
	"context"
	"net/url"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/portal"
)

// Play tries tricks on one closed route as who. A trick that is answered with
// more than a refusal is sent again, and once on a random path as its control.
// It returns the transcript and the tricks that were worth a second look.
func (t *Tools) Play(ctx context.Context, who string, r artifact.Route, v artifact.Values, tricks []Trick) ([]artifact.Trick, []Trick) {
	target, ok := r.Fill(v)
	if !ok {
		return nil, nil
	}
	target = withBase(t.Target, target)
	done := make([]artifact.Trick, len(tricks))
	var hits []Trick
	var first, second Batch
	ask := func(name string, k Trick, target string) Ask {
		return Ask{Name: name + " " + k.Name, Who: who, Request: k.Make(r.Method, target)}
	}
	for i, k := range tricks {
		done[i] = artifact.Trick{Name: k.Name, Route: r.ID}
		first.Add(ask("trick", k, target), func(got Answered) {
			done[i].Try = got.Attempt
			if !t.worthAnother(r.ID, got) {
				return
			}
			hits = append(hits, k)
			second.Add(ask("again", k, target), func(got Answered) { done[i].Again = got.Attempt })
			second.Add(ask("control", k, RandomTarget(target)), func(got Answered) { done[i].Control = got.Attempt })
		})
	}
	first.Send(ctx, t)
	second.Send(ctx, t)
	return done, hits
}

// worthAnother says that an answer is no ordinary refusal and carries a body.
func (t *Tools) worthAnother(route string, got Answered) bool {
	if got.Answer == nil || len(bytes.TrimSpace(got.Answer.Body)) == 0 {
		return false
	}
	if _, denied := t.Refusals().Denied(route, got.Answer.Exchange); denied {
		return false
	}
	return got.Answer.Status < 300 || got.Answer.Status >= 500
}

// withBase puts a target below the base path of the portal's URL, as it will
// stand on the wire.
func withBase(t *portal.Target, target string) string {
	u, err := url.Parse(t.URL)
	if err != nil || u.Path == "" || u.Path == "/" {
		return target
	}
	return u.EscapedPath() + target
}
