package leakage

import (
	"regexp"
	"strings"
)

// privateHost is an address inside, in a header.
var (
	privateHost = regexp.MustCompile(`\b(10\.\d{1,3}|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b`)
	version     = regexp.MustCompile(`\d+\.\d`)
)

// headers looks at the header of an answer.
func (s *scan) headers() {
	for _, h := range s.ex.Response.Header {
		name := strings.ToLower(h.Name)
		where := "header " + h.Name
		switch {
		case name == "x-debug-token", name == "x-debug-token-link", name == "x-debug-exception", name == "x-debug-exception-file", name == "phpdebugbar-id", name == "x-debugbar":
			s.add(Hit{Class: DebugPage, Name: "debug header " + h.Name, Where: where, Masked: masked(h.Value, 40), print: name})
		case strings.Contains(name, "stack") && strings.Contains(name, "trace"), name == "x-exception", name == "x-error-trace", name == "x-error-stack":
			s.add(Hit{Class: Trace, Name: "stack trace in a header", Where: where, Masked: masked(h.Value, 60), print: name})
		case name == "server", name == "x-powered-by", name == "x-generator", name == "via":
			if version.MatchString(banner(name, h.Value)) {
				s.add(Hit{Class: Banner, Name: h.Name, Where: where, Masked: masked(h.Value, 60), print: name})
			}
		case name == "x-aspnet-version", name == "x-aspnetmvc-version", name == "x-php-version", name == "x-rails-version", name == "x-envoy-version", name == "x-jenkins", name == "x-drupal-version", name == "x-owa-version", name == "x-runtime-version":
			s.add(Hit{Class: Banner, Name: h.Name, Where: where, Masked: masked(h.Value, 60), print: name})
		case name == "set-cookie", name == "etag", name == "date":
		default:
			s.header(where, name, h.Value)
		}
	}
	if s.ex.Status() >= 400 {
		s.serverPage()
	}
}

// header looks at the value of a header that says what it likes.
func (s *scan) header(where, name, value string) {
	if privateHost.MatchString(value) && !s.echoed(privateHost.FindString(value)) && name != "access-control-allow-origin" {
		s.add(Hit{Class: Internal, Name: "private address", Where: where, Masked: masked(value, 60), print: name})
	}
	if len(value) < 12 {
		return
	}
	fault := strings.Contains(name, "error") || strings.Contains(name, "exception") || strings.Contains(name, "debug") || s.ex.Status() >= 500
	s.unit(unit{where: where, text: value, fault: fault})
}

// banner leaves out what stands in a header by protocol: Via begins with a version of HTTP.
func banner(name, value string) string {
	if name != "via" {
		return value
	}
	_, comment, _ := strings.Cut(value, "(")
	return comment
}

// serverFoot is the line that servers put below their own error pages.
var serverFoot = regexp.MustCompile(`<center>(nginx|openresty|tengine)/[\d.]+|<address>Apache/[\d.]+[^<]{0,200}|Apache Tomcat/\d[\d.]*|Powered by Jetty:// ?[\d.]+|Jetty\(\d[\d.]*|<hr><center>[^<]{1,40}/\d[\d.]*|(Express|Kestrel|gunicorn|uvicorn|lighttpd|Microsoft-IIS|Caddy|LiteSpeed)/\d[\d.]*`)

// serverPage looks for a version on the error page of a server.
func (s *scan) serverPage() {
	body := s.ex.Body()
	if m := serverFoot.Find(body[:min(len(body), 16<<10)]); m != nil {
		s.add(Hit{Class: Banner, Name: "error page", Where: "body", Masked: masked(strings.TrimLeft(visible(string(m)), "\n "), 60), print: "page"})
	}
}

// shownReference is a reference that a page shows to people.
var shownReference = regexp.MustCompile(`(?i)(request|error|reference|incident|correlation|trace|support|event)[ -]?(?:id|number|code|no\.?)?\s*[:#]\s*([0-9A-Za-z][\w.:-]{5,80})`)
