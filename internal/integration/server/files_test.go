package server

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// largeFile is longer than any buffer on its way.
func largeFile(t *testing.T) (name string, content []byte) {
	t.Helper()
	content = make([]byte, 4<<20)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	name = filepath.Join(t.TempDir(), "large.bin")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name, content
}

// A sendfileConn counts the bytes of files that net/http hands to the TCP
// connection itself, which is where the kernel's sendfile begins.
type sendfileConn struct {
	*net.TCPConn
	sent *atomic.Int64
}

func (c sendfileConn) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(src)
	inner := src
	if limited, ok := src.(*io.LimitedReader); ok {
		inner = limited.R
	}
	if _, ok := inner.(syscall.Conn); ok {
		c.sent.Add(n)
	}
	return n, err
}

type sendfileListener struct {
	*net.TCPListener
	sent *atomic.Int64
}

func (l sendfileListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return sendfileConn{conn, l.sent}, nil
}

// serveCounting is serve with a count of the bytes that went by sendfile.
func serveCounting(t *testing.T, h http.Handler) (v *visitor, sent *atomic.Int64) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	sent = new(atomic.Int64)
	server.Listener = sendfileListener{server.Listener.(*net.TCPListener), sent}
	return visit(t, server, (*httptest.Server).Start), sent
}

// sendfileAtLeast is what must go by sendfile of the large file: all but the
// first bytes, from which net/http may tell the type of the content.
const sendfileAtLeast = 4<<20 - 512

func TestALargeFileGoesBySendfile(t *testing.T) {
	name, content := largeFile(t)
	for what, send := range map[string]func(w http.ResponseWriter, r *http.Request){
		"io.Copy": func(w http.ResponseWriter, _ *http.Request) {
			f, err := os.Open(name)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = f.Close() }()
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			if n, err := io.Copy(w, f); n != int64(len(content)) || err != nil {
				t.Errorf("io.Copy gives %d, %v", n, err)
			}
		},
		"ServeFile": func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) },
		"FileServer": func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/large.bin"
			http.FileServer(http.Dir(filepath.Dir(name))).ServeHTTP(w, r)
		},
	} {
		t.Run(what, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			v, sent := serveCounting(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				username.Set(s, "ada")
				send(w, r)
			}))
			res, body := v.page("/")
			wantCookie(t, res)
			if sha256.Sum256([]byte(body)) != sha256.Sum256(content) {
				t.Errorf("the body's %d bytes are not the file's", len(body))
			}
			if res.ContentLength != int64(len(content)) || sent.Load() < sendfileAtLeast {
				t.Errorf("%d bytes of %d went by sendfile", sent.Load(), res.ContentLength)
			}
			wantNoLog(t, p.log)
		})
	}
}

func TestALargeFileOverHTTP2ArrivesWhole(t *testing.T) {
	name, content := largeFile(t)
	p := newProgram(t, session.Options{})
	v := serveHTTP2(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		http.ServeFile(w, r, name)
	}))
	res, body := v.page("/")
	wantCookie(t, res)
	if sha256.Sum256([]byte(body)) != sha256.Sum256(content) {
		t.Errorf("the body's %d bytes are not the file's", len(body))
	}
}

func TestRangesAndConditionsOfServeContentHold(t *testing.T) {
	content := []byte("0123456789")
	modified := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, "ada")
			w.Header().Set("Etag", `"v1"`)
			http.ServeContent(w, r, "digits.txt", modified, bytes.NewReader(content))
		}))
		for _, tt := range []struct {
			header, value string
			status        int
			body          string
		}{
			{"Accept", "*/*", 200, "0123456789"},
			{"Range", "bytes=2-4", 206, "234"},
			{"Range", "bytes=-3", 206, "789"},
			{"Range", "bytes=20-", 416, "invalid range: failed to overlap\n"},
			{"If-None-Match", `"v1"`, 304, ""},
			{"If-Modified-Since", modified.Format(http.TimeFormat), 304, ""},
			{"If-Match", `"v0"`, 412, ""},
		} {
			r := v.request(http.MethodGet, "/", nil)
			r.Header.Set(tt.header, tt.value)
			res := v.do(r)
			wantCookie(t, res)
			if body := v.body(res); res.StatusCode != tt.status || body != tt.body {
				t.Errorf("%s: %s is answered %d %q, want %d %q", tt.header, tt.value, res.StatusCode, body, tt.status, tt.body)
			}
		}
	})
}
