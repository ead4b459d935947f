package forgery

import (
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Subject names a recipe; the only one of a portal has no name.
func Subject(a artifact.Ambient) string { return strings.TrimSpace("login " + a.Recipe) }

// Ambient reports whether browsers send a recipe's credential by themselves.
// Where they do not, or nobody knows, it tells so itself.
func Ambient(p *check.Pass, a artifact.Ambient) bool {
	subject := Subject(a)
	var refs []evidence.Ref
	for _, x := range a.Proof {
		refs = append(refs, x.Ref)
	}
	switch {
	case a.Skipped.Reason != "":
		p.Unproven(subject, a.Skipped.Reason, a.Skipped.Why, refs...)
	case a.Kind == "none":
		p.NotApplicable(subject, "the cookies alone sign nobody in, and browsers send nothing else by themselves", refs...)
	default:
		return true
	}
	return false
}

// Alike reports whether a route refuses a foreign request as another does, whose
// refusal was seen to change nothing.
func Alike(f *artifact.Forgery, load Load) (bool, error) {
	if len(f.Tries) == 0 || !f.Tries[0].Write.Sent() || !f.LikeTry.Sent() {
		return false, nil
	}
	a, err := load(f.LikeTry.Ref)
	if err != nil || a == nil {
		return false, err
	}
	b, err := load(f.Tries[0].Write.Ref)
	if err != nil || b == nil {
		return false, err
	}
	if a.Status() != b.Status() || a.Status() < 300 {
		return false, nil
	}
	mask := normal.Mask{Echo: []string{a.Request.URL, b.Request.URL}}
	return normal.Same(normal.Of(a, mask), normal.Of(b, mask)), nil
}
