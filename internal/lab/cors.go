package lab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// approvedOrigin is the one other site whose scripts may use the API.
const approvedOrigin = "https://app.northwind.test"

var (
	anyCharacter = regexp.MustCompile(`^https://app.northwind.test$`) // the dots were never escaped
	methodsTaken = "GET, POST, PUT, PATCH, DELETE"
	headersTaken = "authorization, content-type, x-csrf-token"
)

// sharing reports whether the session cookie is sent with the requests of other
// sites: the defects that let them read a visitor's data come with it.
func (w *World) sharing() bool {
	for name := range w.flaws {
		if f, ok := find(Flaws(), name); ok && (f.Check == "cors/credentials" || f.Check == "cors/looseorigin") {
			return true
		}
	}
	return false
}

// share says to scripts of other origins what they may do with an answer: the
// approved one may use the API, and anybody may read what is public and static.
func (w *World) share(h http.Header, r *http.Request, status int) {
	api := strings.HasPrefix(r.URL.Path, "/api/")
	if strings.HasPrefix(r.URL.Path, "/assets/") || r.URL.Path == "/files/calendar.ics" {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	if api {
		h.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	switch {
	case r.URL.Path == "/api/version" && w.flaw("cors-star"):
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Credentials", "true")
		return
	case r.URL.Path == "/health" && w.flaw("cors-vary"):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Vary", "Accept-Encoding")
		return
	case origin == approvedOrigin && (!api || w.flaw("cors-approved")):
		return
	case origin != approvedOrigin && !w.mistakes(origin, r.URL.Path, status, preflight):
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if preflight {
		h.Set("Access-Control-Allow-Methods", methodsTaken)
		h.Set("Access-Control-Allow-Headers", headersTaken)
		h.Set("Access-Control-Max-Age", "600")
	}
}

// mistakes reports whether a defect takes a foreign origin for an approved one.
func (w *World) mistakes(origin, path string, status int, preflight bool) bool {
	name := strings.TrimPrefix(origin, "https://")
	api := strings.HasPrefix(path, "/api/")
	page := !api && status == http.StatusOK
	switch {
	case preflight:
		return api && w.flaw("cors-preflight")
	case status >= 400:
		return w.flaw("cors-errors")
	case path == "/api/announcements" && w.flaw("cors-public"),
		api && status == http.StatusOK && w.flaw("cors-reflect"),
		api && status == http.StatusOK && w.flaw("cors-suffix") && strings.HasSuffix(name, "northwind.test") && name != origin,
		api && status == http.StatusOK && w.flaw("cors-prefix") && strings.HasPrefix(origin, approvedOrigin),
		api && status == http.StatusOK && w.flaw("cors-dot") && anyCharacter.MatchString(origin),
		page && w.flaw("cors-null") && origin == "null",
		page && w.flaw("cors-http") && origin == "http://app.northwind.test",
		page && w.flaw("cors-subdomain") && strings.HasSuffix(name, ".northwind.test"):
		return true
	}
	return false
}

// calendarRoutes are a calendar that opens by its address alone; any site may read it.
func (w *World) calendarRoutes() []route {
	if !w.flaw("cors-link") {
		return nil
	}
	return []route{
		{
			method: http.MethodGet, path: "/api/calendar", name: "showCalendar", summary: "Address of the own calendar", status: 200,
			returns: object("address", text("/files/calendar.ics?user=1&key=c2VjcmV0LXNlY3JldA")), serve: func(c *call) answer {
				id := c.who.user.id
				return ok(map[string]any{"address": fmt.Sprintf("/files/calendar.ics?user=%s&key=%s", id, w.calendarKey(id))})
			},
		},
		{
			method: http.MethodGet, path: "/files/calendar.ics", name: "downloadCalendar", access: public, hidden: true, serve: func(c *call) answer {
				q := c.r.URL.Query()
				if !same(q.Get("key"), w.calendarKey(q.Get("user"))) {
					return c.missing()
				}
				event := fmt.Sprintf("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Review\r\nDTSTART:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", time.Now().Format("20060102"))
				return answer{status: http.StatusOK, raw: []byte(event), media: "text/calendar"}
			},
		},
	}
}

func (w *World) calendarKey(user string) string {
	mac := hmac.New(sha256.New, w.key)
	mac.Write([]byte("calendar " + user))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
