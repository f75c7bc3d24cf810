package redisstore

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestAllSeesOnlyItsOwnPrefix(t *testing.T) {
	c := connect(t, address(t))
	begin := newStore(t, c).prefix
	star := must(New(c, &Options{Prefix: begin + "*[a-z]?\\^-"}))(t)
	other := must(New(c, &Options{Prefix: begin + "xyzb\\^-"}))(t)
	id := randomID()
	must(star.Save(t.Context(), id, record("mine", "")))(t)
	must(other.Save(t.Context(), randomID(), record("another's", "")))(t)
	c.HSet(t.Context(), star.begins[0]+"session:and no id", "a", "b")
	c.HSet(t.Context(), star.prefix+"session:"+randomID().String(), "a", "b")
	c.HSet(t.Context(), star.recordKey(randomID())+"0", "a", "b")
	var found []store.Entry
	for e, err := range star.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, e)
	}
	if len(found) != 1 || found[0].ID != id {
		t.Errorf("All yielded %s", ids(found))
	}
}

func TestAllBeginsAgainWhereAServerWasRestarted(t *testing.T) {
	server := newPrivate(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStore(t, connect(t, server.addr))
	want := map[store.ID]int{}
	for range 3 * pageSize {
		id := randomID()
		want[id] = 0
		must(s.Save(t.Context(), id, record("a value", "")))(t)
	}
	restarted := false
	for e, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !restarted {
			server.stop()
			server.start()
			restarted = true
		}
		want[e.ID]++
	}
	for id, n := range want {
		if n != 1 {
			t.Fatalf("%s was yielded %d times", id, n)
		}
	}
}

func TestAllSaysThatACommandFailed(t *testing.T) {
	server := newPrivate(t)
	s := newStore(t, connect(t, server.addr))
	for range 3 * pageSize {
		must(s.Save(t.Context(), randomID(), record("a value", "")))(t)
	}
	var last error
	stopped := false
	for _, err := range s.All(t.Context()) {
		if last = err; !stopped {
			server.stop()
			stopped = true
		}
	}
	if last == nil {
		t.Error("All ended as if it had seen everything")
	}
}

func TestAllSaysThatSlotsAreMoving(t *testing.T) {
	c := connectCluster(t)
	s := newStore(t, c)
	slot := 100
	from := must(c.MasterForKey(t.Context(), keyIn(slot)))(t)
	to := must(c.MasterForKey(t.Context(), keyIn(slots-100)))(t)
	node := must(to.Do(t.Context(), "cluster", "myid").Text())(t)
	set := func(args ...any) {
		t.Helper()
		if err := from.Do(t.Context(), append([]any{"cluster", "setslot", slot}, args...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("migrating", node)
	defer set("stable")
	var last error
	for _, err := range s.All(t.Context()) {
		last = err
	}
	if !errors.Is(last, errMoving) {
		t.Errorf("All ended with %v", last)
	}
}

// keyIn returns a key in a slot.
func keyIn(want int) string {
	for i := 0; ; i++ {
		if key := fmt.Sprint(i); int(slot(key)) == want {
			return key
		}
	}
}

func TestSlotsAreTheClusters(t *testing.T) {
	c := connectCluster(t)
	for _, key := range []string{"", "123456789", "wafer:session:0", "{wafer}:session:0", "a{b", "a{}b", "a{b}c{d}e", "}a{b}", "{{a}}", "a{\u00e5\xff}"} {
		if want := must(c.ClusterKeySlot(t.Context(), key).Result())(t); int64(slot(key)) != want {
			t.Errorf("%q is in slot %d, and not %d", key, want, slot(key))
		}
	}
	if slot("123456789") != 0x31c3 { // the specification's own example
		t.Error("the CRC is another one")
	}
}

// The 64 parts are in the slots of any number of nodes alike, and the keys of a part in one.
func TestPartsAreSpreadOverTheSlots(t *testing.T) {
	for _, prefix := range []string{"", "wafer:", "a}b", "a{b"} {
		all := must(begins(prefix))(t)
		for i, begin := range all {
			if at := int(slot(begin+"session:x")) / (slots / store.Parts); at != i || slot(begin+"owner:{ann}") != slot(begin+"session:x") {
				t.Errorf("with the prefix %q, part %d is in the %dth 64th of the slots", prefix, i, at)
			}
		}
		if len(all) != store.Parts {
			t.Errorf("with the prefix %q there are %d parts", prefix, len(all))
		}
	}
	// A program finds the records of another version of this package.
	if all := must(begins("wafer:"))(t); all[0] != "wafer:{10}:" || all[31] != "wafer:{42}:" || all[63] != "wafer:{40}:" {
		t.Errorf("keys begin with %q", all)
	}
	if all := must(begins("a{b}c"))(t); len(all) != 1 || all[0] != "a{b}c" {
		t.Errorf("with a prefix that names a slot, keys begin with %q", all)
	}
	if _, err := New(connect(t, address(t)), &Options{Prefix: "a{}b"}); err == nil || !strings.Contains(err.Error(), "remove the {}") {
		t.Errorf("New with a prefix in which braces name no slot returned %v", err)
	}
}

func TestARecordIsGoneFromTheSecondThatItNames(t *testing.T) {
	at := time.Unix(1_800_000_000, 999)
	if got := end(at); got != 1_800_000_000_000-1 {
		t.Errorf("the last millisecond is %d", got)
	}
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<62, 0)} {
		if got := end(at); got < 0 || got/1000 > maxTime {
			t.Errorf("the last millisecond for %d s is %d", at.Unix(), got)
		}
	}
	s := newStore(t, connect(t, address(t)))
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(0, 0), time.Unix(1, 0)} {
		id := randomID()
		must(s.Save(t.Context(), id, store.Record{Expires: at, Owner: "ann"}))(t)
		if _, err := s.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Load of what expired at %v: %v", at, err)
		}
	}
	id := randomID()
	r := store.Record{Expires: time.Unix(1<<40, 0), Owner: "ann"}
	must(s.Save(t.Context(), id, r))(t)
	if got := must(s.Load(t.Context(), id))(t); !got.Expires.Equal(r.Expires) {
		t.Errorf("it expires at %v", got.Expires)
	}
	owned(t, s, "ann", id)
}

func TestTill_IsTwiceAsLongAsTheRecordLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for at, want := range map[time.Time]int64{
			now.Add(time.Hour):      now.Unix() + 2*3600 + 60,
			now:                     now.Unix() + 60,
			now.Add(-2 * time.Hour): now.Unix() - 2*3600 + 60,
			{}:                      60,
			time.Unix(1<<62, 0):     maxTime,
		} {
			if got := till(at); got != want {
				t.Errorf("for a record that expires at %v it is %d, and not %d", at, got, want)
			}
		}
	})
}

func TestEscapeGlob_EscapesWhatAPatternMayContain(t *testing.T) {
	if got, want := escapeGlob(`a*?[]\^-{}:9`), `a\*\?\[\]\\\^\-{}:9`; got != want {
		t.Errorf("it became %s, and not %s", got, want)
	}
}
