package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Channel rules on what a stranger heard on an owner's channel, beside what
// the owner heard there of its own change.
func (g *Ground) Channel(t artifact.ChannelTrial) (Case, error) {
	c := Case{Route: t.Route, Owner: t.Owner, Stranger: t.Stranger, Kind: t.How, Try: t.Try, P: t.Control}
	if t.Skipped.Reason != "" {
		c.Ruling = Skipped(t.Route, t.Skipped).Ruling
		return c, nil
	}
	control, err := g.Load(t.Control)
	if err != nil {
		return c, err
	}
	try, err := g.Load(t.Try)
	if err != nil {
		return c, err
	}
	c.Ruling = g.overheard(t, control, try)
	return c, nil
}

func (g *Ground) overheard(t artifact.ChannelTrial, control, try marker.Answer) marker.Ruling {
	unproven := func(reason check.Reason, format string, args ...any) marker.Ruling {
		return marker.Ruling{Outcome: check.Unproven, Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	at, heard := hears(try.Ex, t)
	status := try.Ex.Status()
	switch {
	case heard && g.Route(t.Route).Shared:
		return marker.Ruling{Outcome: check.OK, Message: "declared as shared between tenants"}
	case heard:
		return marker.Ruling{
			Outcome: check.Fail, Step: 2, Places: []check.Place{{Where: at, Kind: marker.Canary, Masked: "lrc-…"}},
			Message: fmt.Sprintf("on the owner's channel (%s) the stranger heard of what the owner changed", t.Kind),
		}
	case !t.Edit.Sent() || t.Edit.Unproven != "":
		return unproven(check.NoPositiveControl, "the owner changed nothing that could be heard of: %s", t.Edit.Why)
	case control.Unproven != "":
		return unproven(control.Unproven, "what the owner heard decides nothing: %s", control.Why)
	case !own(control.Ex, t):
		return unproven(check.NoPositiveControl, "not even the owner heard of the change (status %d)", control.Ex.Status())
	case try.Unproven != "":
		return unproven(try.Unproven, "what the stranger heard decides nothing: %s", try.Why)
	case status == 0:
		return unproven(check.Unstable, "no answer to the stranger arrived")
	case g.refused(t.Route, try.Ex):
		return marker.Ruling{Outcome: check.OK, Step: 5, Message: fmt.Sprintf("the stranger is not let in (status %d)", status)}
	case status == 101 || status/100 == 2:
		return marker.Ruling{Outcome: check.OK, Step: 5, Message: fmt.Sprintf("the stranger was let in (status %d), but heard nothing of what the owner did", status)}
	case status/100 == 5:
		return unproven(check.Unstable, "the portal fails for the stranger (status %d)", status)
	case status/100 == 4:
		return marker.Ruling{Outcome: check.OK, Step: 5, Message: fmt.Sprintf("the stranger is not let in (status %d)", status)}
	}
	return unproven(check.Undeclared, "the stranger gets status %d, which is not known to be a refusal: declare it under denied", status)
}

func (g *Ground) refused(route string, ex *evidence.Exchange) bool {
	_, refused := g.Judge.Denied(route, ex)
	return refused
}

// hears reports whether what the owner wrote, or an id that no other object
// has, stands in what a stranger heard.
func hears(ex *evidence.Exchange, t artifact.ChannelTrial) (at string, heard bool) {
	texts := []string{t.Marker}
	if normal.Unique(normal.Format(t.ID)) {
		texts = append(texts, t.ID)
	}
	body := strings.ToLower(string(ex.Body()))
	for _, text := range texts {
		if i := strings.Index(body, strings.ToLower(text)); text != "" && i >= 0 {
			return fmt.Sprintf("body byte %d", i), true
		}
	}
	return "", false
}

// own reports whether the owner heard of the change; of an object that has a
// plain number, the number is enough.
func own(ex *evidence.Exchange, t artifact.ChannelTrial) bool {
	if _, heard := hears(ex, t); heard {
		return true
	}
	words := strings.FieldsFunc(string(ex.Body()), func(r rune) bool { return strings.ContainsRune(" \t\r\n\",:{}[]/", r) })
	return t.ID != "" && slices.Contains(words, t.ID)
}

// Channels reports one finding for each channel route. A way of subscribing
// that the server did not understand from the owner either says nothing, when
// another was understood.
func (g *Ground) Channels(p *check.Pass, trials []artifact.ChannelTrial) error {
	return Routes(trials, func(t artifact.ChannelTrial) string { return t.Route }, func(route string, of []artifact.ChannelTrial) error {
		var cases []Case
		for _, t := range of {
			c, err := g.Channel(t)
			if err != nil {
				return err
			}
			cases = append(cases, c)
		}
		understood := slices.DeleteFunc(slices.Clone(cases), func(c Case) bool {
			return c.Reason == check.NoPositiveControl && slices.ContainsFunc(cases, func(o Case) bool {
				return o.Stranger == c.Stranger && o.Owner == c.Owner && o.Kind != c.Kind && o.Reason != check.NoPositiveControl
			})
		})
		g.Fold(p, route, "hears", understood)
		return nil
	})
}
