package checktest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

type bells struct {
	Rings []ring `json:"rings"`
}

type ring struct {
	Door string       `json:"door"`
	Ref  evidence.Ref `json:"ref"`
}

var rung = check.NewArtifact[bells]("bells")

// quiet wants every door to answer 204.
func quiet() check.Check {
	return check.Check{
		ID: "demo/quiet", Doc: "# Doors answer quietly\n", Severity: check.Advice, Needs: []check.Need{rung},
		Judge: func(p *check.Pass) error {
			for _, r := range rung.Of(p).Rings {
				ex, err := p.Exchange(r.Ref)
				if err != nil {
					return err
				}
				switch {
				case ex.Status() == 0:
					p.Unproven(r.Door, check.Unstable, "nobody answered: "+ex.Error, r.Ref)
				case ex.Status() == 204:
					p.OK(r.Door, "answered quietly", r.Ref)
				default:
					p.Fail(r.Door, "said "+string(ex.Body()), r.Ref)
				}
			}
			return nil
		},
	}
}

func TestRunSuite(t *testing.T) {
	t.Parallel()
	RunSuite(t, []check.Check{quiet()}, "testdata")
}

func TestRunDirReportsOutcomes(t *testing.T) {
	t.Parallel()
	got := RunDir(t, quiet(), "testdata/demo/quiet/testdata")
	want := map[check.Outcome]bool{check.OK: true, check.Fail: true, check.Unproven: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	finding := func(o check.Outcome, r check.Reason, subject, message string) check.Finding {
		return check.Finding{Outcome: o, Reason: r, Subject: subject, Message: message}
	}
	tests := []struct {
		name     string
		want     string
		findings []check.Finding
		problem  string
	}{
		{"equal", "ok | a | fine\n", []check.Finding{finding(check.OK, "", "a", "all is fine")}, ""},
		{"comment", "# none\n", nil, ""},
		{"missing", "ok | a | fine\n", nil, "- ok | a | fine"},
		{"too many", "", []check.Finding{finding(check.OK, "", "a", "fine")}, "+ ok | a | fine"},
		{"twice", "ok | a | fine\n", []check.Finding{finding(check.OK, "", "a", "fine"), finding(check.OK, "", "a", "fine")}, "+ ok | a | fine"},
		{"other reason", "unproven throttled | a |\n", []check.Finding{finding(check.Unproven, check.Unstable, "a", "x")}, "- unproven throttled | a | \n+ unproven unstable | a | x"},
		{"other subject", "ok | a |\n", []check.Finding{finding(check.OK, "", "b", "x")}, "- ok | a | \n+ ok | b | x"},
		{"the telling want first", "ok | a |\nok | a | deep\n", []check.Finding{finding(check.OK, "", "a", "deep"), finding(check.OK, "", "a", "x")}, ""},
		{"message with a bar", "ok | a | x | y\n", []check.Finding{finding(check.OK, "", "a", "x | y")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ar := &txtar.Archive{Files: []txtar.File{{Name: "want", Data: []byte(tt.want)}}}
			if got := compare(wanted(ar), tt.findings); got != tt.problem {
				t.Errorf("compare:\n%s\nwant:\n%s", got, tt.problem)
			}
		})
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	text := "# who=bob for=X took=120ms\nPOST /api/notes?x=1 HTTP/1.1\nContent-Type: application/json\n\n{\"a\":1}\n\nHTTP/1.1 201 Created\nLocation: /api/notes/7\nX-Empty:\n\n{\"id\": 7}\n"
	got, err := Exchange([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &evidence.Exchange{
		Who: "bob", For: "X", Took: 120 * time.Millisecond,
		Request: evidence.Request{
			Method: "POST", URL: "https://portal.example.com/api/notes?x=1", Proto: "HTTP/1.1",
			Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}}, Body: evidence.Body(`{"a":1}`),
		},
		Response: &evidence.Response{
			Status: 201, Proto: "HTTP/1.1", Header: []evidence.Field{{Name: "Location", Value: "/api/notes/7"}, {Name: "X-Empty"}},
			Body: evidence.Body(`{"id": 7}`), Size: 9, Digest: "ad559f4e2220ee7317330787fe05a065f5a22e4a1ca866b4f480553939f553e2",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchange (-want +got):\n%s", diff)
	}
}

func TestExchangeErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"no url":     {"GET\n", "want METHOD URL"},
		"no status":  {"GET /\n\nHTTP/1.1 fine\n", "want HTTP/1.1 200 OK"},
		"bad header": {"GET /\nAccept json\n", "want Name: value"},
		"bad label":  {"# whom=bob\nGET /\n", "want who, for, by, error or took"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Exchange([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ archive, want string }{
		"unknown ref":      {"-- artifact/bells.json --\n{\"rings\":[{\"door\":\"a\",\"ref\":\"@P\"}]}\n", "no evidence for @P"},
		"unknown field":    {"-- artifact/bells.json --\n{\"ring\":[]}\n", "unknown field"},
		"foreign artifact": {"-- artifact/doors.json --\n{}\n", "neither needs nor wants"},
		"unknown file":     {"-- wants --\nok\n", "want artifact/NAME.json"},
		"unknown ending":   {"-- evidence/P.txt --\nGET /\n", "ends in .http or .json"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := load(quiet(), txtar.Parse([]byte(tt.archive))); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	src := &source{exchanges: map[evidence.Ref]*evidence.Exchange{"sha256:aa": {}}}
	good := check.Finding{Outcome: check.OK, Subject: "a", Message: "b", Exhibits: check.Show("owner", "sha256:aa")}
	if err := sound(good, src); err != nil {
		t.Errorf("a sound finding: %v", err)
	}
	for name, bad := range map[string]check.Finding{
		"no subject":       {Outcome: check.OK, Message: "b"},
		"no message":       {Outcome: check.OK, Subject: "a"},
		"no reason":        {Outcome: check.Unproven, Subject: "a", Message: "b"},
		"reason for ok":    {Outcome: check.OK, Reason: check.Unstable, Subject: "a", Message: "b"},
		"unknown evidence": {Outcome: check.OK, Subject: "a", Message: "b", Exhibits: check.Show("owner", "sha256:bb")},
	} {
		if sound(bad, src) == nil {
			t.Errorf("%s: counts as sound", name)
		}
	}
}

func TestJSONEvidence(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(&evidence.Exchange{Who: "bob", Seq: 9, Response: &evidence.Response{Status: 204}})
	if err != nil {
		t.Fatal(err)
	}
	ex, err := readExchange("P.json", raw, 3)
	if err != nil {
		t.Fatal(err)
	}
	if ex.Seq != 9 || ex.Status() != 204 {
		t.Errorf("seq %d, status %d; want 9, 204", ex.Seq, ex.Status())
	}
}
