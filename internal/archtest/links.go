package archtest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// mdLink matches the target of a Markdown link.
var mdLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// checkLinks reports links of the documentation that lead to no file of the
// tree: in Markdown files at the root, and below docs and changelog.
func checkLinks(fsys fs.FS) []string {
	var problems []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "changelog/*.md", "changelog/*/*.md"} {
		names, _ := fs.Glob(fsys, pattern) // the patterns are well formed
		for _, name := range names {
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				problems = append(problems, fmt.Sprintf("read %s: %v", name, err))
				continue
			}
			for _, link := range mdLink.FindAllStringSubmatch(string(text), -1) {
				target, _, _ := strings.Cut(link[1], "#")
				if target == "" || strings.Contains(target, ":") {
					continue // a heading of the same page, or another host
				}
				to := path.Join(path.Dir(name), target)
				if _, err := fs.Stat(fsys, to); err != nil {
					problems = append(problems, fmt.Sprintf("%s: links to %s, which is not there", name, link[1]))
				}
			}
		}
	}
	return problems
}
