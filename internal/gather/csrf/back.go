package csrf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/browse"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// maxPages are looked at for one that names its reader.
	maxPages = 5
	// backTime is how long a page gets to show itself after going back.
	backTime = 1500 * time.Millisecond
)

// backs looks at a private page of each recipe with cookies by the Back button,
// after signing out of a session of its own.
func (r *run) backs(ctx context.Context) {
	for _, a := range r.out.Ambients {
		if a.Kind != byCookie || ctx.Err() != nil {
			continue
		}
		b := artifact.Back{Recipe: a.Recipe, Who: r.spare(a)}
		r.back(ctx, &b)
		r.out.Backs = append(r.out.Backs, b)
	}
}

// spare is somebody of a recipe whose session may end: disposable where there is one.
func (r *run) spare(a artifact.Ambient) string {
	for _, p := range r.t.People() {
		if p.Disposable && r.identity(p.Name).Login == a.Recipe && r.kind(p.Name) == byCookie {
			return p.Name
		}
	}
	return a.Who
}

func (r *run) back(ctx context.Context, b *artifact.Back) {
	skip := func(reason check.Reason, why string) { b.Skipped = artifact.Skip{Reason: reason, Why: why} }
	pages, private := r.pages(ctx, b)
	if !private {
		return
	}
	fresh, err := r.t.As(b.Who).Fresh(ctx)
	if err != nil {
		skip(gather.Refusal(err), "signing "+b.Who+" in once more: "+err.Error())
		return
	}
	s, err := r.open(ctx, b.Who, wire.Request{For: "back", Effect: portal.SignIn, EndsSession: true})
	if err != nil {
		reason := check.NotExamined
		if !errors.Is(err, browse.ErrMissing) {
			reason = check.RunError
		}
		skip(reason, err.Error())
		return
	}
	defer s.close()
	b.Browser = s.Version
	var study []artifact.Cookie
	if made := gather.Made[artifact.CookieStudy](r.t, artifact.Cookies); made != nil {
		if j := jarOf(made, b.Recipe, b.Who, r.t.As(b.Who).Sends()); j != nil {
			study = j.Cookies
		}
	}
	if err := holdAnyhow(s, r.cookies(fresh, study)); err != nil {
		skip(check.NoPositiveControl, err.Error())
		return
	}
	if err := r.visit(s, b, pages); err != nil {
		skip(check.RunError, err.Error())
		return
	}
	if !b.Shown {
		skip(check.NoMarker, "no page shows in the browser who is signed in")
		return
	}
	token, err := fresh.Token(ctx)
	if err != nil {
		token.Value = ""
	}
	if why := r.leave(s, b, token.Header, token.Value); why != "" {
		skip(check.NoPositiveControl, why)
		return
	}
	if left, err := r.exchange(b.Logout); err != nil || left == nil || left.Status() == 0 || left.Status() >= 400 {
		skip(check.NoPositiveControl, "signing out in the browser was refused")
		return
	}
	if err := s.Back(); err != nil {
		skip(check.RunError, err.Error())
		return
	}
	end := time.Now().Add(backTime)
	s.Until(func() bool {
		text, err := s.Text()
		b.After = b.After || err == nil && strings.Contains(text, b.Marker)
		return b.After || time.Now().After(end)
	})
	for _, t := range s.proxy.Trips() {
		if sameAddress(t.URL, r.absolute(b.Route)) && t.Ref != b.Page {
			b.Again = t.Ref
		}
	}
}

// holdAnyhow gives the browser a session, mended where it would not keep it as
// it was set: how cookies are set is another check's matter.
func holdAnyhow(s *stage, cookies []browse.Cookie) error {
	if s.Hold(cookies...) == nil {
		return nil
	}
	for i := range cookies {
		cookies[i].Domain, cookies[i].Path, cookies[i].Secure = "", "/", true
	}
	return s.Hold(cookies...)
}

// pages are those that may show who is signed in; private says that there is
// any. It notes the text to look for.
func (r *run) pages(ctx context.Context, b *artifact.Back) (pages []string, private bool) {
	s := r.t.As(b.Who)
	self := gather.Made[artifact.Sessions](r.t, artifact.SignIns).By(b.Who)
	b.Marker = self.User
	if len(b.Marker) < 4 && len(self.Facts) > 0 {
		b.Marker = self.Facts[0]
	}
	candidates := []string{"/account", "/profile", "/dashboard", "/"}
	if s.Probe != nil && s.Probe.Request.Method == "GET" {
		candidates = append([]string{s.Probe.Request.Path}, candidates...)
	}
	for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
		if route.Kind == "page" && route.Method == "GET" && route.Origin == "" && route.Public == "" && !route.Never && route.HeldBack == "" && len(route.PathParams()) == 0 {
			candidates = append(candidates, route.Template)
		}
	}
	seen := map[string]bool{}
	var first evidence.Ref
	for _, page := range candidates {
		if seen[page] || len(seen) >= maxPages {
			continue
		}
		seen[page] = true
		got := r.read(ctx, canary.Look("page", b.Who, page))
		if got.Answer == nil || got.Unproven != "" {
			b.Skipped = artifact.Skip{Reason: cmp.Or(got.Unproven, check.Unstable), Why: got.Why}
			continue
		}
		first = cmp.Or(first, got.Ref)
		if got.Status() != 200 || !strings.Contains(got.Answer.Header.Get("Content-Type"), "html") {
			continue
		}
		if strings.Contains(string(got.Answer.Body), b.Marker) {
			b.Skipped = artifact.Skip{}
			return []string{page}, true
		}
		pages = append(pages, page)
	}
	if len(pages) == 0 && b.Skipped.Reason == "" {
		b.Page = first // no page at all: nothing for a history
	}
	return pages, len(pages) > 0
}

// visit opens pages until one shows who is signed in.
func (r *run) visit(s *stage, b *artifact.Back, pages []string) error {
	for _, page := range pages {
		if err := s.Visit(r.absolute(page)); err != nil {
			return err
		}
		end := time.Now().Add(backTime)
		s.Until(func() bool {
			text, err := s.Text()
			b.Shown = err == nil && strings.Contains(text, b.Marker)
			return b.Shown || time.Now().After(end)
		})
		if !b.Shown {
			continue
		}
		b.Route = page
		for _, t := range s.proxy.Trips() {
			if sameAddress(t.URL, r.absolute(page)) {
				b.Page = t.Ref
			}
		}
		return nil
	}
	return nil
}

// leave signs out as a user does: by the page's own form or link, else as its
// script would. It returns why that cannot be.
func (r *run) leave(s *stage, b *artifact.Back, header, token string) string {
	method, path := r.logout(b.Who)
	if path == "" {
		return "how to sign out is not known; declare logout: in the login recipe"
	}
	u, err := url.Parse(r.absolute(path))
	if err != nil {
		return err.Error()
	}
	headers := map[string]string{}
	if header != "" && token != "" {
		headers[header] = token
	}
	script := fmt.Sprintf(`(() => {
const to = %s, at = a => { try { return new URL(a, document.baseURI).pathname } catch { return "" } };
const form = Array.from(document.forms).find(f => at(f.getAttribute("action") || "") === to);
if (form) { form.requestSubmit ? form.requestSubmit() : form.submit(); return }
const link = Array.from(document.links).find(a => at(a.href) === to);
if (link) { link.click(); return }
fetch(%s, {method: %s, credentials: "include", headers: %s, redirect: "manual"}).finally(() => { location.href = %s });
})()`, quoted(u.Path), quoted(u.String()), quoted(method), quoted(headers), quoted(r.absolute("/")))
	before := len(s.proxy.Trips())
	if err := s.Do(script); err != nil {
		return err.Error()
	}
	left := s.Until(func() bool {
		for _, t := range s.proxy.Trips()[before:] {
			if sameAddress(t.URL, u.String()) {
				b.Logout = t.Ref
			}
		}
		text, err := s.Text()
		at, errAt := s.At()
		return b.Logout != "" && err == nil && errAt == nil && !sameAddress(at, r.absolute(b.Route)) && !strings.Contains(text, b.Marker)
	})
	if !left {
		return "signing out in the browser led nowhere else"
	}
	return ""
}

// logout is how somebody signs out: as declared, else as the inventory knows.
func (r *run) logout(who string) (method, path string) {
	s := r.t.As(who)
	if s.Recipe.Logout != nil {
		if path, err := s.ExpandURL(s.Recipe.Logout.Path); err == nil {
			return s.Recipe.Logout.Method, path
		}
	}
	var found []artifact.Route
	for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
		if route.Kind == "logout" && len(route.PathParams()) == 0 && route.Origin == "" && !route.Never {
			found = append(found, route)
		}
	}
	slices.SortStableFunc(found, func(a, b artifact.Route) int { return len(a.Template) - len(b.Template) })
	if len(found) == 0 {
		return "", ""
	}
	return found[0].Method, found[0].Template
}
