package leakage

import (
	"encoding/json"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Reference returns what an answer calls this one request, and where: an id
// that a person can quote and that the log knows. What the request itself sent
// is none, and neither is what has no form of an id.
func Reference(ex *evidence.Exchange) (value, where string) {
	if ex == nil || ex.Response == nil {
		return "", ""
	}
	for _, h := range ex.Response.Header {
		switch n := strings.ToLower(h.Name); n {
		case "x-request-id", "request-id", "x-correlation-id", "correlation-id", "x-trace-id", "trace-id", "traceparent", "x-amzn-trace-id", "x-amzn-requestid",
			"x-b3-traceid", "cf-ray", "x-vercel-id", "x-ms-request-id", "x-cloud-trace-context", "x-req-id", "x-transaction-id", "x-operation-id", "x-github-request-id", "x-error-id":
			if unique(h.Value) && evidence.Get(ex.Request.Header, h.Name) != h.Value {
				return h.Value, "header " + h.Name
			}
		}
	}
	var v any
	if b := ex.Body(); len(b) < 64<<10 && json.Unmarshal(b, &v) == nil {
		return referenceIn(v, "", 0)
	}
	if strings.Contains(strings.ToLower(ex.Header("Content-Type")), "html") {
		if m := shownReference.FindStringSubmatch(visible(string(ex.Body()[:min(len(ex.Body()), 64<<10)]))); m != nil && unique(m[2]) {
			return m[2], "the page"
		}
	}
	return "", ""
}

// referenceIn looks for a reference in a JSON answer.
func referenceIn(v any, where string, depth int) (string, string) {
	object, ok := v.(map[string]any)
	if !ok || depth > 4 {
		return "", ""
	}
	for _, k := range sorted(object) {
		switch x := object[k].(type) {
		case string:
			switch normal.Key(k) {
			case "requestid", "reqid", "traceid", "correlationid", "errorid", "eventid", "incidentid", "reference", "ref", "supportid", "traceparent", "logid", "operationid", "errorreference", "instance", "activityid":
				if unique(x) && !strings.HasPrefix(x, "/") {
					return x, where + "/" + normal.Escape(k)
				}
			}
		case map[string]any:
			if value, at := referenceIn(x, where+"/"+normal.Escape(k), depth+1); value != "" {
				return value, at
			}
		}
	}
	return "", ""
}

// unique reports whether a value may name one request of many.
func unique(v string) bool {
	if len(v) < 6 || len(v) > 256 || strings.ContainsAny(v, " \t\n") {
		return false
	}
	return strings.ContainsAny(v, "0123456789") || len(v) >= 12
}
