package journal

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
)

// TestCrashChild is the process that TestCrash kills: it notes and sends until
// it dies. Run by itself it checks that it is told where to write.
func TestCrashChild(t *testing.T) {
	path, addr := os.Getenv("JOURNAL_CRASH_FILE"), os.Getenv("JOURNAL_CRASH_ADDR")
	if path == "" {
		if _, err := Open(path); err == nil {
			t.Error("a journal without a name was opened")
		}
		return
	}
	j := open(t, path)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				e := sample("x")
				e.Path = fmt.Sprintf("/w/%d/%d", w, i)
				if _, err := j.Before(e); err != nil {
					return
				}
				if !post(addr, e.Path) {
					return
				}
			}
		})
	}
	wg.Wait()
}

func post(addr, path string) bool {
	conn, err := (&net.Dialer{}).Dial("tcp", addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", path)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil
}
