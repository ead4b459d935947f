package lab

import "net/http"

// dress gives a session cookie its attributes; the well-kept one belongs to this
// host alone, travels encrypted (loopback counts as such) and stays from scripts.
func (w *World) dress(k *http.Cookie) *http.Cookie {
	if k.Name != sessionCookie {
		return k
	}
	k.Path, k.SameSite = "/", http.SameSiteLaxMode
	k.Secure = !w.flaw("cookieflags-secure")
	k.HttpOnly = !w.flaw("cookieflags-httponly")
	if w.flaw("cookiescope-domain") {
		k.Domain = "127.0.0.1"
	}
	if w.sharing() {
		k.SameSite = http.SameSiteNoneMode
	}
	return w.abroad(k)
}
