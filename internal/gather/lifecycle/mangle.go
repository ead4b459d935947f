package lifecycle

import (
	"context"
	"net/http"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/login"
)

// mangle sends the credential made up, cut in half, and as another portal might
// have made it. None of them may count as signed in. Tokens that are signed are
// forged elsewhere.
func (v *visitor) mangle(ctx context.Context, cred login.Credential) {
	control := v.probe(ctx, "control", cred)
	nobody := v.probe(ctx, "nobody", login.Credential{})
	for _, m := range []struct {
		name string
		bend func(string) string
	}{
		{"invalid", madeUp},
		{"truncated", func(s string) string { return s[:(len(s)+1)/2] }},
		{"foreign", func(string) string { return "lr-f0re1gn-5e55ion-of-an0ther-p0rtal" }},
	} {
		bent, any := v.bend(cred, m.bend)
		if !any {
			return
		}
		p := v.probe(ctx, m.name+" credential", bent)
		p.Alive = p.Alive || v.alike(control, nobody, p)
		v.life.Mangles = append(v.life.Mangles, artifact.Mangle{Name: m.name, Proof: p})
	}
}

// bend returns the credential with its secret values bent; any is false when
// it holds none.
func (v *visitor) bend(cred login.Credential, bend func(string) string) (out login.Credential, any bool) {
	each := func(fields []evidence.Field) []evidence.Field {
		var out []evidence.Field
		for _, f := range fields {
			if strings.HasPrefix(f.Value, "Basic ") {
				continue // the password itself: trying others is what locks accounts
			}
			if value, bearer := strings.CutPrefix(f.Value, "Bearer "); bearer {
				f.Value = "Bearer " + bend(value)
			} else if !secretless(f) {
				f.Value = bend(f.Value)
			}
			out, any = append(out, f), true
		}
		return out
	}
	out = login.Credential{Headers: each(cred.Headers), Query: each(cred.Query), JSON: each(cred.JSON)}
	for _, k := range cred.Cookies {
		if k.Value != "" {
			out.Cookies, any = append(out.Cookies, &http.Cookie{Name: k.Name, Value: bend(k.Value)}), true
		}
	}
	return out, any
}

// alike reports whether an answer is what a signed-in caller gets, though it
// names somebody else: a portal may take any credential for its first user.
func (v *visitor) alike(control, nobody, p artifact.Proof) bool {
	view := func(p artifact.Proof) *normal.View {
		ex, err := v.t.Exchange(p.Ref)
		if err != nil || ex == nil {
			return nil
		}
		return normal.Of(ex, normal.Mask{})
	}
	if !p.Sent() || !control.Sent() || !nobody.Sent() || !control.Alive {
		return false
	}
	good, none, got := view(control), view(nobody), view(p)
	return good != nil && none != nil && got != nil && got.Class() == 2 && good.Class() == 2 &&
		normal.Jaccard(good, got) >= 0.9 && normal.Jaccard(none, got) < 0.9
}
