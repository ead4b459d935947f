package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/launchready/launchready/evidence"
)

// margin is what a body keeps beyond the recording bound until it is redacted.
const margin = 4 << 10

// gzipMagic starts every gzip member (RFC 1952 §2.3.1).
const gzipMagic = "\x1f\x8b"

// errBomb says that a body grew too much when unpacked.
var errBomb = errors.New("compressed body expands without measure")

// read reads the body of an answer: decoded and bounded.
func (c *Client) read(t *trip, from io.Reader) error {
	most := c.bounds.body
	if t.request.MaxBody > 0 {
		most = min(t.request.MaxBody, c.bounds.bodyMost)
	}
	in, bad := c.decoded(from, strings.Join(t.header.Values("Content-Encoding"), ","))
	var buf bytes.Buffer
	_, err := io.Copy(&buf, io.LimitReader(in, most))
	if err == nil && int64(buf.Len()) == most {
		var more [1]byte
		n, _ := io.ReadFull(in, more[:])
		t.response.truncated = n > 0
	}
	t.keep(buf.Bytes())
	if err != nil {
		t.response.truncated = true
		return fmt.Errorf("read body: %w", err)
	}
	return bad
}

// keep notes the decoded body and what is known of it.
func (t *trip) keep(body []byte) {
	sum := sha256.Sum256(body)
	t.body = body
	t.response.size, t.response.digest = int64(len(body)), hex.EncodeToString(sum[:])
}

// decoded undoes the one encoding that was asked for. A body that is not in the
// encoding it claims is returned as it is, together with the reason.
func (c *Client) decoded(from io.Reader, encoding string) (io.Reader, error) {
	switch encoding = strings.ToLower(strings.TrimSpace(encoding)); encoding {
	case "", "identity":
		return from, nil
	case "gzip", "x-gzip":
	default:
		return from, fmt.Errorf("content encoding %q was not asked for", encoding)
	}
	packed := &counter{from: from}
	buffered := bufio.NewReader(packed)
	magic, err := buffered.Peek(2)
	if len(magic) == 0 && errors.Is(err, io.EOF) {
		return buffered, nil // HEAD, 204, 304
	}
	if string(magic) != gzipMagic {
		return buffered, errors.New("body is not gzip as it claims")
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return buffered, fmt.Errorf("body is not gzip as it claims: %w", err)
	}
	z.Multistream(false)
	return &unpacker{z: z, from: buffered, packed: packed, ratio: c.bounds.ratio}, nil
}

// counter counts what was read.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacker reads the members of a gzip body and drops what follows them.
type unpacker struct {
	z      *gzip.Reader
	from   *bufio.Reader
	packed *counter
	out    int64
	ratio  int64
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	u.out += int64(n)
	if u.out > 1<<20 && u.out > u.ratio*u.packed.n {
		return n, errBomb
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		if magic, _ := u.from.Peek(2); string(magic) != gzipMagic || u.z.Reset(u.from) != nil {
			return n, io.EOF
		}
		u.z.Multistream(false)
		return n, nil
	}
	return n, err
}

// refOf names an exchange that nobody keeps.
func refOf(e *evidence.Exchange) (evidence.Ref, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("name exchange: %w", err)
	}
	return evidence.RefOf(b), nil
}

// cut shortens a redacted body to the recording bound, between characters.
func cut(b []byte, most int) ([]byte, bool) {
	if len(b) <= most {
		return b, false
	}
	n := most
	for n > most-utf8.UTFMax && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n], true
}
