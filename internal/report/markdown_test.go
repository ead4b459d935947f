package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"paragraphs", "one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>\n"},
		{"inline", "use `a<b` and **not** `**c**`", "<p>use <code>a&lt;b</code> and <strong>not</strong> <code>**c**</code></p>\n"},
		{"an address is shown", "see [the guide](https://example.com/x)", "<p>see the guide (<code>https://example.com/x</code>)</p>\n"},
		{"heading", "### In Go", "<h5>In Go</h5>\n"},
		{"list", "- one\n  goes on\n- two\n\nafter", "<ul>\n<li>one goes on</li>\n<li>two</li>\n</ul>\n<p>after</p>\n"},
		{"numbered", "1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n"},
		{"list after text", "do:\n- one", "<p>do:</p>\n<ul>\n<li>one</li>\n</ul>\n"},
		{"fence", "```go\nif a < b {\n\n}\n```\nafter", "<pre><code>if a &lt; b {\n\n}</code></pre>\n<p>after</p>\n"},
		{"fence in a list", "- one\n  ```\n  code\n    more\n  ```\n- two", "<ul>\n<li>one<pre><code>code\n  more</code></pre>\n</li>\n<li>two</li>\n</ul>\n"},
		{"open fence", "```\ncode", "<pre><code>code</code></pre>\n"},
		{
			"table", "| a | b |\n|---|:-:|\n| `x\\|y` | <i> |",
			"<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\n<tbody>\n<tr><td><code>x|y</code></td><td>&lt;i&gt;</td></tr>\n</tbody>\n</table></div>\n",
		},
		{"a line with a bar is text", "a | b\nc", "<p>a | b c</p>\n"},
		{"markup is text", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, string(markdown(tt.src))); diff != "" {
				t.Errorf("html (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n\n- b\n  ```\n  c\n| d |\n|---|\n")
	f.Fuzz(func(t *testing.T, src string) {
		got := string(markdown(src))
		for _, tag := range []string{"<script", "<img", "<a "} {
			if strings.Contains(strings.ToLower(got), tag) {
				t.Errorf("%q gives %q", src, got)
			}
		}
	})
}
