package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestARequestUnderWayAtTheShutdownIsAnsweredAndSaved(t *testing.T) {
	sessions, err := session.New(session.Stored(memstore.New(nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	underWay, goOn := make(chan bool), make(chan bool)
	handler := sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(underWay)
		<-goOn
		visits.Set(session.From(r), 7)
	}))
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, handler) }()

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	answered := make(chan error, 1)
	go func() {
		res, err := (&http.Client{Jar: jar}).Get(url)
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	<-underWay
	stop()
	for { // until no new connection is taken
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(goOn)
	if err := errors.Join(<-answered, <-ended); err != nil {
		t.Fatal(err)
	}
	s, err := sessiontest.Read(sessions, jar, url)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := visits.Get(s); n != 7 {
		t.Errorf("the session has %d", n)
	}
}

type downStore struct{ store.Store }

func (downStore) Ping(context.Context) error { return errors.New("no route to host") }

func TestReadyAsksTheStore(t *testing.T) {
	for status, st := range map[int]store.Store{http.StatusOK: memstore.New(nil), http.StatusServiceUnavailable: downStore{memstore.New(nil)}} {
		w := httptest.NewRecorder()
		ready(st)(w, httptest.NewRequest("GET", "/ready", nil))
		if w.Code != status {
			t.Errorf("it answers %d, want %d", w.Code, status)
		}
	}
}

func TestTheKeyComesFromCredentialsOrTheEnvironment(t *testing.T) {
	file, env, old := secret.New(), secret.New(), secret.New()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret_key"), []byte(file.Reveal()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SECRET_KEY", env.Reveal())
	t.Setenv("SECRET_KEY_ACCEPTED", old.Reveal())
	for dir, want := range map[string]secret.Key{dir: file, "": env} {
		t.Setenv("CREDENTIALS_DIRECTORY", dir)
		current, accepted, err := keys()
		if err != nil || !current.Equal(want) || len(accepted) != 1 || !accepted[0].Equal(old) {
			t.Errorf("with %q it is %s, %v (%v)", dir, current.ID(), accepted, err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	t.Setenv("SECRET_KEY", "")
	if _, _, err := keys(); !errors.Is(err, secret.ErrNotSet) {
		t.Errorf("without a key the error is %v", err)
	}
}
