package exports

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// maxPolls and pollEvery bound the wait for a job; the first polls come sooner.
	maxPolls  = 10
	pollEvery = time.Second
)

// job is one export that this run submitted.
type job struct {
	tenant string
	owner  artifact.Identity
	marker string
	submit gather.Answered
	polls  []gather.Answered
	id     string
	status string // where its state is read
	files  []string
}

// submits reports whether a route starts an export.
func submits(r artifact.Route) bool {
	return r.Method == "POST" && !r.Never && gather.Exporting(r) && len(r.PathParams()) == 0 && (r.Kind == "create" || r.Kind == "action" || r.Kind == "export")
}

// queued submits an export as each tenant's owner, waits for it, and asks for
// its state and its file as strangers.
func (e *exporter) queued(ctx context.Context) {
	for _, r := range e.inventory.Routes {
		if !submits(r) {
			continue
		}
		if !e.Allowed(portal.Write) {
			e.skip(r, check.EffectRefused, "submitting an export needs the effect \"write\"")
			e.skipBelow(r, check.EffectRefused, "its jobs are submitted only with the effect \"write\"")
			continue
		}
		byTenant := map[string]*job{}
		for _, tenant := range e.Tenants() {
			if j := e.submit(ctx, r, tenant); j != nil {
				byTenant[tenant] = j
			}
		}
		for _, tenant := range e.Tenants() { // they are made at the same time
			if j := byTenant[tenant]; j != nil {
				e.follow(ctx, j)
				e.found = append(e.found, linksIn(j.last(), j.owner.Name, e.Target.URL)...)
			}
		}
		if len(byTenant) == 0 {
			e.skipBelow(r, check.NoPositiveControl, "no export could be submitted as its owner")
			continue
		}
		e.shoot(ctx, e.jobShots(r, byTenant))
	}
}

// skipBelow leaves out the routes that read the jobs of r.
func (e *exporter) skipBelow(r artifact.Route, reason check.Reason, why string) {
	for _, below := range e.below(r) {
		e.skip(below, reason, why)
	}
}

// below are the routes that read one job of r.
func (e *exporter) below(r artifact.Route) []artifact.Route {
	var out []artifact.Route
	for _, o := range e.inventory.Routes {
		if gather.Reads(o) && o.HeldBack == "" && o.Origin == r.Origin && strings.HasPrefix(o.Template, r.Template+"/{") && len(o.PathParams()) == 1 {
			out = append(out, o)
		}
	}
	return out
}

// submit starts an export; nil when the portal took none.
func (e *exporter) submit(ctx context.Context, r artifact.Route, tenant string) *job {
	owner, ok := e.Owner(tenant)
	if !ok {
		return nil
	}
	j := &job{tenant: tenant, owner: owner, marker: gather.Canary("lrc-")}
	target, _ := r.Fill(nil)
	body, media := sample(r, j.marker)
	ask := gather.Ask{Name: "submit", Who: owner.Name, Request: wire.Request{
		Method: "POST", URL: target, Body: body,
		Header: []evidence.Field{{Name: "Content-Type", Value: media}},
	}}
	entry := journal.Entry{Kind: journal.Create, What: "an export of " + tenant, Who: owner.Name, Tag: j.marker}
	j.submit = e.Write(ctx, ask, entry, func(got gather.Answered) *journal.Entry {
		j.submit = got
		j.read(got, e.Target.URL)
		return e.removal(r, j)
	})
	if !ok2xx(j.submit) {
		e.out.Trials = append(e.out.Trials, artifact.ExportTrial{
			Swap:   artifact.Swap{Class: class, Route: r.ID, Owner: owner.Name, Skipped: artifact.Skip{Reason: check.NoPositiveControl, Why: "the owner's own submission was not accepted"}},
			Submit: j.submit.Attempt,
		})
		return nil
	}
	if j.status == "" && j.id != "" {
		j.status = target + "/" + url.PathEscape(j.id)
	}
	return j
}

// removal is how a job is undone, where the portal offers it: by deleting it,
// which its own address must show. Nil when nothing was made or nothing is known.
func (e *exporter) removal(r artifact.Route, j *job) *journal.Entry {
	if j.id == "" || !ok2xx(j.submit) {
		return nil
	}
	for _, d := range e.inventory.Routes {
		names := d.PathParams()
		if d.Method != "DELETE" || d.Never || d.Origin != r.Origin || len(names) != 1 || d.Template != r.Template+"/{"+names[0]+"}" {
			continue
		}
		at, _ := d.Fill(artifact.Values{names[0]: j.id})
		return &journal.Entry{
			Undo:   &journal.Request{Who: j.owner.Name, Method: "DELETE", Path: at},
			Verify: &journal.Verify{Who: j.owner.Name, Path: at, Expect: journal.Gone},
		}
	}
	return nil
}

// follow polls a job until it says that it is done, fails, or the polls are spent.
func (e *exporter) follow(ctx context.Context, j *job) {
	wait := pollEvery / 8
	for range maxPolls {
		if j.status == "" || ctx.Err() != nil {
			return
		}
		got := e.InOrder(ctx, get("poll", j.owner.Name, j.status))[0]
		j.polls = append(j.polls, got)
		j.read(got, e.Target.URL)
		if !ok2xx(got) || settled(got.Answer.Body) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, pollEvery)
	}
}

func (j *job) last() gather.Answered {
	if n := len(j.polls); n > 0 {
		return j.polls[n-1]
	}
	return j.submit
}

// read takes the job's id, the place of its state and its files from an answer.
func (j *job) read(a gather.Answered, base string) {
	if a.Answer == nil {
		return
	}
	if at := localPath(http.Header(a.Answer.Header).Get("Location"), base); at != "" && j.status == "" {
		j.status = at
		j.id = at[strings.LastIndexByte(at, '/')+1:]
	}
	fields := flat(a.Answer.Body)
	for _, key := range []string{"id", "jobid", "exportid", "uuid", "taskid"} {
		if j.id == "" {
			j.id = fields[key]
		}
	}
	for _, key := range []string{"statusurl", "status_url", "self", "pollurl"} {
		if at := localPath(fields[key], base); at != "" {
			j.status = at
		}
	}
	j.files = nil
	for _, key := range []string{"downloadurl", "download_url", "fileurl", "file_url", "url", "download", "href", "file", "resulturl", "result_url"} {
		if at := localPath(fields[key], base); at != "" && signatureOf(at) == "" {
			j.files = append(j.files, at)
		}
	}
}

// settled reports whether a job's state says that nothing more will happen.
func settled(body []byte) bool {
	f := flat(body)
	for _, key := range []string{"state", "status", "jobstatus", "phase"} {
		switch strings.ToLower(f[key]) {
		case "done", "complete", "completed", "finished", "ready", "success", "succeeded", "failed", "error", "cancelled", "expired":
			return true
		case "":
		default:
			return false
		}
	}
	return true // no state to wait for
}

// jobShots are the strangers' attempts at each tenant's job: its state, its
// file by id, and the links to its file that carry no signature.
func (e *exporter) jobShots(r artifact.Route, byTenant map[string]*job) []*shot {
	var out []*shot
	for _, tenant := range e.Tenants() {
		j := byTenant[tenant]
		if j == nil {
			continue
		}
		for _, who := range first(e.Strangers(tenant)) {
			other := byTenant[who.Tenant]
			for _, below := range e.below(r) {
				if j.id != "" {
					out = append(out, e.jobShot(below, j, other, who))
				}
			}
			for _, file := range j.files {
				s := &shot{route: e.routeAt(file), owner: j.owner, stranger: who, id: j.id, target: file, job: j}
				s.object.Marker = j.marker
				if !known(out, file) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func (e *exporter) jobShot(r artifact.Route, j, other *job, who artifact.Identity) *shot {
	name := r.PathParams()[0]
	fill := func(id string) string { t, _ := r.Fill(artifact.Values{name: id}); return t }
	s := &shot{route: r, owner: j.owner, stranger: who, job: j, id: j.id, noID: normal.Unlike(j.id), target: fill(j.id)}
	s.object = artifact.Object{Noun: r.Noun, ID: j.id, Marker: j.marker, Guess: !normal.Unique(normal.Format(j.id))}
	s.no = fill(s.noID)
	if other != nil && other.id != "" && other.owner.Name == who.Name {
		s.ownID, s.own = other.id, fill(other.id)
	}
	return s
}

func known(shots []*shot, target string) bool {
	for _, s := range shots {
		if s.target == target {
			return true
		}
	}
	return false
}
