// Package extrafields judges whether low roles are shown what is meant for the inside.
package extrafields

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that answers to low roles hold no internal fields.
var Check = check.Check{
	ID: "authz/extrafields", Doc: doc, Severity: check.Advice,
	Needs: ruling.Needs(), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	var low []artifact.Reading
	lowest := lowestRanks(artifact.SignIns.Of(p))
	for _, r := range artifact.Corpora.Of(p).Readings {
		if i := g.Identity(r.Who); i.SignedIn && artifact.RoleRank(i.Role) <= lowest[i.Tenant] {
			low = append(low, r)
		}
	}
	err = ruling.Routes(low, func(r artifact.Reading) string { return r.Route }, func(route string, of []artifact.Reading) error {
		f, err := rule(p, g, route, of)
		if err == nil {
			p.Report(f)
		}
		return err
	})
	if err == nil && len(low) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no answer to a low role was read")
	}
	return err
}

// lowestRanks is the rank of the lowest role signed in for each tenant.
func lowestRanks(s *artifact.Sessions) map[string]int {
	out := map[string]int{}
	for _, i := range s.Identities {
		rank, seen := out[i.Tenant]
		if r := artifact.RoleRank(i.Role); i.SignedIn && (!seen || r < rank) {
			out[i.Tenant] = r
		}
	}
	return out
}

// rule judges the answers of one route. A field that the contract does not
// name and whose name says that it is internal fails; without a contract, or
// when the contract names it, a human decides.
func rule(p *check.Pass, g *ruling.Ground, route string, of []artifact.Reading) (check.Finding, error) {
	f := check.Finding{Subject: route, Route: route}
	described := ruling.Properties(g.Route(route).RespSchema)
	read := 0
	for _, r := range of {
		ex, err := p.Exchange(r.First.Ref)
		if err != nil {
			return f, err
		}
		if ex.Status() == 0 || r.First.Unproven != "" {
			continue
		}
		read++
		if ex.Status()/100 != 2 {
			continue
		}
		_, home, _ := strings.Cut(g.Identity(r.Who).User, "@")
		sure, places := look(normal.Of(ex, normal.Mask{}), described, home)
		if len(places) == 0 || f.Outcome == check.Fail || f.Outcome == check.Unproven && !sure {
			continue
		}
		f.Who = g.Label(r.Who)
		f.Outcome, f.Reason, f.Message = check.Unproven, check.Suspected, f.Who+" is shown "+told(places)
		if sure {
			f.Outcome, f.Reason = check.Fail, ""
			f.Message += ", which the contract does not name"
		}
		f.Exhibits = []check.Exhibit{{Part: "attempt", Ref: r.First.Ref, Places: places[:min(check.MaxExamples, len(places))]}}
	}
	switch {
	case f.Outcome != "":
	case read == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "no low role was answered"
	default:
		f.Outcome, f.Message = check.OK, fmt.Sprintf("no internal field in %d answers to low roles", read)
	}
	return f, nil
}

func told(places []check.Place) string {
	var names []string
	for _, p := range places[:min(5, len(places))] {
		names = append(names, p.Where)
	}
	return strings.Join(names, ", ")
}

// look returns the internal fields of an answer, one place a field, and lists
// of addresses outside the caller's own mail domain; sure is set when a
// contract exists and leaves one of them out.
func look(v *normal.View, described map[string]bool, home string) (sure bool, places []check.Place) {
	if v.Family != normal.JSON {
		return false, nil
	}
	seen := map[string]bool{}
	mails := map[string]int{}
	for i := range v.Fields {
		l := &v.Fields[i]
		if l.Type == "null" || l.Type == "string" && l.Value == "" {
			continue
		}
		field := internal(l.Star)
		if strings.HasSuffix(l.Star, "/*") && mail.MatchString(l.Value) && (home == "" || !strings.HasSuffix(l.Value, "@"+home)) {
			if mails[l.Star]++; mails[l.Star] == 2 {
				field = l.Key
			}
		}
		if field == "" || seen[field] {
			continue
		}
		seen[field] = true
		sure = sure || len(described) > 0 && !described[field]
		places = append(places, check.Place{Where: l.Pointer, Kind: "internal", Masked: "…"})
	}
	return sure, places
}

// mail is a value that is an e-mail address and nothing else.
var mail = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// internal returns the key on the way to a leaf whose name says that it is
// meant for the inside, or "".
func internal(star string) string {
	for step := range strings.SplitSeq(star, "/") {
		key := normal.Unescape(step)
		k := normal.Key(key)
		switch k {
		case "debug", "debuginfo", "isdeleted", "softdeleted", "ssn", "socialsecuritynumber", "salt", "passwordsalt", "internal", "shard", "rawsql", "sqlquery", "riskscore", "fraudscore", "creditcardnumber", "cvv":
			return key
		}
		if rest, ok := strings.CutPrefix(k, "internal"); ok && rest != "" && rest != "id" && rest != "name" {
			return key
		}
	}
	return ""
}
