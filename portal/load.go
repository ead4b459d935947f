package portal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Load reads a portal.yaml. What is wrong with it comes back as one *Error.
func Load(path string) (*Portal, error) {
	data, err := readFile(path)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "write one with: launchready init https://staging.portal.example.com"
		}
		return nil, failed(path, "cannot be read: "+cause(err).Error(), hint, err)
	}
	return Parse(path, data, os.LookupEnv)
}

// readFile reads one byte more than a file may have, so that the parser can refuse it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// Parse reads the text of a portal.yaml. name stands in messages, and relative
// paths start from its folder; env looks up the environment, nil is an empty one.
func Parse(name string, data []byte, env func(string) (string, bool)) (*Portal, error) {
	dir := filepath.Dir(name)
	r, doc, err := open(name, dir, data, env)
	if err != nil {
		return nil, err
	}
	if doc == nil || isNull(doc) {
		return nil, failed(name, "is empty", "write one with: launchready init https://staging.portal.example.com", nil)
	}
	p := &Portal{File: name, Dir: dir, Logins: map[string]*Recipe{}, Routes: Routes{Crawl: true}}
	root().read(r, doc, p)
	r.settle(p, doc)
	if err := r.err(); err != nil {
		return nil, err
	}
	p.Secret, p.Warnings = r.secrets, r.warnings
	return p, nil
}

// root is the whole file.
func root() form[Portal] {
	return mapping("portal", []key[Portal]{
		at("version", version(), func(p *Portal) *int { return &p.Version }, "write version: 1").must(),
		at("portal", text(), func(p *Portal) *string { return &p.Name }, "what people call it"),
		at("targets", targets(), func(p *Portal) *[]*Target { return &p.Targets }, "where the portal runs; the first that is not production is audited unless one is named").must(),
		at("login", logins(), func(p *Portal) *map[string]*Recipe { return &p.Logins }, "how identities sign in: one recipe, or several under names"),
		at("identities", identities(), func(p *Portal) *[]*Identity { return &p.Identities }, "test accounts: two tenants prove isolation, two roles prove roles"),
		at("denied", deniedForm(), func(p *Portal) *Denied { return &p.Denied }, "how the portal refuses, added to what is learned"),
		at("routes", routes(), func(p *Portal) *Routes { return &p.Routes }, "where routes are known from and what is known of them"),
		at("resources", resources(), func(p *Portal) *[]*Resource { return &p.Resources }, "what the harvest cannot find by itself"),
		at("source", sourceForm(), func(p *Portal) *Source { return &p.Source }, "where the code is"),
		at("logs", many(logForm()), func(p *Portal) *[]LogSource { return &p.Logs }, "where the portal writes its log"),
		at("domain", domainForm(), func(p *Portal) *Domain { return &p.Domain }, "what the edge and email rows look at"),
		at("policy", policyForm(), func(p *Portal) *Policy { return &p.Policy }, "thresholds"),
		at("monitors", byName("monitor", anything()), func(p *Portal) *map[string]any { return &p.Monitors }, "uptime monitors").or("homepage, login flow, core API"),
		at("ops", opsForm(), func(p *Portal) *Ops { return &p.Ops }, "what the rollback and handover rows look at"),
		at("waivers", text(), func(p *Portal) *string { return &p.Waivers }, "file of waivers"),
	}, nil)
}

// version reads the version of the format; there is one so far.
func version() form[int] {
	f := parsed(text(), "1", "", func(t string) (int, string, string) {
		if t != "1" {
			return 0, fmt.Sprintf("%q is not known", t), "write version: 1"
		}
		return 1, "", ""
	})
	f.shape.kind = kindNumber
	return f
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
