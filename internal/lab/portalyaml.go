package lab

import (
	"fmt"
	"strings"
)

// PortalYAML describes this portal as one of its users would: a version-1 portal.yaml whose target grants the
// given effects; all of them when none are given. Its passwords are test passwords of this run.
func (w *World) PortalYAML(allow ...string) []byte {
	if len(allow) == 0 {
		allow = []string{"look", "sign-in", "write", "burst", "load", "mail"}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var people strings.Builder
	for i, s := range stories {
		for _, p := range s.people {
			if !described[p.user] {
				continue
			}
			w.describePerson(&people, stories[i].key, p)
		}
	}
	claimed := ""
	if w.flaw("publiclist") {
		claimed = "    - GET /api/sites\n"
	}
	out := fmt.Appendf(nil, description, w.URL, strings.Join(allow, ", "), people.String(), claimed)
	out = w.approve(out)
	return fmt.Appendf(out, "logs:\n  - file: %s\n", w.LogPath())
}

// described are the users a portal.yaml names; the others are the team's own.
var described = map[string]bool{"alice": true, "amir": true, "vera": true, "dora": true, "bob": true, "zoe": true, "gus": true, "dirk": true}

// tokened are the described users who sign in by tokens.
var tokened = map[string]bool{"vera": true, "zoe": true, "dirk": true}

func (w *World) describePerson(out *strings.Builder, tenant string, p person) {
	u := w.userByMail(p.user + "@" + tenant + ".test")
	fmt.Fprintf(out, "  %s:\n    tenant: %s\n    role: %s\n    user: %s\n", p.user, tenant, p.role, u.text("email"))
	switch {
	case p.token:
		fmt.Fprintf(out, "    login: api\n    token: %s\n", w.secretOf(u.id))
	case tokened[p.user]:
		fmt.Fprintf(out, "    login: token\n    password: %s\n", u.text("password"))
	default:
		fmt.Fprintf(out, "    login: browser\n    password: %s\n", u.text("password"))
	}
	if p.user == "dora" || p.user == "dirk" {
		out.WriteString("    disposable: true\n")
	}
	out.WriteString(w.former(p.user, u))
}

// secretOf finds a user's seeded API token.
func (w *World) secretOf(user string) string {
	for secret, t := range w.tokens {
		if t.user == user && t.hint == "nightly" {
			return secret
		}
	}
	return ""
}

const description = `version: 1
portal: Northwind client portal
targets:
  lab:
    url: %s
    allow: [%s]
login:
  browser:
    steps:
      - request: GET /login
        capture:
          csrf: input[name=csrf_token]
      - request: POST /login
        form:
          email: ${user}
          password: ${password}
          csrf_token: ${csrf}
        ok:
          status: [302, 303]
          location-not: /login
        failed:
          body: Incorrect password
    send: cookie
    alive:
      request: GET /account
      contains: ${user}
    csrf: header X-CSRF-Token from meta[name=csrf-token]
    logout: POST /logout
  token:
    steps:
      - request: POST /api/session
        json:
          email: ${user}
          password: ${password}
        ok:
          status: [200]
        capture:
          access: /access_token
          refresh: /refresh_token
          id: /id_token
    send: bearer ${access}
    alive:
      request: GET /api/me
      contains: ${user}
    logout: POST /api/logout
  api:
    send: bearer ${token}
    alive:
      request: GET /api/me
      contains: ${user}
identities:
%sroutes:
  from:
    - openapi: /openapi.json
    - crawl: true
  public:
    - GET /
    - GET /health
    - GET /login
    - POST /login
    - GET /forgot
    - GET /openapi.json
    - GET /robots.txt
    - GET /assets/*
    - GET /api/version
    - GET /api/announcements
    - POST /api/login
    - POST /api/session
    - POST /api/session/refresh
    - GET /.well-known/jwks.json
    - POST /api/password/*
    - POST /api/invites/accept
    - GET /files/exports/*
%s  shared:
    - GET /api/catalog
    - GET /api/catalog/*
    - GET /api/manuals
    - GET /api/announcements
  allow:
    GET /api/audit: [owner, admin, operations]
    GET /api/users: [owner, admin, operations]
    GET /api/users/*: [owner, admin, operations]
    GET /api/invites: [owner, admin, operations]
    GET /api/invites/*: [owner, admin, operations]
    GET /api/settings: [owner, admin, operations]
    PATCH /api/invoices/*: [owner, admin, operations]
    DELETE /api/invoices/*: [owner, admin, operations]
    GET /api/roles: [owner, admin, operations]
    GET /settings: [owner, admin, operations]
policy:
  origins:
    - https://app.northwind.test
  latency:
    rate: 60/s
    for: 3s
    actions:
      - GET /api/me
      - GET /api/notifications
      - GET /api/sites
      - GET /api/catalog
  limits:
    login: 14
    reset: 10
    invite: 12
    export: 12
    code: 12
    sign-up: 12
    search: 45
    GET /api/team: 45
`
