package portal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// variable is ${…} in a text.
var variable = regexp.MustCompile(`\$\{([^{}]*)\}`)

// variableName is what a recipe may call a variable.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// text reads plain text: ${env:NAME} and ${file:path} are put in, and the
// result is no secret (a URL, a tenant, a user's name). Recipes' variables mean nothing here.
func text() form[string] {
	return form[string]{shape: &shape{kind: kindText, word: "text"}, read: func(r *reader, n ast.Node, into *string) {
		raw, ok := r.scalar(n)
		if !ok {
			return
		}
		*into, _ = r.fill(n, raw)
	}}
}

// secret reads a credential: ${env:NAME} and ${file:path} are put in, and the
// whole is recorded so that nothing that is stored or printed holds it.
func secret() form[Secret] {
	return form[Secret]{shape: &shape{kind: kindText, word: "secret text"}, read: func(r *reader, n ast.Node, into *Secret) {
		raw, ok := r.scalar(n)
		if !ok {
			return
		}
		value, parts := r.fill(n, raw)
		*into = r.keep(NewSecret(value))
		for _, p := range parts {
			r.keep(p)
		}
	}}
}

// template reads a text of a recipe or resource. It stays as written:
// ${env:NAME} and ${file:path} are looked up and recorded as secrets, and
// like every other ${name} they are put in when a request is built, so that
// no text that travels through the program holds a secret.
func template() form[string] {
	return form[string]{shape: &shape{kind: kindText, word: "text with ${…}"}, read: func(r *reader, n ast.Node, into *string) {
		if isNull(r.resolve(n)) {
			return // a form field may be empty
		}
		if raw, ok := r.scalar(n); ok {
			*into = raw
			r.check(n, raw)
		}
	}}
}

// check notes the variables of a template and looks up those from outside.
func (r *reader) check(n ast.Node, raw string) {
	for _, m := range variable.FindAllStringSubmatch(raw, -1) {
		name := m[1]
		if outside(name) {
			if value, ok := r.lookUp(n, name); ok {
				r.held[name] = r.keep(NewSecret(value))
			}
			continue
		}
		if !variableName.MatchString(name) {
			r.fail(n, "a variable is ${name}, ${env:NAME} or ${file:path}", "${%s} is no variable", name)
			continue
		}
		owner, part := r.owner()
		r.uses = append(r.uses, use{name: name, owner: owner, part: part, at: r.here(n)})
	}
}

// owner names the recipe or resource that is being read, and the key inside it.
func (r *reader) owner() (owner, part string) {
	path := r.path
	owner = path[0]
	path = path[1:]
	if owner == "resources" || (owner == "login" && len(path) > 0 && !isRecipeKey(path[0])) {
		owner += "." + path[0]
		path = path[1:]
	}
	if len(path) > 0 {
		part = path[0]
	}
	return owner, part
}

func outside(name string) bool {
	return strings.HasPrefix(name, "env:") || strings.HasPrefix(name, "file:")
}

// fill puts environment variables and files into a text and returns their values beside it.
func (r *reader) fill(n ast.Node, raw string) (string, []Secret) {
	var parts []Secret
	filled := variable.ReplaceAllStringFunc(raw, func(m string) string {
		name := m[2 : len(m)-1]
		if !outside(name) {
			r.fail(n, "only ${env:NAME} and ${file:path} are put in here; other variables belong to login and resources", "%s has no variable ${%s}", r.where(), name)
			return ""
		}
		value, ok := r.lookUp(n, name)
		if ok {
			parts = append(parts, NewSecret(value))
		}
		return value
	})
	return filled, parts
}

// keep records a secret and returns it.
func (r *reader) keep(s Secret) Secret {
	if s.IsZero() {
		return s
	}
	for _, known := range r.secrets {
		if known.Equal(s) {
			return s
		}
	}
	r.secrets = append(r.secrets, s)
	return s
}

// lookUp returns the value of "env:NAME" or "file:path"; a missing or empty one is a problem.
func (r *reader) lookUp(n ast.Node, reference string) (string, bool) {
	kind, name, _ := strings.Cut(reference, ":")
	if name == "" {
		r.fail(n, "", "${%s} names nothing", reference)
		return "", false
	}
	if kind == "env" {
		value, set := r.env(name)
		switch {
		case !set:
			r.fail(n, "export "+name+"=…", "the environment variable %s is not set", name)
		case value == "":
			r.fail(n, "export "+name+"=…", "the environment variable %s is empty", name)
		}
		return value, value != ""
	}
	value, err := readSmall(r.abs(name))
	switch {
	case err != nil:
		r.fail(n, "the path starts from the folder of "+base(r.file), "${file:%s}: %v", name, cause(err))
	case value == "":
		r.fail(n, "", "${file:%s}: the file is empty", name)
	}
	return value, err == nil && value != ""
}

// abs returns a path of the file as seen from the working folder.
func (r *reader) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

// maxSecretFile bounds a file that is put into a text: keys and tokens are small.
const maxSecretFile = 64 << 10

// readSmall returns a file's text without the newline at its end.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxSecretFile {
		return "", fmt.Errorf("is larger than %d bytes", maxSecretFile)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// cause drops the path from an error of the file system; the message names it as written.
func cause(err error) error {
	if p, is := err.(*os.PathError); is {
		return p.Err
	}
	return err
}

// base is the last element of a path, for messages.
func base(path string) string { return filepath.Base(path) }
