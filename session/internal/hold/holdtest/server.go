package holdtest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	exchangeHeader = "X-Exchange"
	kept           = "/connection-kept" // what the second request asks for
)

// notes are what a handler was told by its calls.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

type notesKey struct{}

// Note writes down what a call returned, so that Compare compares it too. It does nothing in a
// handler that Compare does not serve.
func Note(r *http.Request, what ...any) {
	if n, ok := r.Context().Value(notesKey{}).(*notes); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		_, _ = fmt.Fprintln(&n.text, what...)
	}
}

// A server serves many handlers at once, over real connections.
type server struct {
	*httptest.Server
	tasks sync.Map // exchange ID to *task
	last  atomic.Int64
}

// A task is the handler that is to serve the requests with one exchange ID.
type task struct {
	http.Handler
	notes notes
}

func newServer(t testing.TB, http2 bool) *server {
	s := new(server)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if http2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == kept {
		_, _ = io.WriteString(w, "the connection was kept")
		return
	}
	found, _ := s.tasks.Load(r.Header.Get(exchangeHeader))
	of, ok := found.(*task)
	if !ok {
		http.Error(w, "no such exchange", http.StatusMisdirectedRequest)
		return
	}
	of.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), notesKey{}, &of.notes)))
}

// begin begins an exchange with a handler. end returns its notes.
func (s *server) begin(h http.Handler) (id string, end func() string) {
	id = strconv.FormatInt(s.last.Add(1), 10)
	of := &task{Handler: h}
	s.tasks.Store(id, of)
	return id, func() string {
		s.tasks.Delete(id)
		of.notes.mu.Lock()
		defer of.notes.mu.Unlock()
		return of.notes.text.String()
	}
}

// http1 returns what the client gets and the handler is told.
func (s *server) http1(t testing.TB, h http.Handler, r request) string {
	t.Helper()
	id, end := s.begin(h)
	text, methods := r.text(id)
	sent, err := transmit(s.Listener.Addr().String(), text)
	if err != nil {
		t.Errorf("%s: the exchange failed: %v (after %.200q)", r.name, err, sent)
	}
	return readable(sent, methods) + "\n--- the handler was told:\n" + end()
}

// http2 returns what the client gets over HTTP/2. The handler is told of some refused writes by the
// buffer of net/http, and only when that is full.
func (s *server) http2(t testing.TB, h http.Handler, method, body string) string {
	t.Helper()
	id, end := s.begin(h)
	defer end()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(exchangeHeader, id)
	res, err := s.Client().Transport.RoundTrip(r)
	if err != nil {
		return "no response"
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	res.Header.Del("Date")
	return fmt.Sprintf("%s %v\nlength %d, trailers %v, error %v\n%s",
		res.Status, res.Header, res.ContentLength, res.Trailer, err != nil, got)
}
