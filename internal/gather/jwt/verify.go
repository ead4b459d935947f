package jwt

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

// verify tries whether the signature is looked at. It returns false when it is
// not: then every further token is accepted too, and tells nothing.
func (d *desk) verify(ctx context.Context) bool {
	ignored := d.try(ctx, trial{id: "T1", what: "signature with one bit turned", forge: jose.Token.Flipped})
	ignored = d.try(ctx, trial{id: "T1", what: "half of the signature", forge: jose.Token.Truncated}) || ignored
	if ignored {
		return false
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE"} {
		for _, s := range []struct {
			what string
			sign func(jose.Token) jose.Signer
		}{
			{"no signature", func(jose.Token) jose.Signer { return jose.Fixed(nil) }},
			{"the old signature", jose.Token.Keep},
		} {
			d.try(ctx, trial{id: "T2", what: "alg " + alg + " with " + s.what, forge: func(t jose.Token) string {
				return t.Forge(jose.Change{"alg": alg}, nil, s.sign(t))
			}})
		}
	}
	d.try(ctx, trial{id: "T3", what: "HS256 with an empty key", forge: secret("HS256", nil, nil)})
	if d.found.Token.HMAC() && d.alg != "HS256" {
		d.try(ctx, trial{id: "T3", what: d.alg + " with an empty key", forge: secret(d.alg, nil, nil)})
	}
	d.try(ctx, trial{id: "T4", what: "a signature of null bytes", forge: func(t jose.Token) string {
		return t.Forge(nil, nil, jose.Fixed(make([]byte, len(t.Signature()))))
	}})
	alg, size := d.ellipticAlg()
	d.try(ctx, trial{id: "T13", what: alg + " with r = s = 0", forge: func(t jose.Token) string {
		return t.Forge(jose.Change{"alg": alg}, nil, jose.Fixed(make([]byte, size)))
	}})
	d.try(ctx, trial{id: "T13", what: alg + " with r = s = 0 in DER", forge: func(t jose.Token) string {
		return t.Forge(jose.Change{"alg": alg}, nil, jose.Fixed([]byte{0x30, 6, 2, 1, 0, 2, 1, 0}))
	}})
	return true
}

func (d *desk) ellipticAlg() (string, int) {
	switch d.alg {
	case "ES384":
		return d.alg, 96
	case "ES512":
		return d.alg, 132
	}
	return "ES256", 64
}

// secret signs with HMAC after changing the header.
func secret(alg string, key []byte, header jose.Change) forger {
	return func(t jose.Token) string {
		changed := jose.Change{"alg": alg}
		for k, v := range header {
			changed[k] = v
		}
		return t.Forge(changed, nil, jose.HMAC(alg, key))
	}
}

// roleClaim are claims that say what their holder may do.
var roleClaims = []string{
	"role", "roles", "scope", "scopes", "scp", "permissions", "groups", "authorities",
	"admin", "is_admin", "isAdmin", "is_staff", "is_superuser", "superuser",
}

// claims changes claims under the signature that does not cover them.
func (d *desk) claims(ctx context.Context) {
	peer, theirs := d.peer()
	names := d.telling(facts(d.t, peer.Name))
	change := func(what, whom string, names []string, c jose.Change) {
		d.try(ctx, trial{id: "T11", what: what, whom: whom, names: names, forge: func(t jose.Token) string {
			return t.Forge(nil, c, t.Keep())
		}})
	}
	change("a claim added under the old signature", "", nil, jose.Change{"lr_added": random()})
	if sub := theirs.Claim("sub"); sub != "" && sub != d.found.Token.Claim("sub") {
		change("sub of "+peer.Name, peer.Name, names, jose.Change{"sub": sub})
	} else if d.found.Token.Claims["sub"] != nil {
		change("a made-up sub", "", nil, jose.Change{"sub": random()})
	}
	for _, claim := range d.out.Claims {
		switch {
		case gather.TenantWord(claim):
			var other any = random()
			if v := theirs.Claims[claim]; v != nil {
				other = v
			}
			change("claim "+claim+" of "+peer.Tenant, peer.Name, names, jose.Change{claim: other})
		case slices.Contains(roleClaims, claim):
			change("claim "+claim+" raised", "", nil, jose.Change{claim: raised(d.found.Token.Claims[claim])})
		}
	}
	doubled := trial{id: "T13", what: "a claim twice", forge: func(t jose.Token) string {
		s, err := t.Doubled(firstOf(d.out.Claims, "role", "sub"), random())
		if err != nil {
			return ""
		}
		return s
	}}
	if d.accepted("T11") {
		d.leaveOut("T13", doubled.what, check.NotExamined, "altered claims are accepted anyhow", true)
		return
	}
	d.try(ctx, doubled)
}

// telling are the values that only an answer for somebody else would hold:
// visitors and the token's own user do not get them.
func (d *desk) telling(facts []string) []string {
	for _, a := range []artifact.Attempt{d.out.None.Attempt, d.out.Control.Attempt} {
		if seen := d.view(a); seen != nil {
			body := strings.ToLower(seen.Body())
			facts = slices.DeleteFunc(facts, func(f string) bool { return strings.Contains(body, strings.ToLower(f)) })
		}
	}
	return facts
}

func firstOf(claims []string, wanted ...string) string {
	for _, w := range wanted {
		if slices.Contains(claims, w) {
			return w
		}
	}
	return "sub"
}

// raised is what a claim of that kind says of somebody who may do everything.
func raised(v any) any {
	switch v.(type) {
	case bool:
		return true
	case []any:
		return []string{"admin"}
	}
	return "admin"
}

func random() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return "lr-" + hex.EncodeToString(b[:])
}

// others sends the tokens that are for something else: to renew, or to tell
// the browser who signed in.
func (d *desk) others(ctx context.Context) {
	tried := 0
	for _, o := range carried(d.cur) {
		purpose := purposeOf(o)
		if purpose == "" || o.Place == d.Place || o.value == d.value || o.Form == d.Form && o.found.Token.String() == d.found.Token.String() {
			continue
		}
		tried++
		place := o.Place
		d.try(ctx, trial{id: "T12", what: "the " + purpose + " token as access token", forge: func(jose.Token) string {
			for _, now := range carried(d.cur) { // a new sign-in brings a new one
				if now.Place == place && now.Form == artifact.FormJWT {
					return now.found.Token.String()
				} else if now.Place == place {
					return now.value
				}
			}
			return ""
		}})
	}
	if tried == 0 {
		d.leaveOut("T12", "refresh or id token as access token", check.NotExamined, "signing in hands out no other token", false)
	}
}

// purposeOf is what a token is for, by its own word or its name: "refresh", "id" or "".
func purposeOf(c carry) string {
	if c.Form == artifact.FormJWT {
		if kind := c.found.Token.Kind(); kind != "" {
			return kind
		}
	}
	_, named, _ := strings.Cut(c.Place, " ")
	plain := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(named))
	switch {
	case login.IsRefresh(named):
		return "refresh"
	case strings.HasSuffix(plain, "idtoken"), plain == "id" && c.Form == artifact.FormJWT:
		return "id"
	}
	return ""
}
