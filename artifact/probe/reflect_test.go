package probe

import (
	"strings"
	"testing"
)

func TestContext(t *testing.T) {
	t.Parallel()
	const mark = "lrabc"
	const raw = mark + `<b>"'{{7*7331}}`
	for _, tt := range []struct {
		name, body, where string
		live              bool
	}{
		{"in text", "<p>" + raw + "</p>", "the text of the page", true},
		{"escaped", "<p>" + mark + "&lt;b&gt;&quot;&#39;</p>", "", false},
		{"in an attribute, quote kept", `<input value="` + raw + `">`, "an attribute", true},
		{"in an attribute, quote escaped", `<input value="` + mark + `<b>&quot;&#39;">`, "", false},
		{"in an attribute of single quotes", `<input value='` + raw + `'>`, "an attribute", true},
		{"in single quotes, those escaped", `<input value='` + mark + `<b>"&#39;{{'>`, "", false},
		{"without quotes", `<input value=` + raw + `>`, "an attribute", true},
		{"in a comment", "<!-- " + raw + " -->", "a comment", false},
		{"in a script", "<script>q='" + raw + "'</script>", "a <script>", false},
		{"in a title", "<title>" + raw + "</title>", "a <title>", false},
		{"after a title", "<title>x</title><p>" + raw, "the text of the page", true},
		{"escaped first, raw later", "<p>" + mark + "&lt;b&gt;</p><p>" + raw, "the text of the page", true},
		{"a tag that never ends", "<p " + raw, "an attribute", true},
		{"not there", "<p>nothing</p>", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			where, live := context(tt.body, mark)
			if where != tt.where || live != tt.live {
				t.Errorf("context = %q, %t; want %q, %t", where, live, tt.where, tt.live)
			}
		})
	}
}

func FuzzContext(f *testing.F) {
	f.Add("<p title='x", "<script>")
	f.Add("<!--<p a=\"", "-->")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, "lrmark") {
			return
		}
		where, live := context(before+"lrmark<b>\"'{{"+after, "lrmark")
		if live && where == "" {
			t.Error("it is alive nowhere")
		}
		if _, live := context(before+after, "lrmark"); live {
			t.Error("what is not there is alive")
		}
	})
}
