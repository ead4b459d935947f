package lab

import (
	"net/http"
	"net/url"
	"strings"
)

// access says who a route answers at all.
type access int

const (
	signedIn access = iota // a session or a token is demanded
	public                 // answered without a login on purpose
	optional               // public, but a credential that is sent must be good
)

// route is one line of the portal: the router, the gate and the contract are all made from it.
type route struct {
	method, path, name, summary string

	access  access
	roles   []string // who may; nil means every role
	open    bool     // a defect: callers without a credential pass the gate
	claimed bool     // a defect: the contract says that it is public
	hidden  bool     // left out of the contract
	streams bool     // answers for longer than it may hold the store
	page    bool     // an HTML page: refused by a redirect to the login
	query   []param
	body    any // JSON schema of the request, nil for none
	form    string
	status  int // of success
	returns any // JSON schema of the answer
	media   string
	early   func(*call) *answer // a defect: runs before the gate
	serve   func(*call) answer
}

type param struct {
	name, doc string
	example   any
	choices   []string
}

type router struct{ routes []*route }

// match finds the route for a path and the methods that path knows.
func (t *router) match(method, path string) (*route, map[string]string, []string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	want := strings.Split(path, "/")
	var best *route
	var params map[string]string
	var methods []string
	for _, r := range t.routes {
		found, literal := fits(strings.Split(r.path, "/"), want)
		if found == nil {
			continue
		}
		methods = append(methods, r.method)
		if r.method != method {
			continue
		}
		if best == nil || literal > literals(best.path) {
			best, params = r, found
		}
	}
	return best, params, methods
}

// fits matches the segments of a template; a literal segment is worth more than a parameter.
func fits(template, path []string) (map[string]string, int) {
	if len(template) != len(path) {
		return nil, 0
	}
	params, literal := map[string]string{}, 0
	for i, part := range template {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			value, err := url.PathUnescape(path[i])
			if err != nil || value == "" {
				return nil, 0
			}
			params[strings.TrimSuffix(name, "}")] = value
			continue
		}
		if part != path[i] {
			return nil, 0
		}
		literal++
	}
	return params, literal
}

func literals(template string) int {
	n := 0
	for part := range strings.SplitSeq(template, "/") {
		if !strings.HasPrefix(part, "{") {
			n++
		}
	}
	return n
}
