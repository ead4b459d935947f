// Package bundle is one run on disk: who ran against what, the artifacts, the
// evidence, and a digest of every file. A Writer fills it while the run acts;
// Open verifies it and gives it back for judging, offline and years later.
// Both hand checks the bytes that were written, so that judging live and
// judging again see the same thing.
//
// A bundle is a folder:
//
//	run.json            the manifest, written last: facts, digests, Digest
//	start.json          the facts known before the first request
//	portal.json         the portal as it was described, without secrets
//	artifacts/NAME.json one artifact a file
//	evidence.ndjson     one exchange a line; a line's SHA-256 is its name
//	report.json         the verdict over all of the above
package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/launchready/launchready/check"
)

// Format is the version of the layout this package writes.
const Format = 1

// Names of the files of a bundle.
const (
	manifestFile = "run.json"
	startFile    = "start.json"
	portalFile   = "portal.json"
	evidenceFile = "evidence.ndjson"
	reportFile   = "report.json"
	artifactDir  = "artifacts"
)

// Manifest holds the facts of a run and the digests of its files.
type Manifest struct {
	Format    int           `json:"format"`
	Tool      string        `json:"tool"`   // version that gathered
	Run       string        `json:"run"`    // run id, sent as X-Launchready-Run
	Portal    string        `json:"portal"` // its name
	Target    string        `json:"target"` // name of the target
	URL       string        `json:"url"`    // of the target
	StartedAt time.Time     `json:"startedAt"`
	Took      time.Duration `json:"took"`           // nanoseconds of gathering
	Only      []string      `json:"only,omitempty"` // rows asked for; empty: all
	// Effects says of each effect "granted", or why it was refused.
	Effects     map[string]string        `json:"effects,omitempty"`
	Requests    Requests                 `json:"requests"`
	Missing     map[string]check.Missing `json:"missing,omitempty"`     // artifacts not gathered
	Errors      []string                 `json:"errors,omitempty"`      // problems in our run, not in the portal
	Notes       []string                 `json:"notes,omitempty"`       // what kept the run from deciding
	Leftovers   []string                 `json:"leftovers,omitempty"`   // what the run changed and could not undo
	Interrupted bool                     `json:"interrupted,omitempty"` // stopped before its end
	Files       map[string]string        `json:"files,omitempty"`       // relative path → SHA-256, hex
	// Digest names what is judged: the facts above and every file but report.json.
	Digest string `json:"digest,omitempty"`
}

// Requests counts what went out and what was refused before it did.
type Requests struct {
	Sent    int            `json:"sent"`
	Refused int            `json:"refused"`
	By      map[string]int `json:"by,omitempty"` // sent, by gatherer
}

// digest computes Digest: one line for the facts, one for each judged file.
func (m Manifest) digest() (string, error) {
	files := maps.Clone(m.Files)
	delete(files, reportFile)
	m.Files, m.Digest = nil, ""
	facts, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode facts: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s  facts\n", sumOf(facts))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s  %s\n", files[name], name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// sumOf returns the SHA-256 of b in hexadecimal.
func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
