package scs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// fullStore is one that keeps records, as all of scs's own do.
type fullStore struct {
	plainStore
	expiry map[string]time.Time
}

func (s *fullStore) Commit(token string, record []byte, expiry time.Time) error {
	if s.err == nil {
		s.records[token] = record
		s.expiry[token] = expiry
	}
	return s.err
}

func newFullStore(t *testing.T, values map[string]any) *fullStore {
	return &fullStore{plainStore{records: map[string][]byte{token: inGob(t, values)}}, make(map[string]time.Time)}
}

func loaded(t *testing.T, d driver.Driver) driver.Snapshot {
	t.Helper()
	found, err := d.Load(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func retire(d driver.Driver, from driver.Snapshot, at time.Time, leave string) error {
	w := driver.Write{From: from, At: at}
	if leave != "" {
		w.Leave = []byte(leave)
	}
	return d.(driver.Retirer).Retire(context.Background(), w)
}

func TestRetire_TheRecordIsSupersededForAMinute(t *testing.T) {
	st := newFullStore(t, map[string]any{"n": 1, "user": user{Name: "ada"}})
	d := opened(t, st, nil)
	at := time.Now()
	from := loaded(t, d)
	if err := retire(d, from, at, `{"n":2}`); err != nil {
		t.Fatal(err)
	}
	found := loaded(t, d)
	if !found.Superseded || found.Payload != `{"n":2}` || found.ExpiresAt.Unix() != at.Add(time.Minute).Unix() {
		t.Errorf("after Retire: %+v", found)
	}
	if got := st.expiry[token]; !got.Equal(at.Add(time.Minute)) {
		t.Errorf("the store keeps it until %v", got)
	}
	deadline, values, err := decodeGob(st.records[token])
	if err != nil || values["n"] != 1 || values["user"] != (user{Name: "ada"}) || deadline.Unix() != at.Add(time.Minute).Unix() {
		t.Errorf("scs reads %v until %v, %v", values, deadline, err)
	}
	if err := retire(d, from, at, "{}"); !errors.Is(err, driver.ErrConflict) {
		t.Errorf("a second move: %v", err)
	}
	now = func() time.Time { return at.Add(time.Minute) }
	defer func() { now = time.Now }()
	if _, err := d.Load(context.Background(), token); !errors.Is(err, driver.ErrUnknown) || !errors.Is(err, driver.ErrEnded) {
		t.Errorf("after a minute: %v", err)
	}
}

func TestRetire_NothingIsLeft(t *testing.T) {
	for what, tt := range map[string]struct {
		leave string
		store func() (Store, *plainStore)
		o     *Options
	}{
		"nil": {"", func() (Store, *plainStore) { st := newFullStore(t, nil); return st, &st.plainStore }, nil},
		"a store that cannot commit": {"{}", func() (Store, *plainStore) {
			st := &plainStore{records: map[string][]byte{token: inGob(t, nil)}}
			return st, st
		}, nil},
		"a codec that is only read": {"{}", func() (Store, *plainStore) { st := newFullStore(t, nil); return st, &st.plainStore }, &Options{Decode: decodeGob}},
	} {
		st, plain := tt.store()
		d := opened(t, st, tt.o)
		if err := retire(d, loaded(t, d), time.Now(), tt.leave); err != nil || len(plain.records) != 0 {
			t.Errorf("%s: %v, leaving %d records", what, err, len(plain.records))
		}
	}
}

// After a sign-in nothing of the session may be read under its old token, by scs either.
func TestRetire_AnEmptyObjectLeavesNoValues(t *testing.T) {
	st := newFullStore(t, map[string]any{"cart": "private"})
	d := opened(t, st, nil)
	if err := retire(d, loaded(t, d), time.Now(), "{}"); err != nil {
		t.Fatal(err)
	}
	if _, values, err := decodeGob(st.records[token]); err != nil || len(values) != 1 {
		t.Errorf("scs reads %v, %v", values, err)
	}
	if found := loaded(t, d); found.Payload != "{}" || !found.Superseded {
		t.Errorf("%+v", found)
	}
}

// A logout in scs's own program, while a request of ours is on its way, must hold.
func TestRetire_ASessionThatHasEnded(t *testing.T) {
	st := newFullStore(t, map[string]any{"n": 1})
	d := opened(t, st, nil)
	from := loaded(t, d)
	delete(st.records, token)
	for _, leave := range []string{"", `{"n":1}`} {
		if err := retire(d, from, time.Now(), leave); !errors.Is(err, driver.ErrEnded) {
			t.Errorf("leaving %q: %v", leave, err)
		}
	}
	if len(st.records) != 0 {
		t.Error("the record is there again")
	}
}

func TestRetire_ARecordThatChanged(t *testing.T) {
	st := newFullStore(t, map[string]any{"n": 1})
	d := opened(t, st, nil)
	from := loaded(t, d)
	for what, change := range map[string][]byte{"a value": inGob(t, map[string]any{"n": 2}), "no gob": []byte("x")} {
		st.records[token] = change
		if err := retire(d, from, time.Now(), `{"n":1}`); !errors.Is(err, driver.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	st.err = errors.New("down")
	if err := retire(d, from, time.Now(), "{}"); !errors.Is(err, st.err) {
		t.Errorf("a store that fails: %v", err)
	}
}

func TestLoad_ADeadlineBeforeTheMinuteStays(t *testing.T) {
	soon := time.Now().Add(20 * time.Second).Truncate(time.Second)
	raw, err := encodeGob(soon, map[string]any{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	st := &fullStore{plainStore{records: map[string][]byte{token: raw}}, make(map[string]time.Time)}
	d := opened(t, st, nil)
	if err := retire(d, loaded(t, d), time.Now(), "{}"); err != nil || !st.expiry[token].Equal(soon) {
		t.Errorf("%v; the store keeps it until %v, want %v", err, st.expiry[token], soon)
	}
}

func TestLoad_AMarkOfAnotherProgram(t *testing.T) {
	for _, mark := range []any{1, "", "x {}", "99999999999 x", "99999999999 {", "99999999999"} {
		st := &plainStore{records: map[string][]byte{token: inGob(t, map[string]any{movedKey: mark})}}
		if found, err := opened(t, st, nil).Load(context.Background(), token); !errors.Is(err, driver.ErrBadPayload) {
			t.Errorf("%v: %+v, %v", mark, found, err)
		}
	}
}

// The limits of the manager count from the first load: the record has no time of its own.
func TestLoad_SavedAtIsTheTimeOfTheLoad(t *testing.T) {
	before := time.Now().Truncate(time.Second)
	found := loaded(t, opened(t, newFullStore(t, nil), nil))
	if found.SavedAt.Before(before) || found.SavedAt.After(time.Now()) {
		t.Errorf("it was saved at %v", found.SavedAt)
	}
}

func TestLoad_TheBudgetOfTheRequest(t *testing.T) {
	st := newFullStore(t, nil)
	d := opened(t, st, nil)
	ctx := context.WithValue(context.Background(), driver.BudgetKey, new(driver.Budget))
	for range driver.Lookups {
		if _, err := d.Load(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	asked := len(st.asked)
	if _, err := d.Load(ctx, token); !errors.Is(err, driver.ErrTooManyLookups) || len(st.asked) != asked {
		t.Errorf("%v, after %d questions", err, len(st.asked))
	}
	if _, err := d.Load(ctx, "no token"); !errors.Is(err, driver.ErrMalformed) {
		t.Errorf("what is no token: %v", err)
	}
}

func TestLoad_AnOwnerOfAnotherProgram(t *testing.T) {
	st := newFullStore(t, map[string]any{"_owner": "admin"})
	if found, err := opened(t, st, nil).Load(context.Background(), token); !errors.Is(err, driver.ErrBadPayload) {
		t.Errorf("%+v, %v", found, err)
	}
}
