package hold_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// answer serves h with a Writer that buffers 64 KiB, and returns what a client gets for text until
// the server closes the connection.
func answer(t *testing.T, text string, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(held(64<<10, h))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%v after %.200q", err, all)
	}
	return string(all)
}

const post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n"

// The differences from net/http that the package documents. Here the client gets more, or the
// visitor is not shown a part of a page that was withdrawn.

func TestWriter_LetsTheRequestBeReadWhileItBuffers(t *testing.T) {
	got := answer(t, post+"\r\nsent", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 3000))
		body, err := io.ReadAll(r.Body)
		if string(body) != "sent" || err != nil {
			t.Errorf("the body is %q, %v", body, err)
		}
	})
	if !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("answered %.80q", got)
	}
}

func TestWriter_AsksForTheRequestBodyWhileItBuffers(t *testing.T) {
	got := answer(t, post+"Expect: 100-continue\r\n\r\nsent", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.Copy(w, r.Body)
	})
	if !strings.HasPrefix(got, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202") || !strings.HasSuffix(got, "\r\n\r\nsent") {
		t.Errorf("answered %q", got)
	}
}

func TestWriter_SendsNothingOfAPageBeforeAPanic(t *testing.T) {
	got := answer(t, post+"\r\nsent", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 60_000))
		panic(http.ErrAbortHandler)
	})
	if got != "" {
		t.Errorf("answered %.80q", got)
	}
}

func TestWriter_SendsAllBeforeATakeover(t *testing.T) {
	got := answer(t, post+"\r\nsent", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "3000")
		for range 3000 {
			_, _ = io.WriteString(w, "x")
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != 3000 || err != nil {
		t.Errorf("sent were %d bytes of 3000: %v", n, err)
	}
}

func TestWriter_RefusesARequestBodyThatIsTooLarge(t *testing.T) {
	got := answer(t, post+"\r\nsent", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 3)); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	if !strings.HasPrefix(got, "HTTP/1.1 413") {
		t.Errorf("answered %.80q", got)
	}
}
