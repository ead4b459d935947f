package limiting

import (
	"fmt"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// enoughTimes is how many pairs tell a difference from chance.
const enoughTimes = 10

// Times judges whether answers take longer for accounts that exist. That they
// do is a suspicion: a network between has its moods too.
func Times(p artifact.TimedPair, lookup func(evidence.Ref) (*evidence.Exchange, error)) (Ruling, error) {
	if p.Skipped.Reason != "" {
		return unproven(p.Skipped.Reason, "%s", p.Skipped.Why), nil
	}
	known, unknown, why, err := samples(p.Known, p.Unknown, lookup)
	if err != nil {
		return Ruling{}, err
	}
	if len(known) < enoughTimes {
		return unproven(why.Reason, "only %d of %d pairs were answered: %s", len(known), enoughTimes, why.Why), nil
	}
	refs := []evidence.Ref{p.Known[0].Ref, p.Unknown[0].Ref}
	differ, a, b, chance := Apart(known, unknown)
	if !differ {
		return Ruling{Outcome: check.OK, Refs: refs, Message: fmt.Sprintf("answers take as long for accounts that exist (%s) as for others (%s), in %d pairs", short(a), short(b), len(known))}, nil
	}
	again, other, _, err := samples(p.KnownAgain, p.UnknownAgain, lookup)
	if err != nil {
		return Ruling{}, err
	}
	twice, c, d, _ := Apart(again, other)
	if len(again) >= enoughTimes && (!twice || (a < b) != (c < d)) {
		return Ruling{Outcome: check.OK, Refs: refs, Message: fmt.Sprintf("answers took %s and %s in one round, and not so in the next (%s and %s)", short(a), short(b), short(c), short(d))}, nil
	}
	out := unproven(check.Suspected, "answers take %s for accounts that exist and %s for others (by chance: %.1g)", short(a), short(b), chance)
	if len(again) >= enoughTimes {
		out.Message += fmt.Sprintf(", and again %s and %s: whoever has patience may tell which exist", short(c), short(d))
	}
	out.Refs = refs
	return out, nil
}

// AnswerTimes reports how long answers took to accounts that exist and to others.
func AnswerTimes(p *check.Pass) error {
	timed, ok := artifact.Timed.Get(p)
	if m := artifact.Timed.Missing(p); !ok && m.Reason != check.NotExamined && len(p.Findings()) > 0 {
		p.Unproven("time of the answers", m.Reason, m.Why)
	}
	if !ok {
		return nil
	}
	for _, pair := range timed.Pairs {
		r, err := Times(pair, p.Exchange)
		if err != nil {
			return err
		}
		p.Report(check.Finding{
			Subject: "time of " + pair.Endpoint + ": " + pair.Route, Route: pair.Route,
			Outcome: r.Outcome, Reason: r.Reason, Message: r.Message, Exhibits: check.Show("attempt", r.Refs...),
		})
	}
	return nil
}

// samples are the times of the pairs of which both were answered, and why others were not.
func samples(known, unknown []artifact.Attempt, lookup func(evidence.Ref) (*evidence.Exchange, error)) (a, b []time.Duration, why artifact.Skip, err error) {
	why = artifact.Skip{Reason: check.NotExamined, Why: "they were not asked"}
	for i := range min(len(known), len(unknown)) {
		var took [2]time.Duration
		whole := true
		for j, t := range []artifact.Attempt{known[i], unknown[i]} {
			ex, err := lookup(t.Ref)
			if err != nil {
				return nil, nil, why, fmt.Errorf("read exchange of a timed attempt: %w", err)
			}
			if t.Unproven != "" || ex.Status() == 0 {
				whole = false
				why = artifact.Skip{Reason: check.Unstable, Why: "an answer did not arrive"}
				if t.Unproven != "" {
					why = artifact.Skip{Reason: t.Unproven, Why: t.Why}
				}
				continue
			}
			took[j] = ex.Took
		}
		if whole {
			a, b = append(a, took[0]), append(b, took[1])
		}
	}
	return a, b, why, nil
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
