package portal

import (
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

func sourceForm() form[Source] {
	return mapping("source", []key[Source]{
		at("repo", text(), func(s *Source) *string { return &s.Repo }, "folder of the repository"),
		at("frontend", text(), func(s *Source) *string { return &s.Frontend }, "folder of the built frontend"),
		at("deploy", many(text()), func(s *Source) *[]string { return &s.Deploy }, "files and folders that say how it is deployed"),
	}, nil)
}

func logForm() form[LogSource] {
	return mapping("log", []key[LogSource]{
		at("file", text(), func(l *LogSource) *string { return &l.File }, "log files; * stands for any name"),
		at("command", template(), func(l *LogSource) *string { return &l.Command }, "command whose output is the log"),
	}, nil)
}

func domainForm() form[Domain] {
	return mapping("domain", []key[Domain]{
		at("name", text(), func(d *Domain) *string { return &d.Name }, "the domain"),
		at("hosts", many(text()), func(d *Domain) *[]string { return &d.Hosts }, "hosts that must be connected"),
		at("mail", mailForm(), func(d *Domain) *MailPolicy { return &d.Mail }, "what mail is sent"),
		at("cdn", text(), func(d *Domain) *string { return &d.CDN }, "the front that must stand before the portal"),
		at("origins", many(text()), func(d *Domain) *[]string { return &d.Origins }, "addresses behind it"),
	}, nil)
}

func mailForm() form[MailPolicy] {
	return mapping("mail", []key[MailPolicy]{
		at("from", many(text()), func(m *MailPolicy) *[]string { return &m.From }, "domains mail comes from"),
		at("selectors", many(text()), func(m *MailPolicy) *[]string { return &m.Selectors }, "DKIM selectors"),
		at("samples", many(text()), func(m *MailPolicy) *[]string { return &m.Samples }, "delivered messages"),
	}, nil)
}

func policyForm() form[Policy] {
	return mapping("policy", []key[Policy]{
		at("origins", many(address(false)), func(p *Policy) *[]string { return &p.Origins }, "approved CORS origins"),
		at("latency", latencyForm(), func(p *Policy) *Latency { return &p.Latency }, "the latency run"),
		at("limits", limitsForm(), func(p *Policy) *map[string]int { return &p.Limits }, "attempts by which a limit must show: login, reset, invite, export, code, sign-up, search, read, or a route as GET /api/clients"),
		at("session", sessionForm(), func(p *Policy) *SessionPolicy { return &p.Session }, "bounds of a session's life"),
	}, nil)
}

// limited are the actions that a limit may be named for.
var limited = []string{"login", "reset", "invite", "export", "code", "sign-up", "search", "read"}

// limitsForm reads limits by action or by "METHOD /path": a slip in a name would
// leave the limit out without a word.
func limitsForm() form[map[string]int] {
	f := byName("action", number(1, 1_000_000))
	read := f.read
	f.read = func(r *reader, n ast.Node, into *map[string]int) {
		read(r, n, into)
		entries, _ := r.entries(n)
		for _, e := range entries {
			_, path, route := strings.Cut(e.name, " ")
			if slices.Contains(limited, e.name) || route && strings.HasPrefix(path, "/") {
				continue
			}
			hint := "actions: " + strings.Join(limited, ", ") + "; or a route, as GET /api/clients"
			if near := nearest(e.name, limited); near != "" {
				hint = `did you mean "` + near + `"?`
			}
			r.fail(e.key, hint, "%s: unknown action %q", r.where(), e.name)
		}
	}
	return f
}

func latencyForm() form[Latency] {
	return mapping("latency", []key[Latency]{
		at("p95", span(), func(l *Latency) *time.Duration { return &l.P95 }, "95 of 100 answers come within it").or("500ms"),
		at("actions", many(fixedCall()), func(l *Latency) *[]Call { return &l.Actions }, "the core actions"),
		at("rate", rate(), func(l *Latency) *float64 { return &l.Rate }, "requests per second").or("5/s"),
		at("for", span(), func(l *Latency) *time.Duration { return &l.For }, "how long").or("30s"),
	}, nil)
}

func sessionForm() form[SessionPolicy] {
	return mapping("session", []key[SessionPolicy]{
		at("max-age", span(), func(s *SessionPolicy) *time.Duration { return &s.MaxAge }, "longest life"),
		at("idle", span(), func(s *SessionPolicy) *time.Duration { return &s.Idle }, "longest life without a request"),
		at("keys", text(), func(s *SessionPolicy) *string { return &s.Keys }, "path or in-scope address of the key set (JWKS) that tokens are signed with").or("looked for in the usual places"),
	}, nil)
}

func opsForm() form[Ops] {
	return mapping("ops", []key[Ops]{
		at("staging-mirrors-production", some(yes()), func(o *Ops) **bool { return &o.StagingMirrorsProduction }, "whether staging signs in as production does"),
		at("rollback", words("rollback", "command", "how to go back", "version", "GET /path that tells what runs", "rehearsals", "file of rehearsals"), func(o *Ops) *map[string]string { return &o.Rollback }, "the way back"),
		at("handover", text(), func(o *Ops) *string { return &o.Handover }, "the handover checklist"),
		at("owners", byName("duty", text()), func(o *Ops) *map[string]string { return &o.Owners }, "who does what: launch, on-call, …"),
		at("deadline", words("deadline", "date", "day of the launch, 2026-12-01", "reason", "what it is tied to"), func(o *Ops) *map[string]string { return &o.Deadline }, "a launch date that others wait for"),
	}, nil)
}

// words reads a mapping of known keys to texts; keys and what they are about alternate.
func words(name string, pairs ...string) form[map[string]string] {
	type texts = map[string]string
	var keys []key[texts]
	for i := 0; i < len(pairs); i += 2 {
		word, value := pairs[i], template()
		k := key[texts]{field: field{name: word, about: pairs[i+1], shape: value.shape}}
		k.read = func(r *reader, n ast.Node, into *texts) {
			if *into == nil {
				*into = texts{}
			}
			t := ""
			value.read(r, n, &t)
			(*into)[word] = t
		}
		keys = append(keys, k)
	}
	return mapping(name, keys, nil)
}
