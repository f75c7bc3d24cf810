package redisstore

import (
	"context"
	"errors"
	"iter"
	"sync"
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

func TestAnIndexOutlivesTheRecordsThatItNames(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		id := randomID()
		r := record("a value", "ann")
		check := func(call string) {
			t.Helper()
			now := must(s.Load(t.Context(), id))(t)
			score := s.client.ZScore(t.Context(), s.index(id, "ann"), id.String()).Val()
			if int64(score) < now.Expires.Unix() {
				t.Errorf("after %s the index names the record for %v s less than it lasts", call, now.Expires.Unix()-int64(score))
			}
			left := s.client.TTL(t.Context(), s.index(id, "ann")).Val()
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

// An index is written only if it would name the record for less long than the record lasts.
func TestAnIndexIsSeldomWritten(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	r := record("a value", "ann")
	r.Version = must(s.Save(t.Context(), id, r))(t)
	for call, f := range map[string]func(expires time.Time) error{
		"Save": func(expires time.Time) (err error) {
			r.Expires = expires
			r.Version, err = s.Save(t.Context(), id, r)
			return err
		},
		"Touch": func(expires time.Time) error { return s.Touch(t.Context(), id, r.Version, r.Used, expires) },
	} {
		for longer, written := range map[int64]bool{-1: true, 0: false, 1: false} {
			expires := must(s.Load(t.Context(), id))(t).Expires.Add(time.Hour)
			score := float64(expires.Unix() + longer)
			s.client.ZAdd(t.Context(), s.index(id, "ann"), redis.Z{Score: score, Member: id.String()})
			if err := f(expires); err != nil {
				t.Fatal(err)
			}
			if now := s.client.ZScore(t.Context(), s.index(id, "ann"), id.String()).Val(); (now > score) != written || now < score {
				t.Errorf("%s, of a record that the index names for %d s longer than it lasts, changed %.0f to %.0f", call, longer, score, now)
			}
		}
	}
}

func TestAnIndexDropsNamesWhoseTimeIsOver(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	key := s.index(id, "ann")
	s.client.ZAdd(t.Context(), key, redis.Z{Score: float64(time.Now().Unix()), Member: randomID().String()})
	must(s.Save(t.Context(), id, record("a value", "ann")))(t)
	named(t, s, key, id)
}

// named checks which records an index names.
func named(t *testing.T, s *Store, key string, want ...store.ID) {
	t.Helper()
	names := s.client.ZRange(t.Context(), key, 0, -1).Val()
	if len(names) != len(want) || len(want) == 1 && names[0] != want[0].String() {
		t.Errorf("the index names %q, and not %v", names, want)
	}
}

func TestAnIndexNamesTheRecordsThatAreThere(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		id := randomID()
		to := near(id)
		ann, bob := s.index(id, "ann"), s.index(id, "bob")
		r := record("a value", "ann")
		r.Version = must(s.Save(t.Context(), id, r))(t)
		named(t, s, ann, id)
		r.Owner = "bob"
		r.Version = must(s.Save(t.Context(), id, r))(t)
		named(t, s, ann)
		named(t, s, bob, id)
		r.Owner = "ann"
		r.Version = must(s.Move(t.Context(), id, to, r, record("moved on", "")))(t)
		named(t, s, bob)
		named(t, s, ann, to)
		if err := s.Delete(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		named(t, s, ann)
	})
}

func TestARecordWithoutAnOwnerIsInNoIndex(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	to := near(id)
	r := record("a value", "")
	for range 2 {
		r.Version = must(s.Save(t.Context(), id, r))(t)
	}
	if err := s.Touch(t.Context(), id, r.Version, r.Used, r.Expires.Add(100*time.Hour)); err != nil {
		t.Fatal(err)
	}
	must(s.Move(t.Context(), id, to, r, record("moved on", "")))(t)
	named(t, s, s.index(id, ""))
}

// A record whose owner's index was evicted is not there for any method.
func TestARecordWithoutItsIndexIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		s := newStore(t, connect())
		for method, call := range map[string]func(id store.ID, r store.Record) error{
			"Load": func(id store.ID, _ store.Record) error { _, err := s.Load(t.Context(), id); return err },
			"Save": func(id store.ID, r store.Record) error { _, err := s.Save(t.Context(), id, r); return err },
			"Save with another owner": func(id store.ID, r store.Record) error {
				r.Owner = "bob"
				_, err := s.Save(t.Context(), id, r)
				return err
			},
			"Move": func(id store.ID, r store.Record) error {
				_, err := s.Move(t.Context(), id, near(id), r, record("moved on", ""))
				return err
			},
			"Touch": func(id store.ID, r store.Record) error {
				return s.Touch(t.Context(), id, r.Version, r.Used, r.Expires.Add(time.Hour))
			},
			"DeleteOne": func(id store.ID, _ store.Record) error {
				if deleted := must(s.DeleteOne(t.Context(), "ann", id))(t); deleted {
					t.Error("DeleteOne deleted it")
				}
				return store.ErrNotFound
			},
		} {
			id := randomID()
			r := record("a value", "ann")
			r.Version = must(s.Save(t.Context(), id, r))(t)
			if err := s.client.Del(t.Context(), s.index(id, "ann")).Err(); err != nil {
				t.Fatal(err)
			}
			if err := call(id, r); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s returned %v", method, err)
			}
			owned(t, s, "ann")
			if got := must(collect(s.All(t.Context())))(t); len(got) > 0 {
				t.Errorf("All yielded %s", ids(got))
			}
			r.Version = 0
			must(s.Save(t.Context(), id, r))(t)
			owned(t, s, "ann", id)
			if err := s.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	})
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

// While a slot moves, an index may keep the name of a record that has become another owner's.
func TestANameThatIsLeftInAnIndexIsOfNoRecord(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	must(s.Save(t.Context(), id, record("a value", "bob")))(t)
	s.client.ZAdd(t.Context(), s.index(id, "ann"), redis.Z{Score: float64(time.Now().Add(time.Hour).Unix()), Member: id.String()})
	owned(t, s, "ann")
	if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 0 {
		t.Errorf("DeleteOwned deleted %d", n)
	}
	named(t, s, s.index(id, "ann"))
	owned(t, s, "bob", id)
}

func TestDeleteOwned_CountsAllIfOneServerDoesNotKnowTheScript(t *testing.T) {
	c := connectCluster(t)
	s := newStore(t, c)
	first, last := randomID(), randomID()
	first[0], last[0] = 0, 255
	for _, id := range []store.ID{first, last} {
		must(s.Save(t.Context(), id, record("a value", "ann")))(t)
	}
	if err := must(c.MasterForKey(t.Context(), s.recordKey(first)))(t).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 2 {
		t.Errorf("DeleteOwned deleted %d", n)
	}
}

// Two sign-outs at once, beside a device that is used, end, and each record is counted once.
func TestDeleteOwned_TwoAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		const records = 3 * cutSize / 2
		first := newStore(t, connect())
		second := beside(t, first, connect())
		pipe := first.client.Pipeline()
		for range records {
			id := randomID()
			pipe.HSet(t.Context(), first.recordKey(id), "version", 1, "owner", "ann", "data", "", "used", 1, "expires", time.Now().Add(time.Hour).Unix())
			pipe.ZAdd(t.Context(), first.index(id, "ann"), redis.Z{Score: float64(time.Now().Add(time.Hour).Unix()), Member: id.String()})
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		var deleted atomic.Int64
		var group sync.WaitGroup
		for _, s := range []*Store{first, second} {
			group.Go(func() {
				n, err := s.DeleteOwned(t.Context(), "ann")
				if err != nil {
					t.Error(err)
				}
				deleted.Add(int64(n))
			})
		}
		group.Wait()
		owned(t, first, "ann")
		if deleted.Load() != records {
			t.Errorf("of %d records, %d were deleted", records, deleted.Load())
		}
	})
}

// A half ends a program in the middle of a pipeline: the second half of its commands is not sent.
type half struct{ end context.CancelFunc }

func (h half) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h half) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h half) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds[:len(cmds)/2])
		h.end()
		for _, cmd := range cmds[len(cmds)/2:] {
			cmd.SetErr(ctx.Err())
		}
		return err
	}
}

// If the program ends in the middle of a sign-out, the owner can sign in at once, and the next
// sign-out ends what is left.
func TestDeleteOwned_ThatStopsInTheMiddleHoldsNothingUp(t *testing.T) {
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		client := connect()
		stops := newStore(t, client)
		s := beside(t, stops, connect())
		ids := []store.ID{randomID(), randomID(), randomID()}
		ids[0][0], ids[1][0], ids[2][0] = 0, 255, 1
		for _, id := range ids[:2] {
			must(s.Save(t.Context(), id, record("a value", "ann")))(t)
		}
		ctx, cancel := context.WithCancel(t.Context())
		client.AddHook(half{cancel})
		if n, err := stops.DeleteOwned(ctx, "ann"); n != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("a DeleteOwned that is stopped deleted %d records, error %v", n, err)
		}
		must(s.Save(t.Context(), ids[2], record("a new login", "ann")))(t)
		if left := must(collect(s.Owned(t.Context(), "ann")))(t); len(left) != 2 {
			t.Errorf("the owner has %d records", len(left))
		}
		if n := must(s.DeleteOwned(t.Context(), "ann"))(t); n != 2 {
			t.Errorf("the next DeleteOwned deleted %d", n)
		}
		owned(t, s, "ann")
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
