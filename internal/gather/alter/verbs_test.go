package alter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
)

func TestRename(t *testing.T) {
	t.Parallel()
	detail := artifact.Route{Template: "/api/{org}/notes/{id}"}
	values := artifact.Values{"org": "acme", "id": "7"}
	tests := map[string]struct {
		to   string
		want artifact.Values
	}{
		"the same names":  {"/api/{org}/notes/{id}", values},
		"by position":     {"/api/{orgId}/notes/{noteId}", artifact.Values{"orgId": "acme", "noteId": "7"}},
		"a name in front": {"/notes/{id}", artifact.Values{"id": "7"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, canary.Rename(artifact.Route{Template: tt.to}, detail, values)); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSibling(t *testing.T) {
	t.Parallel()
	patch := artifact.Route{ID: "PATCH /a/{id}", Method: "PATCH", Template: "/a/{id}", Roles: []string{"admin"}}
	put := artifact.Route{ID: "PUT /a/{id}", Method: "PUT", Template: "/a/{id}"}
	guarded := put
	guarded.Roles = []string{"admin"}
	tests := map[string]struct {
		updates []artifact.Route
		of      artifact.Route
		want    string
	}{
		"unknown":            {[]artifact.Route{patch}, patch, "PUT /a/{id}"},
		"known, undeclared":  {[]artifact.Route{patch, put}, patch, "PUT /a/{id}"},
		"declared by itself": {[]artifact.Route{patch, guarded}, patch, ""},
		"none of a deletion": {[]artifact.Route{patch}, artifact.Route{Method: "DELETE", Template: "/a/{id}"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := sibling(canary.Maker{Updates: tt.updates}, verb{tt.of, true})
			if ok != (tt.want != "") || ok && (got.ID != tt.want || got.declared || got.Roles != nil) {
				t.Errorf("sibling %+v, %v; want %q", got, ok, tt.want)
			}
		})
	}
}

func TestMessagesNameTheChannel(t *testing.T) {
	t.Parallel()
	var got []string
	for _, w := range messages("/ws", `tenant:"a"`) {
		got = append(got, w.message)
	}
	want := []string{
		`{"subscribe":"tenant:\"a\""}`,
		`{"channel":"tenant:\"a\"","type":"subscribe"}`,
		`{"action":"subscribe","channel":"tenant:\"a\""}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/ws?channel=a":       "/ws",
		"/ws?channel=a&v=2":   "/ws?v=2",
		"/ws?v=2":             "/ws?v=2",
		"/rooms/a/ws":         "/rooms/a/ws",
		"/ws?channel=a%zz&v=": "/ws?channel=a%zz&v=", // what cannot be read is left alone
	} {
		if got := without(target, "channel"); got != want {
			t.Errorf("without channel, %s is %s; want %s", target, got, want)
		}
	}
}

func TestChannelsIn(t *testing.T) {
	t.Parallel()
	ex := &evidence.Exchange{Response: &evidence.Response{Status: 200, Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}}, Body: evidence.Body(
		`{"channel": "tenant:a", "streamUrl": "/events/a", "channels": [{"name": "b"}], "n": 4, "topic": "x"}`,
	)}}
	for param, want := range map[string][]string{
		"channel": {"tenant:a"},
		"":        {"tenant:a", "/events/a"},
		"room":    nil,
	} {
		if diff := cmp.Diff(want, channelsIn(ex, param)); diff != "" {
			t.Errorf("channels under %q (-want +got):\n%s", param, diff)
		}
	}
}
