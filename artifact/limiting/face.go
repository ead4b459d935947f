// Package limiting tells from the answers to a burst whether, when and how a
// limit came: it compares answers, finds the first sign of a limit in a series,
// and judges the phases of a door. It is pure; the gatherer uses it to know
// when to stop, and checks to judge.
package limiting

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Face is what of one attempt a caller can tell from another.
type Face struct {
	Status int
	Loud   bool // says by status or Retry-After that it was too much
	Worded bool // speaks of limits, locks or captchas
	Cut    bool // no answer came
	In     bool // signed in, proved
	Took   time.Duration
	Layer  string        // Server and Via of whatever answered
	Wait   time.Duration // Retry-After in seconds; 0: none
	Name   string        // of the shot
	From   string

	view  *normal.View
	after *normal.View // the page it led to; nil without one
}

// speaks are the words of limits, locks and captchas.
var speaks = regexp.MustCompile(`(?i)\btoo many\b|\brate[ -]?limit|\bslow down\b|\bquota\b|\bthrottl|\block(ed|out)\b|\blocked[ -]?out\b|captcha|turnstile|\btry again (later|in|after)\b|` +
	`\btemporar(y|ily)\b[^.]{0,40}\b(block|disabl|suspend|lock|unavailable)|\b(is|was|been|are) blocked\b|\bunusual (traffic|activity)\b|\bsuspicious activity\b|\bnot a robot\b|\bare (you )?human\b|\bwait \S+ (seconds?|minutes?|hours?)\b|` +
	`zu viele|gesperrt|trop de|demasiad[ao]s|te veel|troppi|muitas tentativas`)

// mostSaid bounds the text that is searched for such words.
const mostSaid = 1 << 16

// FaceOf makes a shot comparable; ex and after are its exchanges.
func FaceOf(s artifact.Shot, ex, after *evidence.Exchange) Face {
	f := Face{In: s.In, Name: s.Name, From: s.From, Cut: s.Cut != "" || ex != nil && ex.Response == nil}
	if ex == nil {
		f.view = normal.Of(nil, normal.Mask{})
		return f
	}
	mask := normal.Mask{}
	if s.User != "" {
		mask.Echo = []string{s.User} // an answer may repeat whom it refuses
	}
	f.view, f.Took, f.Layer = normal.Of(ex, mask), ex.Took, layer(ex)
	f.Status = f.view.Status
	f.Loud, f.Wait = loud(ex), wait(ex)
	f.Worded = speaks.MatchString(head(f.view.Says()))
	if after != nil {
		f.after = normal.Of(after, mask)
		f.Loud = f.Loud || loud(after)
		f.Worded = f.Worded || speaks.MatchString(head(f.after.Says()))
	}
	return f
}

func head(s string) string { return s[:min(len(s), mostSaid)] }

// loud reports an answer that nobody can take for anything but a limit.
func loud(ex *evidence.Exchange) bool {
	switch s := ex.Status(); {
	case s == 429:
		return true
	case s >= 400:
		return ex.Header("Retry-After") != ""
	}
	return false
}

// wait is what Retry-After asks for, where it counts seconds or names a time
// after the answer's own Date (RFC 9110 §10.2.3).
func wait(ex *evidence.Exchange) time.Duration {
	text := strings.TrimSpace(ex.Header("Retry-After"))
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 1<<31 {
		return time.Duration(n) * time.Second
	}
	const form = "Mon, 02 Jan 2006 15:04:05 GMT"
	until, err := time.Parse(form, text)
	if err != nil {
		return 0
	}
	return max(0, until.Sub(ex.At))
}

// layer names what answered, as far as it says.
func layer(ex *evidence.Exchange) string {
	var parts []string
	for _, name := range []string{"Server", "Via"} {
		if v := ex.Header(name); v != "" {
			parts = append(parts, name+": "+v)
		}
	}
	return strings.Join(parts, ", ")
}

// alike reports whether two answers are the same to whoever made the attempt.
// Coarsely, their likeness counts and not every word: for doors whose answers
// vary by themselves.
func (f Face) alike(g Face, coarse bool) bool {
	if f.Cut || g.Cut {
		return f.Cut && g.Cut
	}
	if f.Status != g.Status || (f.after == nil) != (g.after == nil) {
		return false
	}
	if !coarse {
		return f.view.Steady() == g.view.Steady() && (f.after == nil || f.after.Steady() == g.after.Steady())
	}
	const likeness = 0.85
	return f.Worded == g.Worded && f.view.Location == g.view.Location && normal.Jaccard(f.view, g.view) >= likeness &&
		(f.after == nil || f.after.Status == g.after.Status && normal.Jaccard(f.after, g.after) >= likeness)
}
