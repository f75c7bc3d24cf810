package redisstore

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func throughProxy(t *testing.T) (*Store, *proxy) {
	t.Helper()
	p := newProxy(t, address(t))
	s := newStore(t, connect(t, p.addr()))
	ctx := t.Context()
	// The connection says hello, and the server gets to know the scripts.
	id := randomID()
	to := near(id)
	r := record("warm", "owner")
	r.Version = must(s.Save(ctx, id, r))(t)
	if err := s.Touch(ctx, id, r.Version, r.Used, r.Expires); err != nil {
		t.Fatal(err)
	}
	must(s.Move(ctx, id, to, r, record("moved on", "")))(t)
	must(s.DeleteOwned(ctx, "owner"))(t)
	return s, p
}

func TestEachMethodIsOneRoundTrip(t *testing.T) {
	s, p := throughProxy(t)
	ctx := t.Context()
	id := randomID()
	to := near(id)
	r := record("a value", "ann")
	check := func(call string, want int64, f func() error) {
		t.Helper()
		before := p.trips.Load()
		if err := f(); err != nil {
			t.Fatal(err)
		}
		if got := p.trips.Load() - before; got != want {
			t.Errorf("%s took %d round trips, and not %d", call, got, want)
		}
	}
	save := func() (err error) { r.Version, err = s.Save(ctx, id, r); return err }
	check("Save of a new record", 1, save)
	check("Load", 1, func() error { _, err := s.Load(ctx, id); return err })
	check("Save of a known record", 1, save)
	r.Owner = "bob"
	check("Save with another owner", 1, save)
	r.Expires = r.Expires.Add(100 * time.Hour)
	check("Save for much longer", 1, save)
	check("Touch", 1, func() error { return s.Touch(ctx, id, r.Version, r.Used, r.Expires.Add(time.Hour)) })
	check("Touch for much longer", 1, func() error { return s.Touch(ctx, id, r.Version, r.Used, r.Expires.Add(1000*time.Hour)) })
	check("Move", 1, func() (err error) { _, err = s.Move(ctx, id, to, r, record("moved on", "")); return err })
	check("Owned", 2, func() error { _, err := collect(s.Owned(ctx, "bob")); return err })
	check("DeleteOne", 1, func() error { _, err := s.DeleteOne(ctx, "bob", to); return err })
	check("DeleteOwned", 1, func() error { _, err := s.DeleteOwned(ctx, "bob"); return err })
	check("Delete", 1, func() error { return s.Delete(ctx, to) })
	check("Load of nothing", 1, func() error {
		if _, err := s.Load(ctx, to); !errors.Is(err, store.ErrNotFound) {
			return errors.New("found")
		}
		return nil
	})
}

func TestASaveWhoseAnswerIsLostSucceeds(t *testing.T) {
	s, p := throughProxy(t)
	id := randomID()
	r := record("first", "ann")
	for _, data := range []string{"created", "replaced"} {
		var lost atomic.Bool
		p.loseNext(func() { lost.Store(true) })
		r.Data = []byte(data)
		version, err := s.Save(t.Context(), id, r)
		if err != nil || !lost.Load() {
			t.Fatalf("Save, lost: %v: %v", lost.Load(), err)
		}
		got := must(s.Load(t.Context(), id))(t)
		if string(got.Data) != data || got.Version != version {
			t.Errorf("there is %q in version %d, and not %q in %d", got.Data, got.Version, data, version)
		}
		r.Version = version
	}
}

func TestAMoveWhoseAnswerIsLostSucceeds(t *testing.T) {
	s, p := throughProxy(t)
	from := randomID()
	to := near(from)
	r := record("a value", "")
	r.Version = must(s.Save(t.Context(), from, r))(t)
	p.loseNext(func() {})
	version := must(s.Move(t.Context(), from, to, r, record("moved on", "")))(t)
	if got := must(s.Load(t.Context(), to))(t); got.Version != version {
		t.Errorf("Move returned version %d, and there is %d", version, got.Version)
	}
}

func TestASaveWhoseAnswerIsLostAndWorkReplacedIsNotCalledAConflict(t *testing.T) {
	for name, after := range map[string]func(t *testing.T, s *Store, id store.ID){
		"Replaced": func(t *testing.T, s *Store, id store.ID) {
			r := must(s.Load(t.Context(), id))(t)
			must(s.Save(t.Context(), id, r))(t)
		},
		"Deleted": func(t *testing.T, s *Store, id store.ID) {
			if err := s.Delete(t.Context(), id); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := throughProxy(t)
			other := beside(t, s, connect(t, address(t)))
			id := randomID()
			r := record("first", "")
			r.Version = must(s.Save(t.Context(), id, r))(t)
			p.loseNext(func() { after(t, other, id) })
			_, err := s.Save(t.Context(), id, r)
			if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("Save took effect, and returned %v", err)
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("Save does not say that the connection broke, but %v", err)
			}
		})
	}
}

func TestADeleteOrTouchOrLoadWhoseAnswerIsLostSucceeds(t *testing.T) {
	s, p := throughProxy(t)
	id := randomID()
	r := record("a value", "")
	r.Version = must(s.Save(t.Context(), id, r))(t)
	p.loseNext(func() {})
	must(s.Load(t.Context(), id))(t)
	p.loseNext(func() {})
	if err := s.Touch(t.Context(), id, r.Version, r.Used, r.Expires.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	p.loseNext(func() {})
	if err := s.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestASignOutWhoseAnswerIsLostSaysThatItMayHaveDeletedMore(t *testing.T) {
	s, p := throughProxy(t)
	for method, call := range map[string]func(id store.ID) (any, error){
		"DeleteOwned": func(store.ID) (any, error) { return s.DeleteOwned(t.Context(), "ann") },
		"DeleteOne":   func(id store.ID) (any, error) { return s.DeleteOne(t.Context(), "ann", id) },
	} {
		id := randomID()
		must(s.Save(t.Context(), id, record("a value", "ann")))(t)
		p.loseNext(func() {})
		if deleted, err := call(id); deleted != 0 && deleted != false || !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "it is not known") {
			t.Errorf("%s returned %v, %v", method, deleted, err)
		}
		owned(t, s, "ann")
	}
}

func TestARestartedServerIsTaughtTheScriptsAgain(t *testing.T) {
	server := newPrivate(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStore(t, connect(t, server.addr))
	id := randomID()
	r := record("before", "ann")
	r.Version = must(s.Save(t.Context(), id, r))(t)
	server.stop()
	server.start()
	r.Version = must(s.Save(t.Context(), id, r))(t)
	if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 1 {
		t.Errorf("DeleteOwned deleted %d", n)
	}
}

func TestNoServerIsAnErrorSoon(t *testing.T) {
	server := newPrivate(t)
	s := newStore(t, connect(t, server.addr))
	must(s.Save(t.Context(), randomID(), record("a value", "")))(t)
	server.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Save(ctx, randomID(), record("a value", ""))
	if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Save without a server: %v", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Save without a server took %v", took)
	}
}

func TestASingleServersClientOnAClusterServes(t *testing.T) {
	server := newPrivate(t, "--cluster-enabled", "yes")
	c := connect(t, server.addr)
	if err := c.ClusterAddSlotsRange(t.Context(), 0, slots-1).Err(); err != nil {
		t.Fatal(err)
	}
	for strings.Contains(must(c.ClusterInfo(t.Context()).Result())(t), "cluster_state:fail") {
		time.Sleep(10 * time.Millisecond)
	}
	s := newStore(t, c)
	id := randomID()
	to := near(id)
	r := record("a value", "ann")
	r.Version = must(s.Save(t.Context(), id, r))(t)
	must(s.Move(t.Context(), id, to, r, record("moved on", "")))(t)
	owned(t, s, "ann", to)
	if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 1 {
		t.Errorf("DeleteOwned deleted %d", n)
	}
}
