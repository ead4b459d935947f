package limits

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/ratelimit/account"
	"github.com/launchready/launchready/checks/ratelimit/bypass"
	"github.com/launchready/launchready/checks/ratelimit/cosmetic"
	"github.com/launchready/launchready/checks/ratelimit/counter"
	"github.com/launchready/launchready/checks/ratelimit/lockout"
	"github.com/launchready/launchready/checks/ratelimit/login"
	"github.com/launchready/launchready/checks/ratelimit/spray"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// TestPortals tries portals of other shapes, flawed and mended. What fails is
// compared, and what is unproven.
func TestPortals(t *testing.T) {
	t.Parallel()
	const short = 700 * time.Millisecond
	both := []string{"ip", "account"}
	portals := []struct {
		name           string
		site           *site
		fail, unproven string
	}{
		{"429 by both", &site{by: both, most: 6, window: short, says: "429"}, "lockout", ""},
		{"429 by both, a form", &site{form: true, by: both, most: 6, window: short, says: "429"}, "lockout", ""},
		{"429 by both, a long window", &site{by: both, most: 6, window: time.Hour, says: "429", wait: 900}, "lockout", "counter"},
		{"a page with 200", &site{form: true, by: both, most: 6, window: short, says: "page"}, "lockout", ""},
		{"a page with 200 for an API", &site{by: both, most: 6, window: short, says: "page"}, "lockout", ""},
		{"403, locked", &site{by: both, most: 6, window: short, says: "lock"}, "lockout", ""},
		{"a captcha", &site{form: true, by: both, most: 6, window: short, says: "captcha"}, "lockout", ""},
		{"503 with Retry-After", &site{by: both, most: 6, window: short, says: "503", wait: 1}, "lockout", ""},
		{"cut connections", &site{by: both, most: 6, window: short, says: "reset"}, "lockout", ""},
		{"nothing at all", &site{most: 1, says: "429"}, "account login spray", ""},
		{"nothing at all, a form", &site{form: true, most: 1, says: "429"}, "account login spray", ""},
		{"by address alone", &site{by: []string{"ip"}, most: 8, window: short, says: "429"}, "account", ""},
		{"by account alone", &site{by: []string{"account"}, most: 8, window: short, says: "429"}, "lockout spray", ""},
		{"by address and account together", &site{by: []string{"pair"}, most: 8, window: short, says: "429"}, "account spray", ""},
		{"everybody together", &site{by: []string{"all"}, most: 8, window: short, says: "429"}, "lockout", "account"},
		{"X-Forwarded-For", &site{by: both, most: 6, window: short, says: "429", forward: true}, "bypass lockout", ""},
		{"X-Forwarded-For, a form and a page", &site{form: true, by: both, most: 6, window: short, says: "page", forward: true}, "bypass lockout", ""},
		{"names as typed", &site{by: both, most: 6, window: short, says: "429", typed: true}, "bypass lockout", ""},
		{"the very path alone", &site{by: both, most: 6, window: short, says: "429", exact: true}, "bypass lockout", ""},
		{"the right password works", &site{by: both, most: 6, window: short, says: "429", works: true}, "cosmetic", ""},
		{"a success clears its address", &site{by: []string{"ip"}, most: 8, window: short, says: "429", clears: true}, "account counter", ""},
		{"every attempt counts", &site{by: both, most: 8, window: short, says: "429", every: true}, "lockout", ""},
		{"locked without a sign", &site{by: both, most: 6, window: short, says: "silent"}, "lockout", "bypass counter"},
		{"three are enough", &site{by: both, most: 3, window: short, says: "429"}, "lockout", ""},
		{"pages never look the same", &site{by: both, most: 6, window: short, says: "lock", moody: true}, "lockout", ""},
		{"pages never look the same, nothing at all", &site{most: 1, moody: true}, "account login spray", ""},
		{"a redirect to the form", &site{form: true, by: both, most: 6, window: short, says: "leads", leads: true}, "lockout", ""},
		{"a redirect to the form, nothing at all", &site{form: true, most: 1, leads: true}, "account login spray", ""},
		{"a limit that is only announced", &site{most: 1, tells: true}, "account login spray", ""},
		{"by a cookie", &site{form: true, cookie: true, by: []string{"cookie"}, most: 6, window: short, says: "429"}, "account bypass", "cosmetic"},
		{"three processes count", &site{by: both, most: 3, window: short, says: "429", workers: 3}, "lockout", "any"},
	}
	runs, done := make([]*gathertest.Run, len(portals)), make([]chan error, len(portals))
	atOnce := make(chan struct{}, 6)
	for i, tc := range portals {
		r, finished := start(t, tc.site, ""), make(chan error, 1)
		runs[i], done[i] = r, finished
		go func() { // most of the time is spent in waiting for windows to end
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			made, err := gatherer(20*time.Second).Gather(t.Context(), r.For(name))
			r.Put("limits", made)
			finished <- err
		}()
	}
	for i, tc := range portals {
		t.Run(tc.name, func(t *testing.T) {
			if err := <-done[i]; err != nil {
				t.Fatal(err)
			}
			r := runs[i]
			var fail, unproven, all []string
			for _, c := range []check.Check{login.Check, spray.Check, account.Check, bypass.Check, cosmetic.Check, counter.Check, lockout.Check} {
				name := strings.TrimPrefix(c.ID, "ratelimit/")
				for _, f := range r.Judge(t, c) {
					all = append(all, fmt.Sprintf("%s %s %s | %s | %s", name, f.Outcome, f.Reason, f.Subject, f.Message))
					switch {
					case f.Outcome == check.Fail && !slices.Contains(fail, name):
						fail = append(fail, name)
					case f.Outcome == check.Unproven && !slices.Contains(unproven, name):
						unproven = append(unproven, name)
					}
				}
			}
			slices.Sort(fail)
			slices.Sort(unproven)
			if tc.unproven == "any" { // which process counts depends on the order of everything before
				unproven = []string{"any"}
			}
			if diff := cmp.Diff(tc.fail+" | "+tc.unproven, strings.Join(fail, " ")+" | "+strings.Join(unproven, " ")); diff != "" {
				t.Errorf("fail | unproven (-want +got):\n%s\n%s", diff, strings.Join(all, "\n"))
			}
			t.Logf("%d requests", r.Sent(name))
		})
	}
}
