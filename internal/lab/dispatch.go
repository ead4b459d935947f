package lab

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody bounds a request; documents are the largest thing a client sends.
const maxBody = 4 << 20

// call is one request on its way through the portal.
type call struct {
	w      *World
	r      *http.Request
	route  *route
	params map[string]string
	who    *principal // nil when nobody is signed in
	body   []byte
}

// answer takes a request from the wire to its answer: match, gate, cross-site guard, role, cache, handler.
func (w *World) answer(rw http.ResponseWriter, r *http.Request) {
	w.served.Add(1)
	c := &call{w: w, r: r}
	a := w.strain(c, w.handle(c))
	if c.route == nil || !c.route.page {
		a = w.disguise(a, c.route != nil && strings.HasPrefix(c.route.name, "list"))
	}
	if w.quirk("rotating-cookie") && c.who != nil && c.who.session != nil && a.cookie == nil {
		a.cookie = w.rotate(c.who.session)
	}
	a = w.gossip(c, a)
	started := time.Now()
	w.write(rw, r, a)
	w.log(c, a, rw.Header().Get("X-Request-Id"), time.Since(started))
}

func (w *World) handle(c *call) answer {
	w.override(c)
	matched, methods, slipped := w.resolve(c)
	if matched == nil {
		return w.unmatched(c, methods)
	}
	c.route = matched
	if matched.early != nil && c.naked() {
		if a := w.earlier(c); a != nil {
			return *a
		}
	}
	if refusal := w.gate(c, slipped); refusal != nil {
		return *refusal
	}
	if matched.roles != nil && !w.may(c) {
		if matched.page {
			return w.page(c, http.StatusForbidden, "refused", nil)
		}
		return forbidden()
	}
	if !c.read() {
		return refuse(http.StatusRequestEntityTooLarge, "too-large", "The request is too large.")
	}
	if matched.streams {
		return matched.serve(c)
	}
	return w.edge.serve(c, func() answer {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.within(c, func() answer { return matched.serve(c) })
	})
}

// earlier runs a route's defect that acts before the gate.
func (w *World) earlier(c *call) *answer {
	if !c.read() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return c.route.early(c)
}

func (w *World) unmatched(c *call, methods []string) answer {
	switch {
	case len(methods) > 0 && c.r.Method == http.MethodOptions:
		return answer{status: http.StatusNoContent, header: map[string]string{"Allow": allowed(methods)}}
	case len(methods) > 0:
		a := refuse(http.StatusMethodNotAllowed, "method", "This address does not take that method.")
		a.header = map[string]string{"Allow": allowed(methods)}
		return a
	case w.quirk("spa-fallback"):
		return w.page(c, http.StatusOK, "shell", nil)
	case strings.HasPrefix(c.r.URL.Path, "/api/"), strings.HasPrefix(c.r.URL.Path, "/files/"):
		return unknownPath()
	}
	return w.page(c, http.StatusNotFound, "missing", nil)
}

func allowed(methods []string) string {
	methods = slices.Clone(methods)
	slices.Sort(methods)
	return strings.Join(append(slices.Compact(methods), "OPTIONS"), ", ")
}

// gate demands a login, and for cookies the cross-site token, before anything else looks at the request.
func (w *World) gate(c *call, slipped bool) *answer {
	if c.route.access == public {
		c.who, _ = w.authenticate(c.r)
		return nil
	}
	who, err := w.authenticate(c.r)
	if c.route.page && errors.Is(err, errBadToken) {
		who, err = w.bySession(c.r), nil // pages know cookies only
	}
	if errors.Is(err, errForeignTenant) {
		a := refuse(http.StatusForbidden, "not-a-member", "You are not a member of that tenant.")
		return &a
	}
	if who == nil {
		switch {
		case slipped, c.route.open && c.naked():
			who = w.fallback()
		case c.route.access == optional && (err == nil || w.quirk("badtoken-anonymous")):
			return nil
		case c.route.page:
			a := redirect("/login")
			return &a
		default:
			a := unauthorized()
			return &a
		}
	}
	c.who = who
	if who.session != nil && unsafe(c.r.Method) && !w.sameSite(c) {
		a := refuse(http.StatusForbidden, "csrf", "The form has expired. Reload the page and try again.")
		return &a
	}
	return nil
}

// naked reports whether the request carries no credential at all, not even a bad or an empty one.
func (c *call) naked() bool {
	_, err := c.r.Cookie(sessionCookie)
	return err != nil && len(c.r.Header.Values("Authorization")) == 0
}

// may reports whether the caller's role is among the route's.
func (w *World) may(c *call) bool {
	if c.who == nil || c.who.everywhere {
		return true
	}
	role := c.who.role
	if cookie, err := c.r.Cookie("role"); err == nil && w.flaw("roletricks-cookie") {
		role = cookie.Value
	}
	if claimed := c.r.Header.Get("X-Role"); claimed != "" && w.flaw("roletricks-header") {
		role = claimed
	}
	return slices.Contains(c.route.roles, role)
}

func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// read takes the body in, once; never while the store is held, for a client may be slow.
func (c *call) read() bool {
	if c.body != nil {
		return true
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return false
	}
	c.body = body
	return true
}

// object parses the JSON object in the request's body.
func (c *call) object() (map[string]any, *answer) {
	if a := c.unread(); a != nil {
		return nil, a
	}
	var object map[string]any
	if err := json.Unmarshal(c.body, &object); err != nil || object == nil {
		a := refuse(http.StatusBadRequest, "malformed", "The body must be a JSON object.")
		return nil, &a
	}
	return object, nil
}
