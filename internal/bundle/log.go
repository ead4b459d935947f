package bundle

import (
	"bufio"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/launchready/launchready/evidence"
)

// cacheBytes bounds the recorded lines whose decoded exchanges are kept: a
// check reads the same few exchanges of a trial again and again.
const cacheBytes = 32 << 20

// span is where a line stands in the evidence file, without its newline.
type span struct{ offset, length int64 }

// log reads exchanges from an evidence file by name. It keeps no file open,
// so it needs no closing.
type log struct {
	path string

	mu    sync.Mutex
	at    map[evidence.Ref]span
	order []evidence.Ref
	cache map[evidence.Ref]*list.Element
	used  *list.List // of *cached, most recently used first
	bytes int64
}

type cached struct {
	ref   evidence.Ref
	ex    *evidence.Exchange
	bytes int64
}

func newLog(path string) *log {
	return &log{path: path, at: map[evidence.Ref]span{}, cache: map[evidence.Ref]*list.Element{}, used: list.New()}
}

// add makes the line at s known as ref.
func (l *log) add(ref evidence.Ref, s span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.at[ref]; !known {
		l.order = append(l.order, ref)
	}
	l.at[ref] = s
}

// refs returns every name in the order recorded.
func (l *log) refs() []evidence.Ref {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]evidence.Ref(nil), l.order...)
}

// exchange returns the exchange of that name. It is shared: read it, do not change it.
func (l *log) exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	l.mu.Lock()
	if e, ok := l.cache[ref]; ok {
		l.used.MoveToFront(e)
		l.mu.Unlock()
		return e.Value.(*cached).ex, nil
	}
	s, ok := l.at[ref]
	l.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("read evidence %s: not in this bundle", ref.Short())
	}
	line, err := l.line(s)
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", ref.Short(), err)
	}
	if evidence.RefOf(line) != ref {
		return nil, fmt.Errorf("read evidence %s: %s was changed", ref.Short(), evidenceFile)
	}
	ex := new(evidence.Exchange)
	if err := json.Unmarshal(line, ex); err != nil {
		return nil, fmt.Errorf("decode evidence %s: %w", ref.Short(), err)
	}
	l.keep(ref, ex, s.length)
	return ex, nil
}

// line reads the bytes at s.
func (l *log) line(s span) ([]byte, error) {
	f, err := os.Open(l.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, s.length)
	_, err = f.ReadAt(b, s.offset)
	return b, err
}

// keep caches ex and drops what was not used for longest.
func (l *log) keep(ref evidence.Ref, ex *evidence.Exchange, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.cache[ref]; ok {
		return
	}
	l.cache[ref] = l.used.PushFront(&cached{ref, ex, size})
	l.bytes += size
	for l.bytes > cacheBytes && l.used.Len() > 1 {
		last := l.used.Back()
		old := l.used.Remove(last).(*cached)
		delete(l.cache, old.ref)
		l.bytes -= old.bytes
	}
}

// errTorn says that the last line of an evidence file has no end.
var errTorn = errors.New("its last line is cut off")

// scan indexes the evidence file line by line and returns the SHA-256 of the
// whole. Without a final newline it returns errTorn; the whole lines are known.
func (l *log) scan() (string, error) {
	info, err := os.Lstat(l.path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read %s: not a regular file", evidenceFile)
	}
	f, err := os.Open(l.path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	whole, line := sha256.New(), sha256.New()
	r := bufio.NewReaderSize(f, 1<<16)
	var at span
	for {
		part, err := r.ReadSlice('\n')
		whole.Write(part)
		switch {
		case err == nil:
			line.Write(part[:len(part)-1])
			at.length += int64(len(part)) - 1
			l.add(evidence.Ref("sha256:"+hex.EncodeToString(line.Sum(nil))), at)
			line.Reset()
			at = span{offset: at.offset + at.length + 1}
		case errors.Is(err, bufio.ErrBufferFull):
			line.Write(part)
			at.length += int64(len(part))
		case errors.Is(err, io.EOF):
			if at.length+int64(len(part)) > 0 {
				return hex.EncodeToString(whole.Sum(nil)), errTorn
			}
			return hex.EncodeToString(whole.Sum(nil)), nil
		default:
			return "", err
		}
	}
}
