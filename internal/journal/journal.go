// Package journal keeps a line, synced to disk, for every write before it is
// sent, so that whatever a run changed can be undone after a crash.
package journal

// Journal is the write journal of one run.
type Journal struct{}
