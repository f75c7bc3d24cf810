package record_test

import (
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store/memstore"
)

// What cannot be known to be as it was loaded is not replaced by a word.
func TestStored_RetireAndDepart_NeedTheVersionThatWasLoaded(t *testing.T) {
	d := open(t, record.Stored(forgetful{memstore.New(nil)}), driver.Config{})
	w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour)}
	value, saved, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	adopted, _ := d.(driver.Adopter).Adopt(driver.NewID())
	for what, tt := range map[string]struct {
		from           driver.Snapshot
		retire, depart error
	}{
		"no record":             {driver.Snapshot{}, nil, driver.ErrConflict},
		"a version not known":   {driver.Snapshot{Record: saved}, driver.ErrConflict, driver.ErrConflict},
		"a record that is none": {driver.Snapshot{Record: adopted}, nil, driver.ErrConflict},
	} {
		w.From = tt.from
		if err := d.(driver.Departer).Depart(t.Context(), w); !errors.Is(err, tt.depart) {
			t.Errorf("%s: Depart returns %v", what, err)
		}
		if err := d.(driver.Retirer).Retire(t.Context(), w); !errors.Is(err, tt.retire) {
			t.Errorf("%s: Retire returns %v", what, err)
		}
	}
	if s, err := d.Load(t.Context(), string(value)); err != nil || s.Superseded || s.Payload != before {
		t.Errorf("the session has %q, %v", s.Payload, err)
	}
	if _, err := adopted.Reload(t.Context()); !errors.Is(err, driver.ErrEnded) {
		t.Errorf("at the adopted ID, no word was left: %v", err)
	}
}

func TestStored_Retire_LeavesASupersededSessionAlone(t *testing.T) {
	d := open(t, record.Stored(memstore.New(nil)), driver.Config{})
	w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour), Leave: []byte(after)}
	value, _, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time, it is superseded
		if w.From, err = d.Load(t.Context(), string(value)); err != nil {
			t.Fatal(err)
		}
		if err := d.(driver.Retirer).Retire(t.Context(), w); err != nil {
			t.Error(err)
		}
		w.Leave = []byte(`{"n":3}`)
	}
	if s, err := d.Load(t.Context(), string(value)); err != nil || !s.Superseded || s.Payload != after {
		t.Errorf("what was left is %q, %v", s.Payload, err)
	}
}

func TestStored_EndOwned_ToleratesNoExceptionThatIsNotAnID(t *testing.T) {
	d := open(t, record.Stored(memstore.New(nil)), driver.Config{})
	w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour), Owner: "ada"}
	value, saved, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	owners := d.(driver.Owners)
	if n, err := owners.EndOwned(t.Context(), "ada", saved.ID(), "not an ID"); n != 0 || err == nil {
		t.Errorf("EndOwned returns %d, %v", n, err)
	}
	if ended, err := owners.EndOne(t.Context(), "ada", "not an ID"); ended || err != nil {
		t.Errorf("EndOne returns %v, %v", ended, err)
	}
	if _, err := d.Load(t.Context(), string(value)); err != nil {
		t.Errorf("the session has ended: %v", err)
	}
}

func TestStored_Load_RefusesWhatIsNotAnIDOrTwo(t *testing.T) {
	d, id := open(t, record.Stored(memstore.New(nil)), driver.Config{}), driver.NewID()
	for value, want := range map[string]error{
		id: driver.ErrUnknown, id + "~" + driver.NewID(): driver.ErrUnknown,
		"": driver.ErrMalformed, id[1:]: driver.ErrMalformed, id + "~": driver.ErrMalformed, "~" + id: driver.ErrMalformed, "x~" + id: driver.ErrMalformed,
		id + "~x": driver.ErrMalformed, id + id: driver.ErrMalformed, id + "~" + id + "~" + id: driver.ErrMalformed,
	} {
		if _, err := d.Load(t.Context(), value); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", value, err, want)
		}
	}
}
