package lab

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"
)

func (w *World) documents() *resource {
	res := &resource{
		name: "documents", one: "document", path: "/api/documents", title: "name", ids: uuids,
		fields: []field{
			{name: "name", readOnly: true, example: "floor-plan.txt"},
			{name: "description", form: prose, example: "Where the ovens will stand"},
			{name: "mediaType", readOnly: true, example: "text/plain"},
			{name: "size", form: amount, readOnly: true, example: 1204},
		},
		creates: operation{off: true}, changes: operation{roles: writers}, removes: operation{roles: writers},
	}
	if w.flaw("sharedcache") {
		res.shows.keep = 5 * time.Minute
	}
	if w.flaw("before") {
		res.shows.early = func(c *call) *answer { // the lookup comes first
			if c.w.shelf("documents").find(c.params["id"], "") == nil {
				a := c.missing()
				return &a
			}
			return nil
		}
	}
	return res
}

func (w *World) documentRoutes() []route {
	return []route{
		{
			method: http.MethodPost, path: "/api/documents", name: "uploadDocument", summary: "Upload a document", roles: writers, status: 201,
			body: object("file", map[string]any{"type": "string", "contentMediaType": "application/octet-stream"}, "description", text("Where the ovens will stand")), form: "multipart/form-data",
			returns: schemaOf("document"), serve: (*call).upload,
		},
		{
			method: http.MethodGet, path: "/api/documents/{id}/download", name: "downloadDocument", summary: "The file of a document", status: 200,
			media: "application/octet-stream", serve: (*call).download,
		},
	}
}

func (c *call) upload() answer {
	_, media, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || media["boundary"] == "" {
		return refuse(http.StatusUnsupportedMediaType, "not-a-form", "Upload the file as multipart/form-data.")
	}
	values := map[string]any{"description": ""}
	var file []byte
	declared := ""
	parts := multipart.NewReader(bytes.NewReader(c.body), media["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return refuse(http.StatusBadRequest, "malformed", "The form could not be read.")
		}
		content, err := io.ReadAll(part)
		switch {
		case err != nil:
			return refuse(http.StatusBadRequest, "malformed", "The form could not be read.")
		case part.FormName() == "file":
			file = content
			values["name"] = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
			if c.w.flaw("input-accepted-upload") {
				values["name"] = fileName(part.Header.Get("Content-Disposition"))
			}
			declared = part.Header.Get("Content-Type")
			values["mediaType"] = mediaType(content)
		case part.FormName() == "description":
			values["description"] = string(content)
		}
	}
	if file == nil {
		return invalid("file", "is required")
	}
	values["size"] = len(file)
	if why := c.faulty(field{form: prose}, values["description"]); why != "" {
		return invalid("description", why)
	}
	if name, _ := values["name"].(string); len(name) > 200 || name == "." || name == "/" {
		return invalid("file", "must have a name of at most 200 characters")
	}
	if c.w.flaw("input-upload") {
		values["mediaType"] = declared
	}
	made := c.w.put("documents", c.who.tenant, "", values, time.Now())
	made.file = file
	c.note("uploaded", made)
	return created("/api/documents/"+made.id, c.show(made))
}

func mediaType(content []byte) string {
	media, _, _ := mime.ParseMediaType(http.DetectContentType(content))
	return media
}

func (c *call) download() answer {
	op := operation{}
	if c.w.flaw("tenantswap-download") {
		op.foreign = (*call).fileOf
	}
	found, refusal := c.lookup(c.w.kinds["documents"], c.params["id"], op)
	if refusal != nil {
		return *refusal
	}
	return c.fileOf(found)
}

func (c *call) fileOf(r *row) answer {
	if c.w.flaw("input-upload") {
		return answer{status: http.StatusOK, raw: r.file, media: r.text("mediaType")}
	}
	return answer{
		status: http.StatusOK, raw: r.file, media: "application/octet-stream",
		header: map[string]string{"Content-Disposition": fmt.Sprintf("attachment; filename=%q", r.text("name"))},
	}
}
