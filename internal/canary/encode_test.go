package canary

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	object := map[string]any{"subject": "a tag", "amount": json.Number("12"), "open": true}
	tests := map[string]struct{ bodyType, contentType, body string }{
		"json":         {"application/json", "application/json", `{"amount":12,"open":true,"subject":"a tag"}`},
		"json dialect": {"application/merge-patch+json", "application/merge-patch+json", `{"amount":12,"open":true,"subject":"a tag"}`},
		"form":         {"application/x-www-form-urlencoded", FormType, "amount=12&open=true&subject=a+tag"},
		"unknown":      {"", JSONType, `{"amount":12,"open":true,"subject":"a tag"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contentType, body, ok := Encode(tt.bodyType, object)
			if !ok || contentType != tt.contentType || string(body) != tt.body {
				t.Errorf("encode: %q, %q, %v; want %q, %q", contentType, body, ok, tt.contentType, tt.body)
			}
		})
	}
}

func TestEncodeParts(t *testing.T) {
	t.Parallel()
	contentType, body, ok := Encode("multipart/form-data", map[string]any{"file": upload("content"), "description": "a tag"})
	if !ok {
		t.Fatal("a form with a file cannot be encoded")
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r := multipart.NewReader(strings.NewReader(string(body)), params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		got[part.FormName()+" "+part.FileName()] = string(content)
	}
	if diff := cmp.Diff(map[string]string{"file launchready.txt": "content", "description ": "a tag"}, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	refs := func(field string) (string, bool) { return "77", field == "clientId" }
	tests := map[string]struct{ schema, example, want string }{
		"required and a free text": {
			`{"required":["title","amount"],"properties":{"title":{"type":"string","examples":["Ovens"]},"notes":{"type":"string"},"amount":{"type":"number","minimum":3},"due":{"type":"string"}}}`, "",
			`{"amount":3,"notes":"TAG","title":"Ovens"}`,
		},
		"an address that nobody has": {
			`{"required":["email"],"properties":{"email":{"type":"string","format":"email","examples":["real@customer.example"]},"message":{"type":"string"}}}`, "",
			`{"email":"TAG@example.invalid","message":"TAG"}`,
		},
		"the address of an example body": {
			`{"required":["contactEmail"],"properties":{"contactEmail":{"type":"string"},"note":{"type":"string"}}}`, `{"contactEmail":"real@customer.example"}`,
			`{"contactEmail":"TAG@example.invalid","note":"TAG"}`,
		},
		"a reference to an own object": {
			`{"required":["clientId","name"],"properties":{"clientId":{"type":"string"},"name":{"type":"string"}}}`, `{"clientId":"4"}`,
			`{"clientId":"77","name":"TAG"}`,
		},
		"a file": {
			`{"properties":{"file":{"type":"string","format":"binary"},"description":{"type":"string"}}}`, "",
			`{"description":"TAG","file":"made by launchready: TAG\n"}`,
		},
		"the next free text where the first is too short": {
			`{"properties":{"note":{"type":"string","maxLength":5},"body":{"type":"string"}}}`, "", `{"body":"TAG"}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, tagged := sample(artifact.Route{BodySchema: json.RawMessage(tt.schema), BodySample: json.RawMessage(tt.example)}, "TAG", refs)
			got, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			if !tagged || string(got) != tt.want {
				t.Errorf("sample %s, tagged %v; want %s", got, tagged, tt.want)
			}
		})
	}
}

func TestSampleWithoutText(t *testing.T) {
	t.Parallel()
	r := artifact.Route{BodySchema: json.RawMessage(`{"required":["amount"],"properties":{"amount":{"type":"number"},"kind":{"type":"string","enum":["a"]}}}`)}
	if object, tagged := sample(r, "TAG", func(string) (string, bool) { return "", false }); tagged {
		t.Errorf("sample %v carries a tag, though no property takes any text", object)
	}
}
