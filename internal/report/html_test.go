package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/internal/verdict"
)

// render returns the page of a report.
func render(t testing.TB, s *sample, r *verdict.Report) string {
	t.Helper()
	var buf bytes.Buffer
	if err := report.HTML(&buf, r, s.exchange); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// browse opens a page in a real browser and returns the document it made of it.
func browse(t *testing.T, page string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--disable-background-networking", "--no-first-run", "--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+path)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return string(out)
}

func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	s, r := newSample(t)
	dom := browse(t, render(t, s, r))
	doc, err := html.Parse(strings.NewReader(dom))
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(doc)
	for _, want := range []string{
		"Not ready", "3 blockers stand in the way of the launch", "Northwind client portal",
		"Authentication", "1 blocker, 1 advice, 10 ok", "6 of 12", "Handover", "nothing examined",
		"A customer never sees another customer's records", "GET /api/invoices/{invoiceId}", "bob (globex member)",
		"Difference", "200 for both", "/data/iban", "DE89…00", "Ask for the record and its tenant in one query.",
		"launchready replay tenantswap-", `'Cookie: '"$LAUNCHREADY_BOB_COOKIE"`,
		"The effect it needs is not granted", "DELETE /api/clients/{clientId}", "Ines Prado",
		"412 sent, 9 refused before they were sent", "sha256:5b0c6f6e",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, private := range []string{"DE89370400440532013000", "billing@acme-forwarding.test", "alice@acme.test"} {
		if strings.Contains(dom, private) {
			t.Errorf("the page shows %q, which proved a leak", private)
		}
	}
}

// attributes and rules by which a page asks for something else.
var requests = regexp.MustCompile(`(?i)\b(src|srcset|action|background|poster|data|ping)\s*=|href\s*=\s*"[^#]|url\(|@import|<(script|link|iframe|object|embed|base|img)\b|\son[a-z]+\s*=`)

func TestPageAsksNothingOfAnybody(t *testing.T) {
	t.Parallel()
	s, r := newSample(t)
	page := render(t, s, r)
	for node := range walk(t, page) {
		if node.Type != html.ElementNode {
			continue
		}
		tag := "<" + node.Data
		for _, a := range node.Attr {
			if node.Data != "meta" { // content="…" of the policy
				tag += " " + a.Key + `="` + a.Val + `"`
			}
		}
		if m := requests.FindString(tag + ">"); m != "" {
			t.Errorf("%s> asks for something: %q", tag, m)
		}
		if node.Data == "style" {
			if m := requests.FindString(node.FirstChild.Data); strings.Contains(m, "url(") || strings.Contains(m, "@import") {
				t.Errorf("the style asks for something: %q", m)
			}
		}
	}
	if !strings.Contains(page, `http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Error("the page has no policy")
	}
}

// TestPolicyAllowsTheStyle notices when the digest in the policy is not that of
// the style as it stands in the page: the browser would show it bare.
func TestPolicyAllowsTheStyle(t *testing.T) {
	t.Parallel()
	s, r := newSample(t)
	page := render(t, s, r)
	// A style that is refused takes no effect, and a page with wide margins has more pages on paper.
	allowed, refused := printed(t, page), printed(t, strings.Replace(page, "sha256-", "sha256-A", 1))
	if bytes.Equal(allowed, refused) || len(allowed) == 0 {
		t.Error("the page looks the same when its style is refused")
	}
}

// printed is a picture of the page in a real browser.
func printed(t *testing.T, page string) []byte {
	t.Helper()
	dir := t.TempDir()
	path, shot := filepath.Join(dir, "report.html"), filepath.Join(dir, "shot.png")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--disable-background-networking", "--no-first-run", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--window-size=390,800", "--screenshot="+shot, "file://"+path).CombinedOutput(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	b, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHostilePortal(t *testing.T) {
	t.Parallel()
	const evil = `"><img src=x onerror=alert(1)><script>document.title='owned'</script></style></textarea>{{.}}` + "\u202e\x1b[2J"
	s, _ := newSample(t)
	f := check.Finding{
		Check: "authz/tenantswap", Severity: check.Blocker, Outcome: check.Fail, Subject: evil, Route: evil, Message: evil, Who: evil,
	}
	for _, answer := range []string{evil, `{"` + `k<script>` + `":` + jsonString(evil) + `,"iban":` + jsonString(evil) + `}`, "<" + evil} {
		ref := s.record(t, "alice", "GET", "/x?q="+evil, evil, 200, answer)
		ex := s.exchanges[ref]
		ex.Who, ex.Error = evil, evil
		ex.Response.Header = append(ex.Response.Header, evidence.Field{Name: "Location", Value: evil}, evidence.Field{Name: evil, Value: evil})
		f.Exhibits = append(f.Exhibits, check.Exhibit{Part: "stranger", Ref: ref, Places: []check.Place{
			{Where: "/iban", Kind: evil, Masked: evil},
			{Where: "header Location", Kind: evil, Masked: "<b>" + evil},
			{Where: "body byte 0", Kind: evil},
			{Where: "body byte -1"},
			{Where: "body byte 99999"},
			{Where: "/iban/0/x"},
			{Where: evil},
		}})
	}
	unsure := f
	unsure.Outcome, unsure.Reason, unsure.Check = check.Unproven, check.Suspected, "authz/"+evil
	r := verdict.Fold(verdict.Input{
		Facts: verdict.Facts{
			Portal: evil, Target: evil, URL: "javascript:" + evil, Run: evil, Tool: evil, Bundle: evil,
			Errors: []string{evil}, Leftovers: []string{evil},
		},
		Checks:   []check.Check{{ID: "authz/tenantswap", Doc: "# " + evil + "\n\n## Fix\n\n" + evil + " [x](javascript:alert(1)) `" + evil + "`\n\n| a | b |\n|---|---|\n| " + evil + " | x |\n\n```" + evil + "\n" + evil + "\n```\n"}},
		Findings: []check.Finding{f, unsure}, Only: []string{"authz", evil}, Now: startedAt(),
		Waivers: []verdict.Waiver{{Check: evil, By: evil}},
		Curl:    func(evidence.Ref) string { return evil },
	})
	page := render(t, s, r)
	for node := range walk(t, page) {
		switch node.Data {
		case "script", "img", "textarea":
			t.Errorf("<%s> came through", node.Data)
		}
		for _, a := range node.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
				t.Errorf("%s=%q came through", a.Key, a.Val)
			}
		}
	}
	if strings.ContainsAny(page, "\u202e\x1b") {
		t.Error("signs that turn the order of letters around came through")
	}
	if dom := browse(t, page); !strings.Contains(dom, "<title>Not ready") {
		t.Error("the page's title was changed")
	}
}

func TestPageWithoutEvidence(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	empty := &sample{}
	if page := render(t, empty, r); !strings.Contains(page, "could not be read.") {
		t.Error("the page does not say that evidence is missing")
	}
}

func jsonString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// walk yields every node of a page.
func walk(t *testing.T, page string) func(func(*html.Node) bool) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Descendants()
}

// textOf is what a reader sees, with space made even.
func textOf(doc *html.Node) string {
	var out strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			out.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
