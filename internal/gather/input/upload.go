package input

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// uploads are files that are not what they say, or whose names lead elsewhere.
// What is shown of them afterwards is judged.
func (w writing) uploads(base map[string]any, p property) []*shot {
	canary := gather.Canary("lr")
	page := "<!doctype html><title>lr</title><b>" + canary + "</b>"
	var out []*shot
	for _, x := range []struct {
		name string
		file file
	}{
		{"a page as a picture", file{"lr.png", "image/png", page}},
		{"a page as a page", file{"lr.html", "text/html", page}},
		{"a drawing with a script", file{"lr.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>/*` + canary + `*/</script></svg>`}},
		{"two endings", file{"lr.php.txt", "text/plain", "lr " + canary}},
		{"a name that leads out of the folder", file{"../../../../tmp/" + canary + ".txt", "text/plain", "lr " + canary}},
		{"a name of 300 characters", file{longName(), "text/plain", "lr"}},
		{"an empty file", file{"lr.txt", "text/plain", ""}},
	} {
		tag := gather.Canary("lri-")
		body := maps.Clone(base)
		body[p.name] = x.file
		if w.text != "" {
			body[w.text] = tag
		} else {
			tag = ""
		}
		kind, raw := encode(w.route.BodyType, body)
		out = append(out, &shot{who: w.who, request: request(w.method, w.target, kind, raw), c: artifact.Case{
			Class: "upload", Name: x.name, Place: "body /" + normal.Escape(p.name), Sent: shorten(x.file.name + " (" + x.file.media + ")"),
			Kind: "file", Sign: canary, Tag: tag,
		}})
	}
	return out
}

func longName() string {
	name := make([]byte, 300)
	for i := range name {
		name[i] = 'l'
	}
	return string(name) + ".txt"
}

// download reads the file of what an upload made, where the portal shows it.
func (f *feeder) download(ctx context.Context, w writing, s *shot) {
	for _, r := range f.inv.Routes {
		last := r.Template[strings.LastIndexByte(r.Template, '/')+1:]
		if r.Method != "GET" || !slices.Contains([]string{"download", "file", "content", "raw", "view", "preview", "data"}, last) {
			continue
		}
		p := *w.object
		p.id, p.values = s.id, with(p.parentsOf(p.detail), p.param, s.id)
		v, ok := p.binds(r)
		target, filled := r.Fill(v)
		if !ok || !filled {
			continue
		}
		s.c.Rounds = append(s.c.Rounds, f.lookAt(ctx, "download", s.who, target).Attempt)
		return
	}
}
