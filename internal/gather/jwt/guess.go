package jwt

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
)

const (
	mostPages = 60 // answers of the run that are read for words
	mostText  = 512 << 10
)

// guess looks offline for the secret of a token signed by HMAC, and with one
// signs tokens that are past their end or meant for others (T5, T10).
func (d *desk) guess(ctx context.Context) {
	if !d.found.Token.HMAC() {
		d.leaveOut("T5", "guessing the secret", check.NotExamined, "the tokens are not signed by HMAC: there is no secret to guess", false)
		d.unsigned()
		return
	}
	key, tried, found := d.found.Token.Crack(d.words(ctx))
	d.out.Guess.Tried, d.out.Guess.Found = tried, found
	if !found {
		d.unsigned()
		return
	}
	d.out.Guess.Masked, d.out.Guess.Length = masked(string(key)), len(key)
	d.t.Wire.Redactor().Add("key", string(key))
	later := func(t jose.Token) json.Number { // a time of issue that another sign-in would have had
		at := t.Time("iat")
		if at.IsZero() {
			at = time.Now()
		}
		return number(at.Add(-time.Second))
	}
	changes := []func(jose.Token) jose.Change{
		func(t jose.Token) jose.Change { return jose.Change{"jti": random(), "iat": later(t)} },
		func(t jose.Token) jose.Change { return jose.Change{"iat": later(t)} },
	}
	for _, change := range changes {
		if !d.lasts(ctx) {
			break
		}
		forged := d.found.Token.Forge(nil, change(d.found.Token), jose.HMAC(d.alg, key))
		d.t.Wire.Redactor().Add("jwt", forged)
		p := d.ask(ctx, "a token of our own, signed with the guessed secret", d.with(d.cred, forged))
		d.out.Guess.Confirmed = append(d.out.Guess.Confirmed, p)
		if p.Alive {
			d.claimed(ctx, key, change)
			return
		}
	}
	d.unsigned()
}

// unsigned notes what takes a signature of our own.
func (d *desk) unsigned() {
	d.leaveOut("T10", "another exp, nbf, aud or iss", check.NotExamined, "that takes a token signed with the portal's own key, which is not known", false)
}

// claimed signs tokens that are past their end, not yet good, or meant for others.
func (d *desk) claimed(ctx context.Context, key []byte, base func(jose.Token) jose.Change) {
	day := 24 * time.Hour
	now := time.Now()
	tries := []struct {
		what string
		c    jose.Change
	}{
		{"exp a day ago", jose.Change{"exp": number(now.Add(-day)), "iat": number(now.Add(-2 * day)), "nbf": nil}},
		{"nbf tomorrow", jose.Change{"nbf": number(now.Add(day)), "exp": number(now.Add(2 * day))}},
	}
	for _, claim := range []string{"aud", "iss"} {
		if d.found.Token.Claims[claim] == nil {
			d.leaveOut("T10", "another "+claim, check.NotExamined, "the tokens carry no "+claim, false)
			continue
		}
		tries = append(tries, struct {
			what string
			c    jose.Change
		}{"another " + claim, jose.Change{claim: "https://other-portal.invalid"}})
	}
	for _, x := range tries {
		d.try(ctx, trial{id: "T10", what: x.what, forge: func(t jose.Token) string {
			c := base(t)
			maps.Copy(c, x.c)
			return t.Forge(nil, c, jose.HMAC(d.alg, key))
		}})
	}
}

func number(at time.Time) json.Number {
	raw, _ := json.Marshal(at.Unix()) // an integer
	return json.Number(raw)
}

// words are common secrets and what somebody may have made one of: the names
// of the portal and of its hosts, and the words of the pages seen in this run.
func (d *desk) words(ctx context.Context) []string {
	out := jose.Common()
	var names []string
	names = append(names, d.t.Portal.Name, d.t.Portal.Domain.Name)
	names = append(names, strings.Fields(d.t.Portal.Name)...)
	if u, err := url.Parse(d.t.Target.URL); err == nil {
		names = append(names, u.Hostname())
		names = append(names, strings.Split(u.Hostname(), ".")...)
	}
	for _, host := range append(slices.Clone(d.t.Portal.Domain.Hosts), d.found.Token.Claim("iss"), d.found.Token.Claim("aud")) {
		names = append(names, host)
		names = append(names, strings.FieldsFunc(host, func(r rune) bool { return strings.ContainsRune("./:-_", r) })...)
	}
	slices.Sort(names)
	for _, n := range slices.Compact(names) {
		if n != "" {
			out = append(out, jose.Variants(n)...)
		}
	}
	return append(out, d.texts(ctx)...)
}

// texts are the words of the answers that this run has seen already, and of
// the scripts that the login page loads.
func (d *desk) texts(ctx context.Context) []string {
	var out []string
	budget := mostText
	read := func(text string) {
		text = text[:min(len(text), budget)]
		budget -= len(text)
		out = append(out, jose.Words(text)...)
	}
	for _, v := range d.cur.Visited() {
		read(v.Page)
		for _, src := range scripts(v.Page) {
			read(string(d.fetch(ctx, resolve(v.URL, src))))
		}
	}
	if c := gather.Made[artifact.Corpus](d.t, artifact.Corpora); c != nil {
		for i, r := range c.Readings {
			if i == mostPages || budget <= 0 {
				break
			}
			if ex, err := d.t.Exchange(r.First.Ref); err == nil && ex != nil && ex.Response != nil {
				read(string(ex.Response.Body))
			}
		}
	}
	return out
}

func masked(secret string) string {
	if len(secret) < 4 {
		return strings.Repeat("•", len(secret))
	}
	return secret[:1] + strings.Repeat("•", len(secret)-2) + secret[len(secret)-1:]
}
