package lab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	linkLife      = 10 * time.Minute
	looseLinkLife = 24 * time.Hour // with the flaw signedurl
	exportTakes   = 150 * time.Millisecond
)

// exports are jobs: created, polled until done, downloaded, deleted.
func (w *World) exports() *resource {
	return &resource{
		name: "exports", one: "export", path: "/api/exports", title: "name", ids: uuids,
		fields: []field{
			{name: "name", required: true, example: "Invoices for the accountant"},
			{name: "what", form: choice, choices: []string{"invoices"}},
			{name: "state", readOnly: true, example: "done"},
		},
		view:  (*call).showExport,
		lists: operation{roles: writers}, shows: operation{roles: writers}, creates: operation{roles: writers}, changes: operation{off: true}, removes: operation{roles: writers},
	}
}

// showExport adds the state, and once the job is done a link that works for a short while.
func (c *call) showExport(r *row, shown map[string]any) {
	shown["state"] = "running"
	if time.Since(r.created) >= exportTakes {
		shown["state"], shown["downloadUrl"] = "done", c.w.link(r.id)
	}
}

// link signs the address of an export's file.
func (w *World) link(id string) string {
	life, path := linkLife, "/files/exports/"+id
	if w.flaw("signedurl") {
		life = looseLinkLife
	}
	expires := strconv.FormatInt(time.Now().Add(life).Unix(), 10)
	return fmt.Sprintf("%s?expires=%s&signature=%s", path, expires, w.signature(path, expires))
}

func (w *World) signature(path, expires string) string {
	if w.flaw("signedurl") {
		path = ""
	}
	sum := hmac.New(sha256.New, w.key)
	sum.Write([]byte(path + "\n" + expires))
	return hex.EncodeToString(sum.Sum(nil))
}

func (w *World) exportRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/exports/{id}/download", name: "downloadExport", summary: "The file of an export", roles: writers,
			status: 200, media: "text/csv", serve: (*call).downloadExport,
		},
		{
			method: http.MethodGet, path: "/files/exports/{id}", name: "fetchExport", summary: "The file of an export, by signed link", access: public, status: 200, media: "text/csv",
			query: []param{{name: "expires", doc: "until when the link works (Unix time)", example: "1772440200"}, {name: "signature", doc: "HMAC of path and expiry", example: "00"}}, serve: (*call).fetchExport,
		},
	}
}

func (c *call) downloadExport() answer {
	op := operation{}
	if c.w.flaw("exportswap") {
		op.foreign = (*call).exported
	}
	found, refusal := c.lookup(c.w.kinds["exports"], c.params["id"], op)
	if refusal != nil {
		return *refusal
	}
	return c.exported(found)
}

func (c *call) exported(r *row) answer {
	if time.Since(r.created) < exportTakes {
		return refuse(http.StatusConflict, "running", "The export is still running.")
	}
	return c.csvOf(r.tenant, "")
}

func (c *call) fetchExport() answer {
	query := c.r.URL.Query()
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	good := hmac.Equal([]byte(c.w.signature(strings.TrimSuffix(c.r.URL.Path, "/"), query.Get("expires"))), []byte(query.Get("signature")))
	found := c.w.shelf("exports").find(c.params["id"], "")
	if err != nil || !good || time.Now().Unix() > expires || found == nil {
		return refuse(http.StatusForbidden, "link", "This link does not work, or no longer.")
	}
	return c.exported(found)
}
