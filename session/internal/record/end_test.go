package record_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A failing store fails its saves or its deletions with an error.
type failing struct {
	*memstore.Store
	save, remove error
}

func (f *failing) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.save != nil {
		return 0, f.save
	}
	return f.Store.Save(ctx, id, r)
}

func (f *failing) Delete(ctx context.Context, id store.ID) error {
	if f.remove != nil {
		return f.remove
	}
	return f.Store.Delete(ctx, id)
}

// No session begins in the place of one that could not be ended.
func TestStored_Save_BeginsOnlyAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errDown := errors.New("it is down")
		st := &failing{Store: memstore.New(nil)}
		d := open(t, record.Stored(st), driver.Config{Timeout: time.Second})
		w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		value, _, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		if w.From, err = d.Load(t.Context(), string(value)); err != nil {
			t.Fatal(err)
		}
		w.Life, st.remove = driver.Begin, errDown
		if next, saved, err := d.Save(t.Context(), nil, w); !errors.Is(err, errDown) || saved != nil || len(next) > 0 {
			t.Errorf("it is saved as %q, %v", next, err)
		}
		if data := only(t, st.Store).Data; string(data) != before {
			t.Errorf("the store has %q", data)
		}
	})
}

// A session that a cookie names by two IDs ends under both, whichever it has.
func TestStored_Delete_EndsBothIDsOfARenewal(t *testing.T) {
	for _, first := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
		onEach(t, string(first), func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			old, from := g.cookie, g.load()
			g.st.Wire.Begin(string(recordtest.Fine) + string(first))
			if _, mover := g.d.Info().Store.(store.Mover); mover {
				g.st.Wire.Begin(string(first))
			}
			err := g.save(from, driver.Renew, after)
			underWay := g.st.Wire.Hold()
			if _, ok := errors.AsType[*driver.UnsettledError](err); !ok {
				g.Fatalf("the renewal is told as %v", err)
			}
			if err := g.d.Delete(context.Background(), g.load()); err != nil {
				g.Fatal(err)
			}
			underWay()
			for _, value := range []string{g.cookie, old} {
				if s, err := g.d.Load(context.Background(), value); err == nil && !s.Superseded {
					g.Errorf("%q still names %q", value, s.Payload)
				}
			}
			if n := g.sessions(); n != 0 {
				g.Errorf("there are %d sessions", n)
			}
		})
	}
}

func TestStored_Save_TranslatesTheStoresErrors(t *testing.T) {
	st := &failing{Store: memstore.New(nil)}
	d := open(t, record.Stored(st), driver.Config{})
	for told, want := range map[error]error{
		store.ErrConflict: driver.ErrConflict, store.ErrNotFound: driver.ErrEnded, store.ErrTooLarge: driver.ErrTooLarge, store.ErrFull: store.ErrFull,
	} {
		st.save = told
		if _, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour)}); !errors.Is(err, want) {
			t.Errorf("%v is told as %v, want %v", told, err, want)
		}
	}
}

func TestStored_Touch_LeavesAloneWhatIsNotALiveRecord(t *testing.T) {
	st := memstore.New(nil)
	d := open(t, record.Stored(st), driver.Config{})
	w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour), Leave: []byte(after)}
	value, _, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	if w.From, err = d.Load(t.Context(), string(value)); err != nil {
		t.Fatal(err)
	}
	if err := d.(driver.Retirer).Retire(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	word, err := d.Load(t.Context(), string(value))
	if err != nil || !word.Superseded {
		t.Fatalf("the word is %+v, %v", word, err)
	}
	was, later := only(t, st), time.Now().Add(2*time.Hour)
	adopted, _ := d.(driver.Adopter).Adopt(driver.NewID())
	for what, from := range map[string]driver.Snapshot{"none": {}, "one that is to be created": {Record: adopted}, "a word": word} {
		if err := d.(driver.Toucher).Touch(t.Context(), from, later, later); err != nil {
			t.Errorf("of %s: %v", what, err)
		}
	}
	if now := only(t, st); !now.Expires.Equal(was.Expires) || now.Version != was.Version {
		t.Errorf("the record was %+v, and is %+v", was, now)
	}
}
