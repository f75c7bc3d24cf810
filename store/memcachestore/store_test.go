package memcachestore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestEachMethodIsOneRoundTrip(t *testing.T) {
	p := newProxy(t, address(t))
	s := newStore(t, p.listener.Addr().String(), nil)
	id := randomID()
	r := record("a value")
	r.Expires = time.Unix(time.Now().Unix()/cycle*cycle+100*cycle+cycle/2, 0) // far from now, modulo the cycle
	if since := (time.Now().Unix()%cycle - cycle/2 + cycle) % cycle; since <= goneBy+5 {
		r.Expires = r.Expires.Add(60 * time.Second)
	}
	check := func(call string, f func()) {
		t.Helper()
		before := p.trips.Load()
		f()
		if got := p.trips.Load() - before; got != 1 {
			t.Errorf("%s took %d round trips", call, got)
		}
	}
	check("Save of a new record", func() { save(t, s, id, r) })
	check("Load", func() { r.Version = load(t, s, id).Version })
	check("Save", func() { save(t, s, id, r) })
	check("Delete", func() {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	check("Load of nothing", func() { gone(t, s, id) })
}

func TestARestartedServerHasForgottenAndTakesNewSessions(t *testing.T) {
	server := newPrivate(t)
	s := newStore(t, server.addr, nil)
	old, id := randomID(), randomID()
	save(t, s, old, record("before"))
	r := load(t, s, old)
	server.stop()
	server.start()
	gone(t, s, old) // over the connection that had broken
	if _, err := s.Save(t.Context(), old, r); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Save of what was forgotten returned %v", err)
	}
	save(t, s, id, record("after"))
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	server.stop()
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping of a server that is not there returned nil")
	}
	if _, err := s.Load(t.Context(), id); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load without a server returned %v", err)
	}
}

func TestTheServersOwnLimitIsErrTooLarge(t *testing.T) {
	s := newStore(t, newPrivate(t, "-I", "512k").addr, &Options{MaxItemSize: 1 << 20})
	id := randomID()
	save(t, s, id, record("small"))
	r := load(t, s, id)
	r.Data = make([]byte, 700<<10)
	if _, err := s.Save(t.Context(), id, r); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Save returned %v", err)
	}
	if _, err := s.Save(t.Context(), randomID(), store.Record{Data: r.Data, Expires: r.Expires}); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Save of a new record returned %v", err)
	}
	if got := load(t, s, id); string(got.Data) != "small" {
		t.Error("the record has changed")
	}
}

func TestWhatIsJustBelowTheLimitIsKept(t *testing.T) {
	s := newStore(t, address(t), nil)
	owner := strings.Repeat("x", 255)
	for size := DefaultMaxItemSize - 600; size <= DefaultMaxItemSize; size += 7 {
		r := record("")
		r.Data, r.Owner = make([]byte, size), owner
		id := randomID()
		_, err := s.Save(t.Context(), id, r)
		if err != nil && !errors.Is(err, store.ErrTooLarge) {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if err != nil && strings.Contains(err.Error(), "SERVER_ERROR") {
			t.Fatalf("%d bytes were sent and refused: %v", size, err)
		}
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAServerThatDropsNothingAndIsFullIsErrFull(t *testing.T) {
	s := newStore(t, newPrivate(t, "-M", "-m", "2").addr, nil)
	r := record("")
	r.Data = make([]byte, 200<<10)
	for range 100 {
		if _, err := s.Save(t.Context(), randomID(), r); errors.Is(err, store.ErrFull) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("20 MB were taken by a server of 2 MB")
}

func TestAServerWithoutVersionsIsNoticed(t *testing.T) {
	s := withoutCAS(t)
	id := randomID()
	save(t, s, id, record("a value"))
	if _, err := s.Load(t.Context(), id); err == nil || !strings.Contains(err.Error(), "-C") {
		t.Errorf("Load returned %v", err)
	}
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	c := newStore(t, "localhost:1", nil).client
	for _, opts := range []Options{
		{Prefix: "a b"}, {Prefix: "a\n"}, {Prefix: "\x7f"}, {Prefix: strings.Repeat("x", 187)}, {MaxItemSize: -1},
	} {
		if _, err := New(c, &opts); err == nil {
			t.Errorf("New took %+v", opts)
		}
	}
	if _, err := New(nil, nil); err == nil {
		t.Error("New took no client")
	}
	if _, err := New(c, &Options{Prefix: strings.Repeat("x", 186)}); err != nil {
		t.Error(err)
	}
}

func TestPing_FailsWithoutVersions(t *testing.T) {
	s := withoutCAS(t)
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "does it run with -C") {
		t.Errorf("Ping returned %v", err)
	}
}

// withoutCAS returns a store that was opened when its server had cas, which it lost at a restart.
func withoutCAS(t *testing.T) *Store {
	t.Helper()
	server := newPrivate(t)
	s := newStore(t, server.addr, nil)
	server.stop()
	server.args = append(server.args, "-C")
	server.start()
	_, _ = s.Load(t.Context(), randomID()) // over a new connection
	return s
}
