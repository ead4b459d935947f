package wire

import "net/http"

// Through is a way out for a library that insists on an http.Client: it has no
// transport of its own, every request is send's, and redirects are answers like
// any other. What send does with a request must go through an Agent.
func Through(send func(*http.Request) (*http.Response, error)) *http.Client {
	return &http.Client{
		Transport:     through(send),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type through func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f through) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
