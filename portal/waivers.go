package portal

import (
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// maxWaiver is how long a finding may be accepted: what lasts longer is not an
// exception but a decision, and belongs into the portal's description.
const maxWaiver = 90 * 24 * time.Hour

// Waiver is a named person's dated, expiring, reasoned acceptance of one finding.
type Waiver struct {
	Finding    string // id or fingerprint; or
	Check      string // a check and
	Subject    string // its subject
	Outcome    string // the worst that is accepted: "fail" or "unproven"; "" is unproven
	By         string
	ApprovedBy string
	Reason     string
	Control    string    // what is done instead
	Date       time.Time // when it was given
	Expires    time.Time // when it ends
	Line       int
}

// Expired reports whether the waiver has ended; it is kept, but no longer applied.
func (w Waiver) Expired(now time.Time) bool { return !now.Before(w.Expires) }

// LoadWaivers reads a file of waivers, a list. An empty file holds none.
func LoadWaivers(path string) ([]Waiver, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, failed(path, "cannot be read: "+cause(err).Error(), "", err)
	}
	r, doc, err := open(path, filepath.Dir(path), data, nil)
	if err != nil || doc == nil || isNull(doc) {
		return nil, err
	}
	var waivers []Waiver
	many(waiverForm()).read(r, doc, &waivers)
	return waivers, r.err()
}

func waiverForm() form[Waiver] {
	f := lined(mapping("waiver", []key[Waiver]{
		at("finding", text(), func(w *Waiver) *string { return &w.Finding }, "id or fingerprint"),
		at("check", text(), func(w *Waiver) *string { return &w.Check }, "a check, together with subject"),
		at("subject", text(), func(w *Waiver) *string { return &w.Subject }, "what the check examined"),
		at("outcome", choice([]string{"fail", "unproven"}), func(w *Waiver) *string { return &w.Outcome }, "the worst that is accepted").or("unproven"),
		at("by", text(), func(w *Waiver) *string { return &w.By }, "who accepts it").must(),
		at("approved-by", text(), func(w *Waiver) *string { return &w.ApprovedBy }, "who approved it, somebody else"),
		at("reason", text(), func(w *Waiver) *string { return &w.Reason }, "why").must(),
		at("control", text(), func(w *Waiver) *string { return &w.Control }, "what is done instead"),
		at("date", day(), func(w *Waiver) *time.Time { return &w.Date }, "when it was given, 2026-03-01").must(),
		at("expires", day(), func(w *Waiver) *time.Time { return &w.Expires }, "when it ends, within 90 days").must(),
	}, nil), func(w *Waiver) *int { return &w.Line })
	read := f.read
	f.read = func(r *reader, n ast.Node, into *Waiver) {
		before := len(r.problems)
		read(r, n, into)
		if len(r.problems) > before {
			return
		}
		switch {
		case into.Finding == "" && (into.Check == "" || into.Subject == ""):
			r.fail(n, "finding: its id, or check: and subject:", "the waiver names no finding")
		case into.Finding != "" && (into.Check != "" || into.Subject != ""):
			r.fail(n, "keep finding, or check and subject", "the waiver names its finding twice")
		case into.By == into.ApprovedBy:
			r.fail(n, "", "%s cannot approve their own waiver", into.By)
		case !into.Expires.After(into.Date):
			r.fail(n, "", "the waiver ends before it begins")
		case into.Expires.Sub(into.Date) > maxWaiver:
			r.fail(n, "a finding is accepted for 90 days at most", "the waiver lasts %d days", int(into.Expires.Sub(into.Date).Hours()/24))
		}
	}
	return f
}

// day reads a date; it begins at midnight UTC.
func day() form[time.Time] {
	return parsed(text(), "date such as 2026-03-01", `^\d{4}-\d{2}-\d{2}$`, func(t string) (time.Time, string, string) {
		v, err := time.Parse(time.DateOnly, t)
		if err != nil {
			return v, `"` + t + `" is not a date`, "write 2026-03-01"
		}
		return v, "", ""
	})
}
