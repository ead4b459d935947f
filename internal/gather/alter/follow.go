package alter

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
)

// way is how a channel is followed: by its address, or by a message after connecting.
type way struct {
	how, channel string
	target       string
	message      string
}

// follow is every way of following an owner's channel on a route; none when no
// channel of the owner is known.
func follow(t *gather.Tools, r artifact.Route, owner artifact.Identity) []way {
	channel, param := channelOf(t, r, owner)
	values, ok := bind(t, r, owner, param, channel)
	target, filled := r.Fill(values)
	if !ok || !filled {
		return nil
	}
	switch {
	case param == "":
		out := []way{{how: "plain", channel: channel, target: target}}
		if r.Kind == "websocket" && channel != "" {
			out = append(out, messages(target, channel)...)
		}
		return out
	case channel == "":
		return nil
	}
	out := []way{{how: "address", channel: channel, target: target}}
	if plain := without(target, param); r.Kind == "websocket" && plain != target {
		out = append(out, messages(plain, channel)...)
	}
	return out
}

// messages are the usual ways of asking for a channel after connecting.
func messages(target, channel string) []way {
	var out []way
	for _, m := range []struct {
		how  string
		body map[string]string
	}{
		{"message subscribe", map[string]string{"subscribe": channel}},
		{"message type", map[string]string{"type": "subscribe", "channel": channel}},
		{"message action", map[string]string{"action": "subscribe", "channel": channel}},
	} {
		text, _ := json.Marshal(m.body) // plain strings only
		out = append(out, way{how: m.how, channel: channel, target: target, message: string(text)})
	}
	return out
}

// without returns a target without one query parameter.
func without(target, param string) string {
	path, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil || !values.Has(param) {
		return target
	}
	if values.Del(param); len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// bind gives a channel route its values: the channel, and what else its path names.
func bind(t *gather.Tools, r artifact.Route, owner artifact.Identity, param, channel string) (artifact.Values, bool) {
	values := artifact.Values{}
	if channel != "" && param != "" {
		values[param] = channel
	}
	for _, name := range r.PathParams() {
		if values[name] != "" {
			continue
		}
		v := canary.Parent(t, owner.Tenant, canary.Maker{Create: r, Detail: r}, name)
		if v == "" {
			return nil, false
		}
		values[name] = v
	}
	return values, true
}

// channelWords name the parameter that says what is followed.
var channelWords = []string{"channel", "topic", "room", "stream", "subscription", "feed"}

func namesChannel(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(channelWords, func(w string) bool { return strings.Contains(key, w) })
}

// channelOf is the owner's channel and the parameter that names it: what the
// owner is shown under such a key and no other tenant is; else the contract's
// example with the tenant's id in it; else that id.
func channelOf(t *gather.Tools, r artifact.Route, owner artifact.Identity) (channel, param string) {
	example := ""
	for _, p := range r.Params {
		if (p.In == "query" || p.In == "path") && namesChannel(p.Name) {
			param, example = p.Name, p.Example
			break
		}
	}
	if shown := shownChannel(t, owner.Tenant, param); shown != "" || param == "" {
		return shown, param
	}
	ids := t.TenantIDs(owner.Tenant)
	if len(ids) == 0 {
		return "", param
	}
	if i := strings.LastIndexAny(example, ":/."); i >= 0 {
		return example[:i+1] + ids[0], param
	}
	return ids[0], param
}

// shownChannel is a value that only the tenant's identities are shown under
// the parameter's name, or under any name of channels when there is none.
func shownChannel(t *gather.Tools, tenant, param string) string {
	signIns := gather.Made[artifact.Sessions](t, artifact.SignIns)
	own, others := []string{}, map[string]bool{}
	for _, reading := range gather.Made[artifact.Corpus](t, artifact.Corpora).Readings {
		ex, err := t.Exchange(reading.First.Ref)
		if err != nil || ex.Status()/100 != 2 {
			continue
		}
		mine := reading.Who != evidence.Anonymous && signIns.By(reading.Who).Tenant == tenant
		for _, value := range channelsIn(ex, param) {
			if mine {
				own = append(own, value)
			} else {
				others[value] = true
			}
		}
	}
	for _, value := range own {
		if !others[value] {
			return value
		}
	}
	return ""
}

// channelsIn are the values under a channel's key in an answer.
func channelsIn(ex *evidence.Exchange, param string) []string {
	v := normal.Of(ex, normal.Mask{})
	if v.Family != normal.JSON {
		return nil
	}
	var out []string
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Type == "string" && len(f.Value) >= 3 && (strings.EqualFold(f.Key, param) || param == "" && namesChannel(f.Key)) {
			out = append(out, f.Value)
		}
	}
	return out
}
