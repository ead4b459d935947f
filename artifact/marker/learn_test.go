package marker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

func TestLearn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    string
		less func(*marker.Lesson)
		want []string // kind value
	}{
		{
			"kinds", `{"a":"carla@acme.test","b":"+49 30 901820","c":"DE89 3704 0044 0532 0130 00","d":"Merger with Initech","e":"AC-2026-0042","f":15840.75,"name":"Cyberdyne"}`, nil,
			[]string{"email carla@acme.test", "phone +49 30 901820", "iban de89 3704 0044 0532 0130 00", "text merger with initech", "other ac-2026-0042", "other 15840.75", "other cyberdyne"},
		},
		{"addresses nobody reads", `{"a":"2+ada@noreply.localhost","b":"77+bea@users.noreply.forge.test","c":"no-reply@acme.test"}`, nil, nil},
		{"canary", `{"note":"see LRC-abcdefghij23 here"}`, nil, []string{"canary lrc-abcdefghij23", "text see lrc-abcdefghij23 here"}},
		{"common values", `{"status":"awaiting approval","type":"application/pdf","on":true,"n":0,"big":100000,"zone":"Europe/Berlin","word":"processing","UP":"PENDING_APPROVAL","at":"2026-03-01T10:00:00Z","day":"12 March 2026","age":"updated 5 days ago","short":"abc","none":null}`, nil, nil},
		{"bad iban", `{"iban":"DE89370400440532013001"}`, nil, []string{"other de89370400440532013001"}},
		{"sent", `{"self":"/api/invoices/` + uid + `/pdf","id":"` + uid + `","title":"Invoice ` + uid + `","long":"Payment for ` + uid + ` by Acme Rockets"}`, nil, []string{"text by acme rockets"}},
		{"shown to the stranger", `{"a":"Merger with Initech","b":"Acme Rockets Ltd"}`, func(l *marker.Lesson) {
			l.Stranger = marker.NewSet()
			l.Stranger.AddExchange(get("bob", "/x", 200, htmlType, "<p>News: merger  with Initech!</p>"))
		}, []string{"text acme rockets ltd"}},
		{"in the negative control", `{"a":"Merger with Initech","b":"Acme Rockets Ltd"}`, func(l *marker.Lesson) {
			l.N = get("bob", "/x/1", 404, "text/plain", "ask Acme Rockets Ltd for help")
		}, []string{"text merger with initech"}},
		{"not stable", `{"a":"Merger with Initech","b":"Acme Rockets Ltd"}`, func(l *marker.Lesson) {
			l.P2 = get("alice", "/x", 200, jsonType, `{"a":"Merger with Hooli Inc","b":"Acme Rockets Ltd"}`)
		}, []string{"text acme rockets ltd"}},
		{"second fetch missing", `{"a":"Merger with Initech","b":"AC-2026-0042"}`, func(l *marker.Lesson) { l.P2 = nil }, []string{"text merger with initech"}},
		{"ids of other objects", `{"project":"7c6b5a49-3827-4615-9f0e-d1c2b3a49586","ticket":20817,"x":"8d7c6b5a-3827-4615-9f0e-d1c2b3a49586","href":"/files/9e8d7c6b-3827-4615-9f0e-d1c2b3a49586"}`, func(l *marker.Lesson) {
			l.Others = marker.NewSet("7c6b5a49-3827-4615-9f0e-d1c2b3a49586", "20817", "9e8d7c6b-3827-4615-9f0e-d1c2b3a49586")
		}, []string{"id 7c6b5a49-3827-4615-9f0e-d1c2b3a49586", "id 20817", "other 8d7c6b5a-3827-4615-9f0e-d1c2b3a49586", "id 9e8d7c6b-3827-4615-9f0e-d1c2b3a49586", "other /files/9e8d7c6b-3827-4615-9f0e-d1c2b3a49586"}},
		{"declared", `{"a":1}`, func(l *marker.Lesson) { l.Declared = "Acme  Confidential" }, []string{"declared acme confidential"}},
		{"declared and sent", `{"a":1}`, func(l *marker.Lesson) { l.Declared, l.Sent = "Acme Confidential", []string{"acme confidential"} }, nil},
		{"secrets", `{"a":"[redacted:key:1a2b3c4d]","b":"[redacted:csrf:1a2b3c4d]","c":"x [redacted:cookie:1a2b3c4d]"}`, nil, []string{"credential [redacted:key:1a2b3c4d]"}},
		{"lines", `{"t":"Dear board,\nthe merger with Initech\nis near"}`, nil, []string{"other dear board,", "text the merger with initech"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := marker.Lesson{P: get("alice", "/api/invoices/"+uid, 200, jsonType, tt.p), P2: get("alice", "/api/invoices/"+uid, 200, jsonType, tt.p)}
			if tt.less != nil {
				tt.less(&l)
			}
			got := map[string]bool{}
			for _, m := range marker.Learn(l) {
				got[m.Kind+" "+m.Value] = true
			}
			want := map[string]bool{}
			for _, w := range tt.want {
				want[w] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("markers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHitsWholeWords proves that short values do not match within others.
func TestHitsWholeWords(t *testing.T) {
	t.Parallel()
	ms := marker.Learn(marker.Lesson{
		P:      get("alice", "/x", 200, jsonType, `{"id":20817,"n":48151.62,"code":"AC-00042","other":10421}`),
		P2:     get("alice", "/x", 200, jsonType, `{"id":20817,"n":48151.62,"code":"AC-00042","other":10421}`),
		Others: marker.NewSet("20817"),
	})
	tests := map[string]int{
		`{"x":120817}`:            0,
		`{"count":20817}`:         0, // an integer counts as an id only where an id stands
		`{"orderId":20817}`:       5,
		`{"x":"148151.62"}`:       0,
		`{"x":"is 48151.62 EUR"}`: 2,
		`{"x":"XAC-00042"}`:       0,
		`{"x":"AC-00042, late"}`:  2,
		`{"x":"10421.50"}`:        0,
		`{"x":"2026-10421"}`:      0,
		`{"x":"n 10421."}`:        2,
	}
	for body, want := range tests {
		if sum, places := marker.Hits(normal.Of(get("bob", "/y", 200, jsonType, body), normal.Mask{}), ms); sum != want {
			t.Errorf("Hits(%s) = %d %v, want %d", body, sum, places, want)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	owner := get("alice", "/x", 200, htmlType, page("Invoice", "<tr><td>carla@acme.test</td></tr>"))
	if marker.Holds(owner, get("bob", "/x", 403, htmlType, page("No", ""))) {
		t.Error("a refusal with the labels of the owner's page counts as holding data")
	}
	if !marker.Holds(owner, get("bob", "/x", 403, htmlType, page("No", "<tr><td>carla@acme.test</td></tr>"))) {
		t.Error("a refusal with the owner's data does not count as holding data")
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	var none *marker.Set
	if none.Has("x") || none.Len() != 0 {
		t.Error("a nil set holds something")
	}
	s := &marker.Set{}
	s.AddExchange(get("bob", "/x", 200, jsonType, `{"n":12345.5,"t":"Your  contact:\nMargaret Thompson, Ph.D., of the northern office in Springfield","u":"Begins with 'sk-key@keys.test'; ask ops@help.test."}`, "ETag", `"abc"`))
	for value, want := range map[string]bool{
		"12345.5": true, "margaret thompson": true, "MARGARET  THOMPSON": true, "Ph.D.": true, "Thompson, Ph.D., of the northern office": true, `"abc"`: true,
		"Margaret": true, "sk-key@keys.test": true, "ops@help.test": true, "Thompson Margaret": false, "": false, "southern office": false, "of the northern office in Shelbyville": false,
	} {
		if got := s.Has(value); got != want {
			t.Errorf("Has(%q) = %v, want %v", value, got, want)
		}
	}
}

func FuzzDecide(f *testing.F) {
	f.Add(200, jsonType, object)
	f.Add(403, htmlType, page("x", "y"))
	f.Add(302, "text/csv", "a,b\n1,2")
	f.Fuzz(func(t *testing.T, status int, media, body string) {
		tr := trial()
		x(status, media, body)(&tr)
		r := marker.Decide(tr)
		if r.Outcome == "" || r.Message == "" {
			t.Errorf("no ruling: %+v", r)
		}
		if body == "carla@acme.test" && status > 0 && r.Outcome != check.Fail {
			t.Errorf("the owner's e-mail address is not seen: %+v", r)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	cases := map[string]func(*marker.Trial){
		"refused": func(*marker.Trial) {},
		"leak":    x(200, jsonType, object),
		"list":    x(200, jsonType, `{"items":[`+strings.Repeat(own+",", 12)+own+`]}`),
	}
	for name, change := range cases {
		b.Run(name, func(b *testing.B) {
			tr := trial()
			change(&tr)
			b.ReportAllocs()
			for b.Loop() {
				marker.Decide(tr)
			}
		})
	}
}

func BenchmarkSet(b *testing.B) {
	exchanges := make([]*evidence.Exchange, 100)
	for i := range exchanges {
		exchanges[i] = get("bob", "/x", 200, jsonType, fmt.Sprintf(`{"items":[%s%s],"n":%d}`, strings.Repeat(own+",", 8), own, i))
	}
	b.ReportAllocs()
	for b.Loop() {
		s := marker.NewSet()
		for _, ex := range exchanges {
			s.AddExchange(ex)
		}
	}
}
