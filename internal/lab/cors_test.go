package lab

// crossing asks as a script of that origin; it returns who may read the answer
// with credentials.
func (c cast) crossing(path, origin string) string {
	got := c.alice.get(path, "Origin", origin)
	if got.header.Get("Access-Control-Allow-Credentials") != "true" {
		return ""
	}
	return got.header.Get("Access-Control-Allow-Origin")
}

func (c cast) lets(path, origin string) bool { return c.crossing(path, origin) == origin }

// letsPage is lets for a page, which knows cookies only.
func (c cast) letsPage(origin string) bool {
	return c.anon.get("/login", "Origin", origin).header.Get("Access-Control-Allow-Origin") == origin
}

func (c cast) preflights(origin string) bool {
	got := c.anon.do("OPTIONS", "/api/projects", "", "Origin", origin, "Access-Control-Request-Method", "DELETE")
	return got.header.Get("Access-Control-Allow-Origin") == origin
}

func (c cast) calendar() bool {
	address := c.alice.get("/api/calendar").text("address")
	if address == "" {
		return false
	}
	got := c.anon.get(address, "Origin", "https://evil.test")
	return got.status == 200 && got.header.Get("Access-Control-Allow-Origin") == "*" && c.anon.get(address+"x").status == 404
}
