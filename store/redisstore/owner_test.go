package redisstore

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// A pause calls a function once, before a script is sent by its name.
type pause struct {
	script *script
	f      func()
	used   atomic.Bool
}

func (p *pause) DialHook(next redis.DialHook) redis.DialHook { return next }

func (p *pause) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		p.meet(cmd)
		return next(ctx, cmd)
	}
}

func (p *pause) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			p.meet(cmd)
		}
		return next(ctx, cmds)
	}
}

func (p *pause) meet(cmd redis.Cmder) {
	if args := cmd.Args(); len(args) > 1 && args[1] == p.script.sha && !p.used.Swap(true) {
		p.f()
	}
}

// owned checks which records an owner has.
func owned(t *testing.T, s *Store, owner string, want ...store.ID) {
	t.Helper()
	got := must(collect(s.Owned(t.Context(), owner)))(t)
	var entries []store.Entry
	for _, id := range want {
		entries = append(entries, store.Entry{ID: id})
	}
	if ids(got) != ids(entries) {
		t.Errorf("%s owns %s, and not %s", owner, ids(got), ids(entries))
	}
}

// forget drops the claims on an owner's records, as two minutes do.
func forget(t *testing.T, s *Store, owner string) {
	t.Helper()
	key := s.indexKey(owner)
	for _, member := range must(s.client.ZRange(t.Context(), key, 0, -1).Result())(t) {
		if strings.HasPrefix(member, "claim:") {
			s.client.ZRem(t.Context(), key, member)
		}
	}
}

func TestListingKeepsTheNameOfARecordThatIsBeingSaved(t *testing.T) {
	writer := connectCluster(t)
	s := newStore(t, writer)
	reader := beside(t, s, connectCluster(t))
	id := randomID()
	// Between the index and the record somebody lists, finds no record under
	// the name, and cleans.
	writer.AddHook(&pause{script: saveScript, f: func() { owned(t, reader, "ann") }})
	must(s.Save(t.Context(), id, record("a value", "ann")))(t)
	owned(t, reader, "ann", id)
}

func TestListingKeepsTheNameOfARecordThatIsSavedBeforeItCleans(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		client := connect()
		s := newStore(t, client)
		writer := beside(t, s, connect())
		id := randomID()
		must(s.Save(t.Context(), id, record("a value", "ann")))(t)
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		forget(t, s, "ann")
		client.AddHook(&pause{script: cleanScript, f: func() {
			must(writer.Save(t.Context(), id, record("anew", "ann")))(t)
		}})
		owned(t, s, "ann")
		owned(t, s, "ann", id)
	})
}

func TestListingDropsNamesThatHaveNoRecord(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		gone, other, kept := randomID(), randomID(), randomID()
		for _, id := range []store.ID{gone, other, kept} {
			must(s.Save(t.Context(), id, record("a value", "ann")))(t)
		}
		if err := s.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		r := must(s.Load(t.Context(), other))(t)
		r.Owner = "bob"
		must(s.Save(t.Context(), other, r))(t)
		forget(t, s, "ann")
		owned(t, s, "ann", kept)
		if n := s.client.ZCard(t.Context(), s.indexKey("ann")).Val(); n != 1 {
			t.Errorf("the index still has %d members", n)
		}
	})
}

func TestACleanerThatIsLateCleansNothing(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	must(s.Save(t.Context(), id, record("a value", "ann")))(t)
	forget(t, s, "ann")
	if err := s.clean(t.Context(), "ann", time.Now().Unix()-cleanTime, []store.ID{id}); err != nil {
		t.Fatal(err)
	}
	owned(t, s, "ann", id)
}

func TestAWriterThatIsLateEntersTheIndexAnew(t *testing.T) {
	s := newStore(t, connectCluster(t))
	id := randomID()
	w := must(newWrite(id, record("a value", "ann")))(t)
	a, err := s.run(t.Context(), saveScript, []string{s.recordKey(id)}, 0, w.version, "data", 1, time.Now().Unix()+100, "ann",
		end(time.Now().Add(time.Hour)), till(w.r.Expires), time.Now().Unix()-1, id.String())
	if err != nil || a.text != list {
		t.Errorf("the script answered %q, %v", a.text, err)
	}
	if _, err := s.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load returned %v", err)
	}
}

func TestAnIndexOutlivesTheRecordsThatItNames(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		id := randomID()
		r := record("a value", "ann")
		check := func(call string) {
			t.Helper()
			now := must(s.Load(t.Context(), id))(t)
			score := s.client.ZScore(t.Context(), s.indexKey("ann"), id.String()).Val()
			if int64(score) < now.Expires.Unix() {
				t.Errorf("after %s the index names the record for %v s less than it lasts", call, now.Expires.Unix()-int64(score))
			}
			left := s.client.TTL(t.Context(), s.indexKey("ann")).Val()
			if left < time.Until(now.Expires) || left > 3*time.Until(now.Expires)+time.Hour {
				t.Errorf("after %s the index lasts for %v, and the record for %v", call, left, time.Until(now.Expires))
			}
		}
		for _, hours := range []time.Duration{1, 2, 3, 5, 100, 1} {
			r.Expires = time.Now().Add(hours * time.Hour)
			r.Version = must(s.Save(t.Context(), id, r))(t)
			if hours != 1 {
				check("Save")
			}
		}
		for _, hours := range []time.Duration{2, 300, 500, 5000} {
			if err := s.Touch(t.Context(), id, r.Version, r.Used, time.Now().Add(hours*time.Hour)); err != nil {
				t.Fatal(err)
			}
			if hours > 100 {
				check("Touch")
			}
		}
		owned(t, s, "ann", id)
	})
}

func TestAnIndexDropsNamesWhoseTimeIsOver(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	key := s.indexKey("ann")
	s.client.ZAdd(t.Context(), key, redis.Z{Score: float64(time.Now().Unix()), Member: randomID().String()})
	id := randomID()
	must(s.Save(t.Context(), id, record("a value", "ann")))(t)
	forget(t, s, "ann")
	if names := s.client.ZRange(t.Context(), key, 0, -1).Val(); len(names) != 1 || names[0] != id.String() {
		t.Errorf("the index has %q", names)
	}
}

func TestDeleteOwned_RefusesARenewalMeanwhile(t *testing.T) {
	client := connect(t, address(t))
	s := newStore(t, client)
	mover := beside(t, s, connect(t, address(t)))
	from, to := randomID(), randomID()
	r := record("a value", "ann")
	r.Version = must(s.Save(t.Context(), from, r))(t)
	must(s.Save(t.Context(), randomID(), record("another", "ann")))(t)
	client.AddHook(&pause{script: dropScript, f: func() {
		if _, err := mover.Move(t.Context(), from, to, r, record("moved on", "")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Move of a record whose name is removed returned %v", err)
		}
	}})
	if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 2 {
		t.Errorf("DeleteOwned deleted %d", n)
	}
	if _, err := s.Load(t.Context(), to); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load of the renewed session returned %v", err)
	}
}

func TestDeleteOwnedLeavesARecordThatBecomesAnothers(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		client := connect()
		s := newStore(t, client)
		other := beside(t, s, connect())
		id := randomID()
		r := record("a value", "ann")
		r.Version = must(s.Save(t.Context(), id, r))(t)
		r.Owner = "bob"
		client.AddHook(&pause{script: cutScript, f: func() { must(other.Save(t.Context(), id, r))(t) }})
		if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 0 {
			t.Errorf("DeleteOwned deleted %d", n)
		}
		owned(t, s, "bob", id)
	})
}

func TestManyOfOneOwnerAreListedAndDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		for range pageSize + 50 {
			must(s.Save(t.Context(), randomID(), record("a value", "ann")))(t)
		}
		if got := must(collect(s.Owned(t.Context(), "ann")))(t); len(got) != pageSize+50 {
			t.Errorf("Owned returned %d", len(got))
		}
		if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != pageSize+50 {
			t.Errorf("DeleteOwned deleted %d", n)
		}
	})
}

// collect returns what a listing yields, up to its error.
func collect(entries iter.Seq2[store.Entry, error]) (all []store.Entry, err error) {
	for e, err := range entries {
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
	return all, nil
}
