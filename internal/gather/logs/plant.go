package logs

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// step is one planted request; the values in it are plants, by index.
type step struct {
	plants []int
	ask    *gather.Ask                                                        // sent through Ask, or
	run    func(context.Context) (refs []evidence.Ref, fail artifact.Attempt) // done by hand
}

// plan draws the canaries and decides which requests carry them.
func (s *study) plan() []step {
	routes := s.routes()
	var out []step
	out = append(out, s.marks(routes)...)
	out = append(out, s.signIns()...)
	out = append(out, s.credentials(routes)...)
	out = append(out, s.queries(routes)...)
	return append(out, s.bodies(routes)...)
}

func (s *study) routes() []artifact.Route {
	if inv := gather.Made[artifact.Inventory](s.Tools, artifact.Inventories); inv != nil {
		return inv.Routes
	}
	return nil
}

// planted notes a canary and makes it findable.
func (s *study) planted(kind, place, value string) int {
	s.out.Plants = append(s.out.Plants, artifact.Plant{Kind: kind, Place: place})
	n := len(s.out.Plants) - 1
	s.needles.add(thing{from: "planted", kind: kind, plant: n, value: value})
	switch kind {
	case "password":
		s.Wire.Redactor().Add("password", value)
	case "token", "cookie":
		s.Wire.Redactor().Add("token", value)
	}
	return n
}

// marks are harmless requests whose addresses must turn up in a log of requests.
func (s *study) marks(routes []artifact.Route) []step {
	s.needles.add(thing{from: "mark", kind: "run", value: s.Run})
	var out []step
	add := func(who, target string) {
		out = append(out, step{ask: &gather.Ask{Name: "mark", Who: who, Request: wire.Request{
			Method: http.MethodGet, URL: target, Expect5xx: true, Header: []evidence.Field{{Name: "Accept", Value: "application/json, text/html;q=0.9, */*;q=0.5"}},
		}}})
	}
	mark := func() string {
		m := gather.Canary("lrmark-")
		s.needles.add(thing{from: "mark", kind: "path", value: m})
		return m
	}
	add(evidence.Anonymous, "/"+mark())
	who := s.caller()
	prefixes := map[string]bool{}
	for _, r := range routes {
		p := leakage.Prefix(r.Template)
		if p != "/" && !prefixes[p] && len(prefixes) < 2 && r.Origin == "" {
			prefixes[p] = true
			add(who, p+"/"+mark())
		}
	}
	for _, r := range routes {
		names := r.PathParams()
		if r.Method == http.MethodGet && len(names) == 1 && gather.Reads(r) && r.HeldBack == "" && r.Origin == "" {
			if target, ok := r.Fill(artifact.Values{names[0]: mark()}); ok {
				add(who, target)
			}
			break
		}
	}
	return out
}

// caller is who asks where a login is needed.
func (s *study) caller() string {
	if people := s.People(); len(people) > 0 {
		return people[0].Name
	}
	return evidence.Anonymous
}

// protected is a read that demands a login: where a credential belongs.
func protected(routes []artifact.Route) (artifact.Route, string) {
	for _, r := range routes {
		if r.Method == http.MethodGet && gather.Reads(r) && r.HeldBack == "" && r.Origin == "" && len(r.PathParams()) == 0 && !gather.Exporting(r) {
			if target, ok := r.Fill(nil); ok {
				return r, target
			}
		}
	}
	return artifact.Route{}, ""
}

// credentials plants a bearer token, and a session cookie where there are cookies.
func (s *study) credentials(routes []artifact.Route) []step {
	r, target := protected(routes)
	if target == "" {
		r.ID, target = "GET /", "/"
	}
	get := func(plant int, h evidence.Field) step {
		return step{plants: []int{plant}, ask: &gather.Ask{Name: "plant", Who: evidence.Anonymous, Request: wire.Request{
			Method: http.MethodGet, URL: target, Header: []evidence.Field{h, {Name: "Accept", Value: gather.Accept(r)}}, Expect5xx: true,
		}}}
	}
	var out []step
	bearer := token()
	if !s.gated("Authorization") {
		out = append(out, get(s.planted("token", "Authorization header of "+r.ID, bearer), evidence.Field{Name: "Authorization", Value: "Bearer " + bearer}))
	}
	done := map[string]bool{}
	for _, name := range sortedKeys(s.Sessions) {
		c := s.Sessions[name].Credential()
		for _, k := range c.Cookies {
			if key := "Cookie " + k.Name; !done[key] && len(done) < 3 && len(k.Value) >= 16 {
				done[key] = true
				v := token()
				out = append(out, get(s.planted("cookie", "cookie "+k.Name+" of "+r.ID, v), evidence.Field{Name: "Cookie", Value: k.Name + "=" + v}))
			}
		}
		for _, h := range c.Headers {
			if !done[h.Name] && len(done) < 3 && secretHeader(h.Name) && !strings.EqualFold(h.Name, "Authorization") && !s.gated(h.Name) {
				done[h.Name] = true
				v := token()
				out = append(out, get(s.planted("token", h.Name+" header of "+r.ID, v), evidence.Field{Name: h.Name, Value: v}))
			}
		}
		for _, q := range c.Query {
			if key := "query " + q.Name; !done[key] {
				done[key] = true
				v := token()
				out = append(out, s.asked(s.planted("token", "query "+q.Name+" of "+r.ID, v), r, with(target, q.Name, v)))
			}
		}
	}
	return out
}

func (s *study) gated(header string) bool {
	return slices.ContainsFunc(s.Target.Headers, func(h portal.Header) bool { return strings.EqualFold(h.Name, header) })
}

func with(target, name, value string) string {
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + url.Values{name: {value}}.Encode()
}

func (s *study) asked(plant int, r artifact.Route, target string) step {
	who := s.caller()
	if r.Public != "" {
		who = evidence.Anonymous
	}
	return step{plants: []int{plant}, ask: &gather.Ask{Name: "plant", Who: who, Request: wire.Request{
		Method: http.MethodGet, URL: target, Header: []evidence.Field{{Name: "Accept", Value: gather.Accept(r)}}, Expect5xx: true,
	}}}
}

// queries plants a token and an address where the portal itself takes them in
// a query: what no client ever sends there proves nothing.
func (s *study) queries(routes []artifact.Route) []step {
	var out []step
	tokens, mails := 0, 0
	for _, r := range routes {
		if r.Method != http.MethodGet || r.Never || r.HeldBack != "" || r.Origin != "" {
			continue
		}
		switch r.Kind {
		case "logout", "sse", "websocket", "graphql", "static":
			continue
		}
		v := artifact.Values{}
		for _, name := range r.PathParams() {
			v[name] = gather.Canary("lrmark-")
		}
		for _, p := range r.Params {
			if p.In != "query" {
				continue
			}
			kind, value := "", ""
			switch {
			case tokens < 2 && tokenName(p.Name):
				kind, value = "token", token()
				tokens++
			case mails < 1 && mailName(p.Name):
				kind, value = "email", address()
				mails++
			default:
				continue
			}
			if target, ok := r.Fill(v); ok {
				out = append(out, s.asked(s.planted(kind, "query "+p.Name+" of "+r.ID, value), r, with(target, p.Name, value)))
			}
			break
		}
	}
	return out
}

func tokenName(name string) bool {
	switch n := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)); n {
	case "token", "accesstoken", "apikey", "signature", "sig", "jwt", "resettoken", "invitetoken", "sessionid", "authtoken":
		return true
	}
	return false
}

func mailName(name string) bool {
	switch strings.ToLower(name) {
	case "email", "mail", "e-mail", "emailaddress", "email_address":
		return true
	}
	return false
}

func secretHeader(name string) bool {
	n := strings.ToLower(name)
	return !strings.Contains(n, "csrf") && !strings.Contains(n, "xsrf") && n != "origin" && n != "referer" && !strings.HasPrefix(n, "sec-") && n != "cookie"
}

// bodies plants what a body holds: an address, a card and an identity number in
// one that cannot be read to its end, so that nothing is carried out.
func (s *study) bodies(routes []artifact.Route) []step {
	for _, r := range routes {
		if r.Method != http.MethodPost || r.Never || r.Origin != "" || len(r.PathParams()) > 0 || r.Public != "" || !strings.Contains(r.BodyType, "json") || r.Kind == "login" || r.Kind == "logout" || r.Kind == "graphql" {
			continue
		}
		target, ok := r.Fill(nil)
		if !ok {
			continue
		}
		mail, number, id := address(), card(), identity()
		plants := []int{
			s.planted("email", "body email of "+r.ID, mail), s.planted("card", "body cardNumber of "+r.ID, number), s.planted("identity", "body nationalId of "+r.ID, id),
		}
		full, err := json.Marshal(map[string]string{"cardNumber": number, "email": mail, "nationalId": id, "zone": "unfinished"})
		if err != nil {
			return nil
		}
		return []step{{plants: plants, ask: &gather.Ask{Name: "plant", Who: s.caller(), Request: wire.Request{
			Method: http.MethodPost, URL: target, Body: full[:len(full)-2], Effect: portal.Write, Expect5xx: true,
			Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"}},
		}}}}
	}
	return nil
}

// plant sends everything and notes the references that errors name.
func (s *study) plant(ctx context.Context, plan []step) {
	var batch gather.Batch
	for _, p := range plan {
		if p.run != nil {
			refs, attempt := p.run(ctx)
			for _, i := range p.plants {
				s.out.Plants[i].Try = attempt
			}
			for _, ref := range refs {
				if ex, err := s.Exchange(ref); err == nil {
					s.refer(ex)
				}
			}
			continue
		}
		batch.Add(*p.ask, func(got gather.Answered) {
			for _, i := range p.plants {
				s.out.Plants[i].Try = sentAtAll(got.Attempt)
			}
			if got.Answer != nil {
				s.refer(got.Answer.Exchange)
			}
		})
	}
	batch.Send(ctx, s.Tools)
}

// sentAtAll drops reasons that say nothing about whether the portal saw the
// request: it may log what it refused, throttled or lost.
func sentAtAll(a artifact.Attempt) artifact.Attempt {
	if a.Ref != "" && a.Unproven != check.Unstable {
		a.Unproven, a.Why = "", ""
	}
	return a
}

// refer makes the reference of an answer findable.
func (s *study) refer(ex *evidence.Exchange) {
	if value, _ := leakage.Reference(ex); value != "" {
		if parts := strings.Split(value, "-"); len(parts) == 4 && len(parts[1]) == 32 {
			value = parts[1] // a traceparent: logs name the trace alone
		}
		s.needles.add(thing{from: "mark", kind: "reference", value: value})
		if leakage.Fault(ex) {
			s.out.References++
		}
	}
}
