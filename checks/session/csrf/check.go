// Package csrf judges what another site's page could make a browser change.
package csrf

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/forgery"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no page of another site changes anything in a signed-in user's name.
var Check = check.Check{
	ID: "session/csrf", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.CrossSites}, Judge: judge,
}

func judge(p *check.Pass) error {
	x := artifact.CrossSites.Of(p)
	ambient := false
	for _, a := range x.Ambients {
		if forgery.Ambient(p, a) {
			ambient = true
		}
	}
	for i := range x.Operations {
		f, err := operation(p, &x.Operations[i])
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if ambient && len(x.Operations) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no change is known that could be tried and undone: describe objects under resources, with create, update and delete")
	}
	return nil
}

// verdicts are the tries of an operation, by what came of them.
type verdicts struct {
	through, doubtful, near, former []artifact.Forged
	open                            *artifact.Attempt // what could not be decided
	refused                         int
}

func sort(p *check.Pass, f *artifact.Forgery) (verdicts, error) {
	var v verdicts
	for i := range f.Tries {
		k := &f.Tries[i]
		happened, err := forgery.Happened(f, *k, p.Exchange)
		switch {
		case err != nil:
			return v, err
		case happened && k.Token == "other session's":
			v.former = append(v.former, *k)
		case happened && k.Site != "cross-site":
			v.near = append(v.near, *k)
		case happened && (k.Default || k.Unseen):
			v.doubtful = append(v.doubtful, *k)
		case happened:
			v.through = append(v.through, *k)
		case k.Write.Unproven != "" && v.open == nil:
			v.open = &k.Write
		case k.Write.Sent() && k.After.Unproven != "" && v.open == nil:
			v.open = &k.After
		case k.Preflight.Unproven != "" && v.open == nil:
			v.open = &k.Preflight
		default:
			v.refused++
		}
	}
	return v, nil
}

func operation(p *check.Pass, f *artifact.Forgery) (check.Finding, error) {
	out := check.Finding{Subject: f.Route, Route: f.Route, Outcome: check.Unproven}
	switch f.Class {
	case "refusal":
		return refusal(p, f, out)
	case "kept":
		return kept(f, out), nil
	}
	v, err := sort(p, f)
	if err != nil {
		return out, err
	}
	works, err := forgery.Works(f, p.Exchange)
	if err != nil {
		return out, err
	}
	out.Exhibits = slices.Concat(check.Show("before", first(f.Before)), check.Show("control", f.Positive.Ref))
	switch {
	case len(v.through) > 0:
		return failed(p, f, v.through, out)
	case f.Skipped.Reason != "":
		out.Reason, out.Message = f.Skipped.Reason, f.Skipped.Why
	case len(v.doubtful) > 0:
		out.Reason, out.Exhibits = check.Suspected, append(out.Exhibits, shown(v.doubtful[0])...)
		out.Message = fmt.Sprintf("a page of another site gets through by %s where the browser sends the session cookie along: %s", names(v.doubtful), why(v.doubtful[0]))
	case v.open != nil:
		out.Reason, out.Message = v.open.Unproven, v.open.Why
		out.Exhibits = append(out.Exhibits, check.Show("attempt", v.open.Ref)...)
	case !f.Alive:
		out.Reason, out.Message = check.SessionDead, "the session that was attacked did not outlive the tries, so their refusal says nothing"
	case !works:
		out.Reason, out.Message = check.NoPositiveControl, "the proper request was not seen to change anything"
	default:
		out.Outcome, out.Message = check.OK, held(f, v)
		if len(f.Tries) > 0 {
			out.Exhibits = append(out.Exhibits, shown(f.Tries[0])...)
		}
	}
	return out, nil
}

// failed words a change that was made from elsewhere.
func failed(p *check.Pass, f *artifact.Forgery, through []artifact.Forged, out check.Finding) (check.Finding, error) {
	worst := through[len(through)-1]
	out.Outcome, out.Who = check.Fail, f.Who
	out.Message = fmt.Sprintf("a page of another site changes this in the name of %s, by %s", f.Who, names(through))
	if worst.Token == "pair" {
		out.Message += "; the token need only equal a cookie, which whoever controls a sibling subdomain or a plain-http answer can set"
	}
	if worst.Note != "" {
		out.Message += "; " + worst.Note
	}
	confirmed, err := forgery.Confirmed(f, p.Exchange)
	if err != nil {
		return out, err
	}
	out.Exhibits = append(out.Exhibits, shown(worst)...)
	switch {
	case confirmed:
		out.Message += "; confirmed in " + f.Confirm.Browser
		out.Exhibits = slices.Concat(out.Exhibits, check.Show("attempt", f.Confirm.Request), check.Show("after", f.Confirm.After.Ref))
	case f.Confirm != nil && f.Confirm.Why != "":
		out.Message += "; not confirmed in a browser: " + f.Confirm.Why
	case f.Confirm != nil:
		out.Message += "; " + f.Confirm.Browser + " did not get through with it"
	}
	return out, nil
}

// held words why nothing got through.
func held(f *artifact.Forgery, v verdicts) string {
	text := fmt.Sprintf("nothing changes in %d forms of a foreign page's request", v.refused)
	switch {
	case len(f.Tries) == 0:
		text = "no page can send it: the browser keeps the session back"
	case len(v.near) > 0:
		text = "it hangs on SameSite alone: a page of the same site gets through by " + names(v.near)
	}
	if len(v.former) > 0 {
		text += "; a token of another session of the same user is taken too"
	}
	return text
}

// kept words the operations that no other site's page can send with the session.
func kept(f *artifact.Forgery, out check.Finding) check.Finding {
	out.Route = ""
	out.Subject, out.Outcome = "others of "+f.Cluster, check.OK
	out.Message = fmt.Sprintf("SameSite keeps the session back from other sites' pages; what these change could not be seen: %s", strings.Join(f.LeftOut, ", "))
	return out
}

// refusal compares a route whose effect cannot be seen with one whose can.
func refusal(p *check.Pass, f *artifact.Forgery, out check.Finding) (check.Finding, error) {
	if f.Skipped.Reason != "" {
		out.Reason, out.Message = f.Skipped.Reason, f.Skipped.Why
		return out, nil
	}
	alike, err := forgery.Alike(f, p.Exchange)
	if err != nil || len(f.Tries) == 0 {
		return out, err
	}
	k := f.Tries[0]
	out.Exhibits = slices.Concat(check.Show("control", f.LikeTry.Ref), check.Show("attempt", k.Write.Ref))
	switch {
	case k.Write.Unproven != "":
		out.Reason, out.Message = k.Write.Unproven, k.Write.Why
	case alike:
		out.Outcome, out.Message = check.OK, "refused from elsewhere before anything else, as "+f.Like+" is"
	default:
		out.Reason, out.Message = check.Suspected, "from elsewhere it is not refused as "+f.Like+" is, and what it changes could not be seen: describe it under resources, or waive it"
	}
	return out, nil
}

func names(ks []artifact.Forged) string {
	var out []string
	for _, k := range ks {
		_, name, _ := strings.Cut(k.Form, " ")
		switch k.Token {
		case "", "removed":
		case "pair":
			name += " with a made-up token and cookie"
		case "empty":
			name += " with an empty token"
		case "changed":
			name += " with a token of the right length"
		default:
			name += " with an" + k.Token + " token"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

func why(k artifact.Forged) string {
	if k.Unseen {
		return "nobody saw with which SameSite it is set"
	}
	return k.Note
}

func first(as []artifact.Attempt) (ref evidence.Ref) {
	if len(as) > 0 {
		return as[0].Ref
	}
	return ""
}

func shown(k artifact.Forged) []check.Exhibit {
	return slices.Concat(check.Show("attempt", k.Preflight.Ref, k.Write.Ref), check.Show("after", k.After.Ref))
}
