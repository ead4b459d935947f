package artifact

import "testing"

func TestRouteFill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		route Route
		v     Values
		want  string
		whole bool
	}{
		{"no parameters", Route{Template: "/api/me"}, nil, "/api/me", true},
		{"path", Route{Template: "/t/{tenant}/i/{id}"}, Values{"tenant": "a b", "id": "x/y"}, "/t/a%20b/i/x%2Fy", true},
		{"missing", Route{Template: "/i/{id}"}, Values{"other": "1"}, "/i/", false},
		{"query", Route{Template: "/i", Params: []Param{{Name: "b", In: "query"}, {Name: "a", In: "query"}}}, Values{"a": "1", "b": "&", "c": "2"}, "/i?a=1&b=%26", true},
		{"query in the template", Route{Template: "/x.php?do=show&id={id}", Params: []Param{{Name: "id", In: "query"}}}, Values{"id": "7"}, "/x.php?do=show&id=7", true},
		{"other origin", Route{Origin: "https://api.test", Template: "/i/{id}"}, Values{"id": "7"}, "https://api.test/i/7", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, whole := tt.route.Fill(tt.v)
			if got != tt.want || whole != tt.whole {
				t.Errorf("Fill = %q, %t; want %q, %t", got, whole, tt.want, tt.whole)
			}
		})
	}
}

func TestInventoryBy(t *testing.T) {
	t.Parallel()
	inv := Inventory{Routes: []Route{{ID: "GET /a"}, {ID: "GET /b"}}}
	if r := inv.By("GET /b"); r == nil || r.ID != "GET /b" {
		t.Errorf("By(GET /b) = %v", r)
	}
	if r := inv.By("GET /c"); r != nil {
		t.Errorf("By(GET /c) = %v, want nil", r)
	}
}
