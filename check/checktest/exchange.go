package checktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
)

// Exchange reads the short form of an exchange:
//
//	# who=bob for=X
//	GET https://portal.example.com/api/invoices/7
//	Accept: application/json
//
//	request body, if any
//
//	HTTP/1.1 200 OK
//	Content-Type: application/json
//
//	{"id": 7}
//
// Who is evidence.Anonymous when the first line does not say. Without a
// response nothing came back, and error=WHY in the first line says why; why
// is one word. The final line feed belongs to the file, not to the body. A
// path without a host is one of https://portal.example.com.
func Exchange(text []byte) (*evidence.Exchange, error) {
	ex := &evidence.Exchange{Who: evidence.Anonymous}
	s := strings.ReplaceAll(string(text), "\r\n", "\n")
	if strings.HasPrefix(s, "#") {
		first, rest, _ := strings.Cut(s, "\n")
		if err := labels(ex, first[1:]); err != nil {
			return nil, err
		}
		s = rest
	}
	request, response, answered := strings.Cut(s, "\nHTTP/")
	if err := readRequest(&ex.Request, request); err != nil {
		return nil, err
	}
	if !answered {
		return ex, nil
	}
	r, err := readResponse("HTTP/" + response)
	if err != nil {
		return nil, err
	}
	ex.Response = r
	return ex, nil
}

// labels reads "who=bob for=X by=swap error=timeout took=120ms".
func labels(ex *evidence.Exchange, line string) error {
	for field := range strings.FieldsSeq(line) {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "who":
			ex.Who = value
		case "for":
			ex.For = value
		case "by":
			ex.By = value
		case "error":
			ex.Error = value
		case "took":
			d, err := time.ParseDuration(value)
			if err != nil {
				return fmt.Errorf("label took: %w", err)
			}
			ex.Took = d
		default:
			return fmt.Errorf("label %q: want who, for, by, error or took", key)
		}
	}
	return nil
}

func readRequest(r *evidence.Request, s string) error {
	first, header, body := parts(strings.TrimLeft(s, "\n"))
	method, target, ok := strings.Cut(first, " ")
	if !ok || method == "" {
		return fmt.Errorf("request line %q: want METHOD URL", first)
	}
	target, r.Proto, _ = strings.Cut(target, " ")
	if strings.HasPrefix(target, "/") {
		target = "https://portal.example.com" + target
	}
	r.Method, r.URL = method, target
	if body != "" {
		r.Body = evidence.Body(body)
	}
	var err error
	r.Header, err = fields(header)
	return err
}

func readResponse(s string) (*evidence.Response, error) {
	first, header, body := parts(s)
	proto, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 599 {
		return nil, fmt.Errorf("status line %q: want HTTP/1.1 200 OK", first)
	}
	r := &evidence.Response{Status: status, Proto: proto, Size: int64(len(body))}
	if r.Header, err = fields(header); err != nil {
		return nil, err
	}
	if body != "" {
		r.Body = evidence.Body(body)
		sum := sha256.Sum256(r.Body)
		r.Digest = hex.EncodeToString(sum[:])
	}
	return r, nil
}

// parts splits a message into its first line, its header and its body.
func parts(s string) (first, header, body string) {
	head, body, _ := strings.Cut(s, "\n\n")
	first, header, _ = strings.Cut(head, "\n")
	return strings.TrimSpace(first), header, strings.TrimSuffix(body, "\n")
}

func fields(s string) ([]evidence.Field, error) {
	var out []evidence.Field
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("header line %q: want Name: value", line)
		}
		out = append(out, evidence.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	return out, nil
}

// readExchange reads an evidence file by its ending. Exchanges are numbered by
// their place in the case, so that equal ones stay apart.
func readExchange(name string, data []byte, n int) (*evidence.Exchange, error) {
	var ex *evidence.Exchange
	switch path.Ext(name) {
	case ".http":
		var err error
		if ex, err = Exchange(data); err != nil {
			return nil, err
		}
	case ".json":
		ex = &evidence.Exchange{}
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(ex); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("want a name that ends in .http or .json")
	}
	if ex.Seq == 0 {
		ex.Seq = int64(n + 1)
	}
	return ex, nil
}
