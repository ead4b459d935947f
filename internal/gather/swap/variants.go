package swap

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// variantsOf returns the ways around a refusal that make sense for a trial, the
// most telling first, at most variantLimit.
func (s *swapper) variantsOf(t *trial, st *stranger) []gather.Ask {
	v := variants{s: s, t: t, st: st}
	if st.own != nil {
		v.mixed()
		v.parents()
	}
	v.forms()
	v.shapes()
	return v.asks[:min(s.variantLimit(), len(v.asks))]
}

// variants collects asks that name the owner's object in unusual ways.
type variants struct {
	s    *swapper
	t    *trial
	st   *stranger
	asks []gather.Ask
}

func (v *variants) add(name, method, target string, header ...evidence.Field) {
	a := gather.Ask{Name: "X " + name, Who: v.st.who.Name}
	a.Request.Method, a.Request.URL, a.Request.Header, a.Request.Expect5xx = method, target, header, v.s.fails
	v.asks = append(v.asks, a)
}

func (v *variants) fill(values artifact.Values) string {
	target, _ := v.t.route.Fill(values)
	return target
}

// raw fills the template with a value that is put in as it is.
func (v *variants) raw(value string) string {
	const hole = "lr0hole0lr"
	return strings.ReplaceAll(v.fill(v.t.bound.with(v.t.bound.param, hole)), hole, value)
}

// mixed names two objects at once: the stranger's own where the check looks,
// the owner's where the handler may look.
func (v *variants) mixed() {
	foreign, own, param := v.t.bound.id(), v.st.ownID, v.t.bound.param
	at := v.fill(v.st.own)
	esc := url.QueryEscape(foreign)
	if inQuery(v.t.route, param) {
		key := url.QueryEscape(param)
		base := v.fill(without(v.st.own, param))
		mine := url.QueryEscape(own)
		v.add("query own then foreign", "GET", withQuery(withQuery(base, key, mine), key, esc))
		v.add("query foreign then own", "GET", withQuery(withQuery(base, key, esc), key, mine))
		v.add("query array", "GET", withQuery(withQuery(base, key+"[]", mine), key+"[]", esc))
		v.add("query list", "GET", withQuery(base, key, mine+","+esc))
		v.add("query wildcard", "GET", withQuery(base, key, "*"))
	} else {
		v.add("path own, query id", "GET", withQuery(at, "id", esc))
		if param != "id" {
			v.add("path own, query "+param, "GET", withQuery(at, url.QueryEscape(param), esc))
		} else if noun := v.t.bound.object.Noun; noun != "" {
			v.add("path own, query "+noun+"Id", "GET", withQuery(at, url.QueryEscape(noun)+"Id", esc))
		}
		v.add("path own/../foreign", "GET", v.raw(url.PathEscape(own)+"/../"+url.PathEscape(foreign)))
		v.add("path own,foreign", "GET", v.raw(url.PathEscape(own)+","+url.PathEscape(foreign)))
	}
	if noun := headerWord(v.t.bound.object.Noun); noun != "" {
		v.add("path own, header X-"+noun+"-Id", "GET", at, evidence.Field{Name: "X-" + noun + "-Id", Value: foreign})
	}
	v.add("path own, cookie "+param, "GET", at, evidence.Field{Name: "Cookie", Value: param + "=" + url.QueryEscape(foreign)})
}

// parents mixes the parent of one side with the child of the other.
func (v *variants) parents() {
	names := v.t.route.PathParams()
	if len(names) < 2 {
		return
	}
	child := v.t.bound.param
	ownParent, foreignParent := artifact.Values{}, artifact.Values{}
	for k, x := range v.t.bound.values {
		ownParent[k], foreignParent[k] = x, x
	}
	for _, name := range names {
		if name != child {
			ownParent[name] = v.st.own[name]
		}
	}
	foreignParent[child] = v.st.ownID
	asks := v.asks
	v.asks = nil
	v.add("own parent, foreign child", "GET", v.fill(ownParent))
	v.add("foreign parent, own child", "GET", v.fill(foreignParent))
	v.asks = append(v.asks, asks...) // they tell more than anything else
}

// forms writes the id itself in other ways.
func (v *variants) forms() {
	id := v.t.bound.id()
	upper := strings.ToUpper(id)
	switch {
	case isInteger(id):
		v.add("leading zeros", "GET", v.fill(v.t.bound.with(v.t.bound.param, "00"+id)))
	case upper != id:
		v.add("upper case", "GET", v.fill(v.t.bound.with(v.t.bound.param, upper)))
	case strings.ToLower(id) != id:
		v.add("lower case", "GET", v.fill(v.t.bound.with(v.t.bound.param, strings.ToLower(id))))
	}
	if len(id) == 36 && strings.Count(id, "-") == 4 {
		v.add("without dashes", "GET", v.fill(v.t.bound.with(v.t.bound.param, strings.ReplaceAll(id, "-", ""))))
	}
}

// shapes asks for the object itself in other shapes: headers alone, a part, a
// validator, another representation, an older version, its relations.
func (v *variants) shapes() {
	at := v.fill(v.t.bound.values)
	path, query, _ := strings.Cut(at, "?")
	if query != "" {
		query = "?" + query
	}
	if !strings.HasSuffix(path, ".json") {
		v.add("suffix .json", "GET", path+".json"+query)
	}
	if old := olderVersion(at); old != "" {
		v.add("older version", "GET", old)
	}
	if etag := etagOf(v.t.p); etag != "" {
		v.add("If-None-Match", "GET", at, evidence.Field{Name: "If-None-Match", Value: etag})
	}
	v.add("Range", "GET", at, evidence.Field{Name: "Range", Value: "bytes=0-65535"})
	v.add("HEAD", "HEAD", at)
	v.add("expand", "GET", withQuery(withQuery(withQuery(at, "include", "*"), "expand", "*"), "fields", "*"))
}

var versionSegment = regexp.MustCompile(`/v([1-9])(/|$)`)

// olderVersion replaces the version in a path by the one before it; "" when there is none.
func olderVersion(target string) string {
	m := versionSegment.FindStringSubmatchIndex(target)
	if m == nil {
		return ""
	}
	return target[:m[2]] + string(target[m[2]]-1) + target[m[3]:]
}

func etagOf(a gather.Answered) string {
	if a.Answer == nil {
		return ""
	}
	return http.Header(a.Answer.Header).Get("ETag")
}

func inQuery(r artifact.Route, name string) bool { return param(r, name).In == "query" }

func without(v artifact.Values, name string) artifact.Values {
	out := artifact.Values{}
	for k, x := range v {
		if k != name {
			out[k] = x
		}
	}
	return out
}

// headerWord writes a noun as a header does: "invoice" as "Invoice".
func headerWord(noun string) string {
	if noun == "" || strings.ContainsFunc(noun, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return ""
	}
	return strings.ToUpper(noun[:1]) + noun[1:]
}
