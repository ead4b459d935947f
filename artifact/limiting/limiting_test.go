package limiting

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
)

func ms(ns ...int) []time.Duration {
	var out []time.Duration
	for _, n := range ns {
		out = append(out, time.Duration(n)*time.Millisecond)
	}
	return out
}

func upTo(from, n int) []time.Duration {
	var out []time.Duration
	for i := range n {
		out = append(out, time.Duration(from+2*i)*time.Millisecond)
	}
	return out
}

// TestMannWhitney compares with counted-out values: 2/C(n+m,n) for samples that
// do not overlap, and with the sums of all orders.
func TestMannWhitney(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		a, b []time.Duration
		want float64
	}{
		{"apart, 10 and 10", upTo(0, 10), upTo(100, 10), 2.0 / 184756},
		{"apart, 3 and 3", ms(1, 2, 3), ms(4, 5, 6), 2.0 / 20},
		{"one exchanged, 3 and 3", ms(1, 2, 4), ms(3, 5, 6), 4.0 / 20},
		{"3 and 4", ms(1, 2, 3), ms(4, 5, 6, 7), 2.0 / 35},
		{"alternating", upTo(0, 10), upTo(1, 10), 0.7394},
		{"empty", nil, ms(1), 1},
		{"all the same", ms(5, 5, 5), ms(5, 5, 5), 1},
	} {
		got, other := MannWhitney(tc.a, tc.b), MannWhitney(tc.b, tc.a)
		if math.Abs(got-tc.want) > 1e-4*math.Max(tc.want, 1e-3) && math.Abs(got-tc.want) > 5e-5 || got != other {
			t.Errorf("%s: got %g and %g, want %g", tc.name, got, other, tc.want)
		}
	}
	ties := MannWhitney(ms(1, 1, 1, 2, 2, 2, 3, 3, 3, 3), ms(7, 7, 7, 8, 8, 8, 9, 9, 9, 9))
	if ties > 0.001 || ties <= 0 {
		t.Errorf("with ties: got %g, want less than 0.001", ties)
	}
}

func TestApart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		a, b []time.Duration
		want bool
	}{
		{"far", upTo(100, 10), upTo(20, 10), true},
		{"surely, but by little", upTo(100, 10), upTo(121, 10), false},
		{"by 25 ms, not by a third", upTo(400, 10), upTo(430, 10), false},
		{"by chance", ms(20, 90, 25), ms(80, 30, 95), false},
	} {
		if got, _, _, _ := Apart(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

// say builds an answer: "401 wrong", "429", "403 locked +1s", "cut".
func say(text string) Face {
	var status int
	var words, late string
	shot := artifact.Shot{Attempt: artifact.Attempt{Name: artifact.ShotKnown, Ref: "x"}}
	ex := &evidence.Exchange{Request: evidence.Request{Method: "POST", URL: "https://portal.example.com/login"}}
	if text == "cut" {
		return FaceOf(shot, ex, nil)
	}
	_, _ = fmt.Sscanf(text, "%d %s %s", &status, &words, &late) // what is missing stays empty
	if late != "" {
		ex.Took, _ = time.ParseDuration(late[1:])
	}
	ex.Response = &evidence.Response{Status: status, Body: []byte(words), Header: []evidence.Field{{Name: "Content-Type", Value: "text/plain"}}}
	return FaceOf(shot, ex, nil)
}

func TestFirst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, kind string
		base       string
		said       []string
		at         int
		want       Kind
	}{
		{"429", "login", "401 wrong", []string{"401 wrong", "401 wrong", "429"}, 2, Said},
		{"nothing", "login", "401 wrong", []string{"401 wrong", "401 wrong", "401 wrong", "401 wrong"}, -1, ""},
		{"another answer, twice", "login", "401 wrong", []string{"401 wrong", "200 captcha", "200 captcha", "401 wrong"}, -1, ""},
		{"another answer, three times", "login", "401 wrong", []string{"401 wrong", "200 captcha", "200 captcha", "200 captcha"}, 1, Changed},
		{"another answer each time", "login", "401 wrong", []string{"401 wrong", "200 one", "200 two", "200 three"}, -1, ""},
		{"counting down", "login", "401 left-9", []string{"401 left-8", "401 left-7", "401 left-6", "401 left-5"}, -1, ""},
		{"it breaks", "login", "401 wrong", []string{"401 wrong", "500 oops", "500 oops", "500 oops"}, -1, ""},
		{"503", "login", "401 wrong", []string{"401 wrong", "503 later", "503 later", "503 later"}, 1, Changed},
		{"a conflict is no limit", "invite", "201 made", []string{"201 made", "409 there", "409 there", "409 there"}, -1, ""},
		{"a block of a read", "read", "200 list", []string{"200 list", "403 blocked", "403 blocked", "403 blocked"}, 1, Changed},
		{"a session that ends", "read", "200 list", []string{"200 list", "401 out", "401 out", "401 out"}, -1, ""},
		{"cut", "login", "401 wrong", []string{"401 wrong", "cut", "cut", "cut"}, 1, Cut},
		{"cut once", "login", "401 wrong", []string{"401 wrong", "cut", "401 wrong", "401 wrong"}, -1, ""},
		{"late", "login", "401 wrong", []string{"401 wrong +20ms", "401 wrong +20ms", "401 wrong +20ms", "401 wrong +20ms", "401 wrong +2s", "401 wrong +3s", "401 wrong +4s"}, 4, Slow},
		{"late from the beginning", "login", "401 wrong", []string{"401 wrong +2s", "401 wrong +2s", "401 wrong +2s", "401 wrong +2s", "401 wrong +2s", "401 wrong +2s"}, -1, ""},
	} {
		s := Scale{Kind: tc.kind}
		s.Base(say(tc.base))
		var faces []Face
		for _, text := range tc.said {
			faces = append(faces, say(text))
		}
		sig, limited := s.First(faces)
		if limited != (tc.at >= 0) || limited && (sig.At != tc.at || sig.Kind != tc.want) {
			t.Errorf("%s: got %v %+v, want %d %s", tc.name, limited, sig, tc.at, tc.want)
		}
	}
}

// TestLearn takes pages that never look the same for alike.
func TestLearn(t *testing.T) {
	t.Parallel()
	s := Scale{Kind: "login"}
	faces := []Face{say("401 wrong"), say("401 wrong"), say("429")}
	s.Learn(faces)
	if !s.Plain(faces[0]) || s.coarse {
		t.Errorf("the first answers are not plain: %+v", s)
	}
	s = Scale{Kind: "login"}
	s.Learn([]Face{say("200 wrong"), say("200 captcha"), say("200 captcha")})
	if !s.Plain(say("200 wrong")) || s.Plain(say("200 captcha")) {
		t.Error("what speaks of a limit after one attempt is plain")
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		header string
		want   time.Duration
	}{{"2", 2 * time.Second}, {"", 0}, {"soon", 0}, {"-1", 0}, {"Tue, 03 Feb 2026 10:00:30 GMT", 30 * time.Second}} {
		ex := &evidence.Exchange{At: time.Date(2026, 2, 3, 10, 0, 0, 0, time.UTC), Response: &evidence.Response{
			Status: 403, Header: []evidence.Field{{Name: "Retry-After", Value: tc.header}},
		}}
		f := FaceOf(artifact.Shot{}, ex, nil)
		if f.Wait != tc.want || f.Loud != (tc.header != "") {
			t.Errorf("%q: got %v %v, want %v", tc.header, f.Wait, f.Loud, tc.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", 429)
	f.Add("Tue, 03 Feb 2026 10:00:30 GMT", 503)
	f.Fuzz(func(t *testing.T, header string, status int) {
		ex := &evidence.Exchange{Response: &evidence.Response{Status: status, Header: []evidence.Field{{Name: "Retry-After", Value: header}}}}
		if got := FaceOf(artifact.Shot{}, ex, nil); got.Wait < 0 {
			t.Errorf("%q: waits %v", header, got.Wait)
		}
	})
}
