// Package forgery judges what came of a request that another site's page made:
// by the re-read, never by the answer to the request itself.
package forgery

import (
	"bytes"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Load returns a recorded exchange; nil for the empty ref.
type Load func(evidence.Ref) (*evidence.Exchange, error)

// Happened reports whether the re-read after a try shows that it has changed
// what it wanted to change.
func Happened(f *artifact.Forgery, k artifact.Forged, load Load) (bool, error) {
	if !k.Write.Sent() {
		return false, nil
	}
	for _, reading := range []artifact.Attempt{k.After, f.Settled} {
		shown, err := shows(f, k.Sign, reading, load)
		if shown || err != nil {
			return shown, err
		}
	}
	return false, nil
}

// Works reports whether the proper request shows its change: without that, the
// refusal of the others says nothing.
func Works(f *artifact.Forgery, load Load) (bool, error) {
	return shows(f, f.Sign, f.Shown, load)
}

// Confirmed reports whether a real browser made the change.
func Confirmed(f *artifact.Forgery, load Load) (bool, error) {
	if f.Confirm == nil || f.Confirm.Why != "" {
		return false, nil
	}
	anew := *f
	if len(f.Confirm.Before) > 0 {
		anew.Before, anew.Sign = f.Confirm.Before, f.Confirm.Gone
	}
	return shows(&anew, f.Confirm.Sign, f.Confirm.After, load)
}

func shows(f *artifact.Forgery, sign string, reading artifact.Attempt, load Load) (bool, error) {
	if !reading.Sent() || reading.Unproven != "" {
		return false, nil
	}
	after, err := load(reading.Ref)
	if err != nil || after == nil || after.Response == nil {
		return false, err
	}
	switch f.Effect {
	case artifact.Appears:
		return sign != "" && bytes.Contains(after.Response.Body, []byte(sign)), nil
	case artifact.Gone:
		before, err := first(f, load)
		if err != nil || before == nil || f.Sign == "" || !bytes.Contains(before.Response.Body, []byte(f.Sign)) {
			return false, err
		}
		status := after.Status()
		if status == 401 && f.Class != "logout" {
			return false, nil // the session is gone, and perhaps not the object
		}
		return status < 500 && status != 429 && !bytes.Contains(after.Response.Body, []byte(f.Sign)), nil
	case artifact.Differs:
		return differs(f, after, load)
	}
	return false, nil
}

func first(f *artifact.Forgery, load Load) (*evidence.Exchange, error) {
	if len(f.Before) == 0 || !f.Before[0].Sent() || f.Before[0].Unproven != "" {
		return nil, nil
	}
	ex, err := load(f.Before[0].Ref)
	if err != nil || ex == nil || ex.Response == nil {
		return nil, err
	}
	return ex, nil
}

// differs compares with two readings from before, which must be alike.
func differs(f *artifact.Forgery, after *evidence.Exchange, load Load) (bool, error) {
	before, err := first(f, load)
	if err != nil || before == nil || len(f.Before) < 2 || !f.Before[1].Sent() {
		return false, err
	}
	again, err := load(f.Before[1].Ref)
	if err != nil || again == nil || again.Response == nil {
		return false, err
	}
	mask := normal.Mask{Volatile: normal.VolatilePointers(before, again)}
	a, b, c := normal.Of(before, mask), normal.Of(again, mask), normal.Of(after, mask)
	return normal.Same(a, b) && !normal.Same(b, c) && before.Status() == again.Status() && after.Status() < 500, nil
}
