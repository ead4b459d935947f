package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/journal"
)

// restoring bounds undoing and signing out, which also happen after an
// interrupt: a minute, and for each write what five requests take at the rate.
func (r *run) restoring() time.Duration {
	writes := float64(len(r.tools.Journal.Outstanding()))
	return time.Minute + time.Duration(5*writes/max(r.Target.Rate, 1)*float64(time.Second))
}

// countRenewals adds to the sign-in transcript how often each session had to
// be renewed, which only the end of the run knows.
func (r *run) countRenewals() {
	s, _ := r.made[artifact.SignIns.Name()].(*artifact.Sessions)
	if s == nil {
		return
	}
	for i := range s.Identities {
		if live := r.tools.Sessions[s.Identities[i].Name]; live != nil {
			s.Identities[i].Renewals = live.Renewals()
		}
	}
	if err := r.writer.Artifact(artifact.SignIns.Name(), s); err != nil {
		r.errors = append(r.errors, err.Error())
	}
}

// restore undoes what the run changed and signs its sessions out; it works
// after an interrupt too, within a time of its own.
func (r *run) restore() []journal.Entry {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), r.restoring())
	defer cancel()
	r.wire.Unlimit()
	if len(r.tools.Journal.Outstanding()) > 0 {
		r.wire.TryAgain()
	}
	left := r.tools.For("restore").Undo(ctx)
	for _, e := range left {
		r.errors = append(r.errors, "left behind: "+e.String())
	}
	for _, s := range r.tools.Sessions {
		// Signing out is a courtesy: a session that stays ends by itself.
		_ = s.SignOut(ctx)
	}
	if err := r.tools.Journal.Close(); err != nil {
		r.errors = append(r.errors, err.Error())
	}
	return left
}

// mostNotes bounds what a report repeats of a bad day; the evidence has all of it.
const mostNotes = 20

// notes says in plain words what kept the run from deciding: who is not signed
// in, and what was given up or paused.
func (r *run) notes() []string {
	var out []string
	if r.Quick {
		out = append(out, "a quick run asks for fewer variants and leaves out what is unproven below; before the launch, audit without --quick")
	}
	s, _ := r.made[artifact.SignIns.Name()].(*artifact.Sessions)
	if err := r.tools.Nobody(); err != nil {
		out = append(out, err.Error())
	} else if s != nil {
		for _, i := range s.Identities {
			if !i.SignedIn {
				out = append(out, i.Name+" is not signed in: "+i.Why)
			}
		}
	}
	if n := r.tools.Throttled(); n > 0 {
		out = append(out, fmt.Sprintf("the portal throttled %d requests: lower the target's rate, or let the auditor pass", n))
	}
	out = append(out, r.wire.Trips()...)
	if s != nil {
		for _, i := range s.Identities {
			switch {
			case i.Renewals == 1:
				out = append(out, i.Name+" had to sign in again, for the session had died")
			case i.Renewals > 1:
				out = append(out, fmt.Sprintf("%s had to sign in again %d times, for the session had died", i.Name, i.Renewals))
			}
		}
	}
	if inv, _ := r.made[artifact.Inventories.Name()].(*artifact.Inventory); inv != nil {
		out = append(out, inv.Gaps...)
	}
	return out[:min(len(out), mostNotes)]
}
