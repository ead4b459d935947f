package jwt

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/session/jwtclaims"
	"github.com/launchready/launchready/checks/session/jwtkeys"
	"github.com/launchready/launchready/checks/session/jwtverify"
)

// said is what the three checks make of a portal.
type said struct{ verify, keys, claims check.Outcome }

func (s said) outcomes() map[string]check.Outcome {
	return map[string]check.Outcome{"verify": s.verify, "keys": s.keys, "claims": s.claims}
}

func all(o check.Outcome) said { return said{o, o, o} }

// TestMended holds the checks to portals that verify as they should, whatever
// their way to refuse: nothing may fail.
func TestMended(t *testing.T) {
	t.Parallel()
	sound := all(check.OK)
	for _, tt := range []struct {
		name string
		o    *office
		want said
	}{
		{"HMAC in a cookie", &office{alg: "HS256", cookie: "auth"}, sound},
		{"HMAC with SHA-512", &office{alg: "HS512"}, sound},
		{"RSA", &office{alg: "RS256"}, sound},
		{"elliptic, in a cookie", &office{alg: "ES256", cookie: "__Host-token"}, sound},
		{"RSA whose key is nowhere", &office{alg: "RS256", hidden: true}, said{check.OK, check.Unproven, check.OK}},
		{"tokens of eight seconds", &office{alg: "HS256", life: 8 * time.Second}, sound},
		{"bad tokens are visitors", &office{alg: "HS256", refuse: guest, visitor: func(w http.ResponseWriter) { guest(w, nil) }}, sound},
		{"bad tokens are visitors, others are turned away", &office{alg: "HS256", refuse: guest}, sound},
		{"bad tokens crash", &office{alg: "RS256", refuse: func(w http.ResponseWriter, _ *letter) { reply(w, 500, map[string]any{"error": "internal"}) }}, sound},
		{"errors with 200", &office{alg: "HS256", refuse: func(w http.ResponseWriter, _ *letter) {
			reply(w, 200, map[string]any{"ok": false, "error": "invalid token"})
		}}, sound},
		{"the refusal names whom the token names", &office{alg: "HS256", refuse: func(w http.ResponseWriter, l *letter) {
			reply(w, 401, map[string]any{"error": "bad signature", "claims": l.claims})
		}}, sound},
		{"the refusal leads to the login", &office{alg: "HS256", cookie: "auth", refuse: func(w http.ResponseWriter, _ *letter) {
			w.Header().Set("Location", "/login?next=/me")
			w.WriteHeader(http.StatusFound)
		}}, sound},
		{"a token beside the session", &office{alg: "HS256", cookie: "profile", beside: true}, all(check.NotApplicable)},
		{"ids of sessions", &office{alg: "HS256", cookie: "sid2", opaque: true}, all(check.NotApplicable)},
		{"a guest with a profile of its own", &office{alg: "HS256", refuse: func(w http.ResponseWriter, _ *letter) {
			reply(w, 200, map[string]any{"email": "", "tenant": "", "name": ""})
		}}, all(check.Unproven)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.o.open(t)
			r.Gather(t, Gatherer())
			if diff := cmp.Diff(tt.want.outcomes(), outcomes(t, r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if n := r.Sent(name); n > 110 {
				t.Errorf("%d requests for one kind of token", n)
			}
		})
	}
}

// TestNothingInPlain looks for tokens and secrets in everything that a run keeps.
func TestNothingInPlain(t *testing.T) {
	t.Parallel()
	o := &office{alg: "HS256", cookie: "auth", secret: []byte("supersecret")}
	r := o.open(t)
	r.Gather(t, Gatherer())
	var kept bytes.Buffer
	for _, ref := range r.Recorded() {
		ex, err := r.Exchange(ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&kept).Encode(ex); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.NewEncoder(&kept).Encode(r.Artifact(artifact.Tokens.Name())); err != nil {
		t.Fatal(err)
	}
	for _, c := range []check.Check{jwtverify.Check, jwtkeys.Check, jwtclaims.Check} {
		if err := json.NewEncoder(&kept).Encode(r.Judge(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	if found := regexp.MustCompile(`ey[\w-]{10,}\.[\w-]{10,}|supersecret`).Find(kept.Bytes()); found != nil {
		t.Errorf("kept in plain: %.40s…", found)
	}
	if kept.Len() < 10_000 {
		t.Errorf("only %d bytes were kept", kept.Len())
	}
}

// TestQuick holds a quick run to its share, and to saying what it left out.
func TestQuick(t *testing.T) {
	t.Parallel()
	r := (&office{alg: "RS256"}).open(t)
	r.Quick = true
	r.Gather(t, Gatherer())
	if diff := cmp.Diff(all(check.OK).outcomes(), outcomes(t, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if n := r.Sent(name); n > 60 {
		t.Errorf("%d requests", n)
	}
}

// TestQuickLockout shows that a quick run does not take a lock-out for refusals.
func TestQuickLockout(t *testing.T) {
	t.Parallel()
	r := (&office{alg: "HS256", lockout: true}).open(t)
	r.Quick = true
	r.Gather(t, Gatherer())
	if diff := cmp.Diff(all(check.Unproven).outcomes(), outcomes(t, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func guest(w http.ResponseWriter, _ *letter) { reply(w, 200, map[string]any{"user": nil}) }

// TestBroken holds the checks to portals that nothing can be told of.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    *office
	}{
		{"a bad token ends all sessions of whom it names", &office{alg: "HS256", lockout: true}},
		{"throttles from the twentieth request on", &office{alg: "HS256", most: 20, then: 429}},
		{"is unavailable from the twentieth request on", &office{alg: "RS256", most: 20, then: 503}},
		{"throttles at once", &office{alg: "HS256", most: 7, then: 429}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.o.open(t)
			r.Gather(t, Gatherer())
			if diff := cmp.Diff(all(check.Unproven).outcomes(), outcomes(t, r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlawed holds the checks to portals with one defect each.
func TestFlawed(t *testing.T) {
	t.Parallel()
	verify, keys, claims := said{check.Fail, check.OK, check.OK}, said{check.OK, check.Fail, check.OK}, said{check.OK, check.OK, check.Fail}
	hidden := said{check.Fail, check.Unproven, check.Unproven} // by what jwtverify fails
	seen := map[string]bool{}
	for _, tt := range []struct {
		name string
		o    *office
		want said
	}{
		{"decoded, not verified", &office{alg: "HS256", cookie: "auth", takes: func(_ *office, l letter) bool { return l.current() }}, hidden},
		{"decoded, elliptic", &office{alg: "ES256", takes: func(_ *office, l letter) bool { return l.current() }}, hidden},
		{"decoded, and visitors get 200", &office{alg: "RS256", visitor: func(w http.ResponseWriter) { guest(w, nil) }, takes: func(_ *office, l letter) bool { return l.current() }}, hidden},
		{"alg none in odd case", &office{alg: "HS256", takes: func(o *office, l letter) bool {
			alg, _ := l.header["alg"].(string)
			return l.current() && (o.proper(l) || alg != "none" && strings.EqualFold(alg, "none"))
		}}, verify},
		{"alg none with the old signature alone", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			return l.current() && (o.proper(l) || l.header["alg"] == "none" && len(l.signature) > 0)
		}}, verify},
		{"an empty key", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			return l.current() && (o.proper(l) || l.header["alg"] == "HS256" && hmac.Equal(l.signature, hs256(l.input, nil)))
		}}, said{check.Fail, check.OK, check.OK}},
		{"null bytes", &office{alg: "HS256", takes: func(o *office, l letter) bool {
			return l.current() && (o.proper(l) || len(l.signature) == 32 && len(bytes.Trim(l.signature, "\x00")) == 0)
		}}, verify},
		{"r = s = 0", &office{alg: "ES256", takes: func(o *office, l letter) bool {
			return l.current() && (o.proper(l) || len(l.signature) == 64 && len(bytes.Trim(l.signature, "\x00")) == 0)
		}}, verify},
		{"another service looks at no signature", &office{alg: "RS256", lax: "/svc-billing"}, verify},
		{"a common secret, in a cookie", &office{alg: "HS256", cookie: "auth", secret: []byte("changeme")}, keys},
		{"a secret made of the portal's name", &office{alg: "HS512", secret: []byte("bakery-secret")}, keys},
		{"the public key for a secret", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			der, _ := x509.MarshalPKIXPublicKey(&o.rsa.PublicKey)
			text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
			return l.current() && (o.proper(l) || l.header["alg"] == "HS256" && hmac.Equal(l.signature, hs256(l.input, bytes.TrimSpace(text))))
		}}, keys},
		{"a key in the token", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			jwk, _ := l.header["jwk"].(map[string]any)
			return l.current() && (o.proper(l) || jwk != nil && verifies(jwk, l))
		}}, keys},
		{"fetches the key, then refuses", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			if jku, _ := l.header["jku"].(string); jku != "" {
				if a, err := http.Get(jku); err == nil { //nolint:gosec // the defect itself
					_ = a.Body.Close()
				}
			}
			return l.current() && o.proper(l)
		}}, keys},
		{"the key is a row by its id", &office{alg: "HS256", takes: func(o *office, l letter) bool {
			kid, _ := l.header["kid"].(string)
			_, planted, _ := strings.Cut(kid, "UNION SELECT '")
			planted, _, injected := strings.Cut(planted, "'")
			return l.current() && (o.proper(l) || injected && hmac.Equal(l.signature, hs256(l.input, []byte(planted))))
		}}, keys},
		{"the refresh token opens the API", &office{alg: "HS256", takes: func(o *office, l letter) bool {
			l.claims["use"] = "access"
			return l.current() && o.proper(l)
		}}, claims},
		{"known by its signature", &office{alg: "RS256", takes: func(o *office, l letter) bool {
			if !l.current() {
				return false
			}
			name := fmt.Sprint(l.header) + string(l.signature)
			good := o.proper(l) || seen[name]
			seen[name] = good
			return good
		}}, said{check.Unproven, check.OK, check.Fail}},
		{"an end that nobody looks at, under a common secret", &office{alg: "HS256", secret: []byte("secret"), takes: func(o *office, l letter) bool {
			return l.claims["use"] == "access" && o.proper(l)
		}}, said{check.OK, check.Fail, check.Fail}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.o.open(t)
			study := r.Gather(t, Gatherer())
			if diff := cmp.Diff(tt.want.outcomes(), outcomes(t, r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			raw, err := json.Marshal(study)
			if err != nil {
				t.Fatal(err)
			}
			for token := range tt.o.sessions {
				if bytes.Contains(raw, []byte(token)) {
					t.Errorf("the transcript holds a token: %.20s…", token)
				}
			}
		})
	}
}

func verifies(jwk map[string]any, l letter) bool {
	n, _ := base64.RawURLEncoding.DecodeString(fmt.Sprint(jwk["n"]))
	sum := sha256.Sum256([]byte(l.input))
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
	return key.N.BitLen() > 1024 && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], l.signature) == nil
}

// TestServices holds the gatherer to its bound, and to telling what it left out.
func TestServices(t *testing.T) {
	t.Parallel()
	r := (&office{alg: "RS256"}).open(t)
	study := r.Gather(t, Gatherer()).(*artifact.TokenStudy)
	var asked, left int
	for _, s := range study.Types[0].Services {
		switch {
		case s.Skipped.Reason == check.BudgetSpent:
			left++
		case len(s.Trials) == 2:
			asked++
		}
	}
	if asked != mostServices || left != 2 {
		t.Errorf("asked %d services and left %d out, want %d and 2: %+v", asked, left, mostServices, study.Types[0].Services)
	}
}
