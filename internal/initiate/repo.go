package initiate

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// sign is a word in a manifest that gives a framework away.
type sign struct{ file, word, name string }

// signs are looked for in this order; a manifest may give away several.
func signs() []sign {
	return []sign{
		{"package.json", `"next"`, "Next.js"},
		{"package.json", `"nuxt"`, "Nuxt"},
		{"package.json", `"@nestjs/core"`, "NestJS"},
		{"package.json", `"express"`, "Express"},
		{"package.json", `"fastify"`, "Fastify"},
		{"package.json", `"@remix-run/`, "Remix"},
		{"package.json", `"@sveltejs/kit"`, "SvelteKit"},
		{"package.json", `"hono"`, "Hono"},
		{"package.json", `"react"`, "React"},
		{"package.json", `"vue"`, "Vue"},
		{"package.json", `"@angular/core"`, "Angular"},
		{"package.json", `"@supabase/`, "Supabase"},
		{"package.json", `"firebase`, "Firebase"},
		{"requirements.txt", `(?i)^django\b`, "Django"},
		{"requirements.txt", `(?i)^fastapi\b`, "FastAPI"},
		{"requirements.txt", `(?i)^flask\b`, "Flask"},
		{"pyproject.toml", `(?i)\bdjango\b`, "Django"},
		{"pyproject.toml", `(?i)\bfastapi\b`, "FastAPI"},
		{"pyproject.toml", `(?i)\bflask\b`, "Flask"},
		{"Gemfile", `gem ["']rails["']`, "Rails"},
		{"Gemfile", `gem ["']sinatra["']`, "Sinatra"},
		{"composer.json", `"laravel/framework"`, "Laravel"},
		{"composer.json", `"symfony/`, "Symfony"},
		{"pom.xml", `spring-boot`, "Spring Boot"},
		{"build.gradle", `spring-boot|springframework\.boot`, "Spring Boot"},
		{"build.gradle.kts", `spring-boot|springframework\.boot`, "Spring Boot"},
		{"go.mod", `github\.com/gin-gonic/gin\b`, "Gin"},
		{"go.mod", `github\.com/labstack/echo\b`, "Echo"},
		{"go.mod", `github\.com/go-chi/chi\b`, "chi"},
		{"go.mod", `^module `, "Go"},
		{"mix.exs", `:phoenix\b`, "Phoenix"},
		{".csproj", `Microsoft\.NET\.Sdk\.Web`, "ASP.NET Core"},
		{"supabase/config.toml", ``, "Supabase"},
		{"firebase.json", ``, "Firebase"},
	}
}

// deployFiles say how a portal is deployed, with their folder under the repository.
func deployFiles() []string {
	return []string{
		"docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "Dockerfile", ".github/workflows", ".gitlab-ci.yml",
		"k8s", "kubernetes", "helm", "deploy", "terraform", "fly.toml", "render.yaml", "vercel.json", "netlify.toml", "Procfile", "app.yaml",
		"wrangler.toml", "supabase/config.toml", "firebase.json",
	}
}

var (
	contractName = regexp.MustCompile(`(?i)^(openapi|swagger|api-docs)[\w.-]*\.(json|ya?ml)$`)
	builtName    = regexp.MustCompile(`^(dist|build|out|\.output|public/build)$`)
	skipped      = regexp.MustCompile(`^(node_modules|vendor|\.git|\.venv|venv|__pycache__|testdata|target|\.next|\.cache)$`)
)

// maxManifest bounds a manifest that is read whole.
const maxManifest = 1 << 20

// maxFolders is how deep manifests are looked for: apps/web/package.json.
const maxFolders = 3

// repository looks at the files of a folder.
func (f *finder) repository(root string) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		f.found.Repo = ""
		return
	}
	for _, name := range deployFiles() {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err == nil {
			f.found.Deploy = append(f.found.Deploy, filepath.ToSlash(filepath.Join(root, name)))
		}
	}
	entries := 0
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		entries++
		if entries > maxEntries || f.ctx.Err() != nil {
			return filepath.SkipAll
		}
		relative, relErr := filepath.Rel(root, path)
		if err != nil || relErr != nil { // a folder that cannot be read tells nothing
			return nil
		}
		relative = filepath.ToSlash(relative)
		if d.IsDir() {
			return f.folder(path, relative, d.Name())
		}
		if d.Type().IsRegular() {
			f.file(path, relative)
		}
		return nil
	})
}

// folder notes a built frontend and keeps out of what others wrote.
func (f *finder) folder(path, relative, name string) error {
	switch {
	case relative == ".":
		return nil
	case skipped.MatchString(name), strings.Count(relative, "/") >= maxFolders:
		return filepath.SkipDir
	case builtName.MatchString(name):
		if _, err := os.Stat(filepath.Join(path, "index.html")); err == nil && f.found.Frontend == "" {
			f.found.Frontend = filepath.ToSlash(path)
		}
		return filepath.SkipDir
	}
	return nil
}

// file looks at one file: a contract, or a manifest.
func (f *finder) file(path, relative string) {
	if contractName.MatchString(filepath.Base(relative)) && len(f.found.Contracts) < maxListed {
		f.contractFile(path, path)
		return
	}
	var text []byte
	for _, s := range signs() {
		if relative != s.file && !strings.HasSuffix(relative, "/"+s.file) && (s.file != ".csproj" || !strings.HasSuffix(relative, s.file)) {
			continue
		}
		if text == nil {
			info, err := os.Stat(path)
			if err != nil || info.Size() > maxManifest {
				return
			}
			if text, err = os.ReadFile(path); err != nil {
				return
			}
		}
		if regexp.MustCompile("(?m)" + s.word).Match(text) {
			f.framework(s.name, relative)
		}
	}
}

// framework notes a framework once.
func (f *finder) framework(name, where string) {
	known := slices.ContainsFunc(f.found.Frameworks, func(s string) bool { return strings.HasPrefix(s, name+" (") })
	if !known && len(f.found.Frameworks) < maxListed {
		f.found.Frameworks = append(f.found.Frameworks, name+" ("+tidy(where, 60)+")")
	}
}
