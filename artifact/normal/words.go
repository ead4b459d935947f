package normal

import "strings"

// squash writes a key in lower case without separators: request_id,
// request-id and requestId are one word.
func squash(key string) string {
	plain := true
	for i := range len(key) {
		if c := key[i]; c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '.' || c == ' ' || c == '$' || c == '@' {
			plain = false
			break
		}
	}
	if plain {
		return key
	}
	b := make([]byte, 0, len(key))
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case c == '_' || c == '-' || c == '.' || c == ' ' || c == '$' || c == '@':
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// fleeting reports whether what stands under a key changes with every answer.
func fleeting(key string) bool {
	k := squash(key)
	switch k {
	case "requestid", "reqid", "traceid", "trace", "correlationid", "spanid", "errorid", "incidentid", "supportid", "rayid",
		"timestamp", "ts", "now", "servertime", "currenttime", "generatedat", "renderedat", "fetchedat", "responsetime",
		"took", "tookms", "elapsed", "elapsedms", "requestverificationtoken", "authenticitytoken":
		return true
	}
	return strings.Contains(k, "csrf") || strings.Contains(k, "xsrf") || strings.Contains(k, "nonce")
}

// timely reports whether a key says that its value is a time.
func timely(key string) bool {
	k := squash(key)
	switch k {
	case "time", "date", "ts", "timestamp", "exp", "iat", "nbf", "created", "updated", "modified", "deleted", "expires", "expiry", "since", "until", "start", "end", "now":
		return true
	}
	return strings.HasSuffix(key, "At") || strings.HasSuffix(k, "time") || strings.HasSuffix(k, "date") || strings.HasSuffix(k, "timestamp") ||
		strings.HasSuffix(key, "_at") || strings.HasSuffix(key, "_on") || strings.HasPrefix(k, "last") || strings.HasSuffix(k, "seen")
}

// Envelope reports whether a key belongs to the wrapping of an answer rather
// than to what it holds.
func Envelope(key string) bool {
	switch squash(key) {
	case "success", "ok", "status", "statuscode", "statustext", "code", "error", "errors", "errorcode", "errormessage", "errordescription", "iserror",
		"message", "messages", "msg", "detail", "details", "title", "type", "instance", "reason", "hint", "help", "path", "method",
		"timestamp", "time", "requestid", "traceid", "correlationid", "documentationurl", "docs", "moreinfo", "fault", "severity", "jsonrpc", "exception":
		return true
	}
	return false
}

// Paging reports whether a key tells where one is in a list.
func Paging(key string) bool {
	switch squash(key) {
	case "page", "pages", "perpage", "pagesize", "pagenumber", "pagecount", "limit", "offset", "skip", "take", "size", "first", "last", "from", "to",
		"next", "prev", "previous", "hasmore", "hasnext", "hasprev", "hasnextpage", "haspreviouspage", "totalpages", "currentpage", "lastpage",
		"cursor", "nextcursor", "nextpage", "prevpage", "endcursor", "startcursor", "empty", "numberofelements":
		return true
	}
	return false
}

// Counting reports whether a key counts what a list holds.
func Counting(key string) bool {
	switch squash(key) {
	case "total", "count", "totalcount", "totalitems", "totalelements", "totalresults", "totalrecords", "recordstotal", "recordsfiltered", "resultcount", "length":
		return true
	}
	return false
}
