package wire

import "net/http"

// Bare returns a fresh client for an identity that keeps no cookies: what is
// sent is what the caller says, whatever earlier answers set.
func (c *Client) Bare(who string) *Agent {
	a := c.Agent(who)
	a.jar = nil
	return a
}

// AllCookies returns every cookie of the jar, each name once, wherever it would be sent.
func (a *Agent) AllCookies() []*http.Cookie { return a.jar.all() }

// Resolve returns the absolute URL a request for ref would go to, or why it may not go there.
func (a *Agent) Resolve(ref string) (string, error) {
	u, _, err := a.client.scope.resolve(ref)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}
