package record_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// A readable is a backend whose cookies are the payload, so that their size is that of the payload.
type readable struct{ err error }

func (r readable) Open(driver.Config) (driver.Driver, error) { return r, nil }
func (readable) Info() driver.Info                           { return driver.Info{Name: "readable", Codec: driver.JSON} }

func (readable) Load(_ context.Context, value string) (driver.Snapshot, error) {
	return driver.Snapshot{Payload: value}, nil
}

func (r readable) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	return append(dst, w.Payload...), nil, r.err
}

func (readable) Delete(context.Context, driver.Snapshot) error { return nil }

// sized returns a payload of so many bytes.
func sized(n int) []byte { return []byte(`{"n":"` + strings.Repeat("x", n-8) + `"}`) }

// A session is stored if it does not fit into its cookie, and moves back once it has half the size.
func TestOverflow_MovesByTheSizeOfTheCookie(t *testing.T) {
	d := open(t, record.Overflow(readable{}, memstore.New(nil)), driver.Config{MaxCookieSize: 101})
	write := func(from driver.Snapshot, n int) driver.Write {
		return driver.Write{From: from, Payload: sized(n), At: time.Now(), Expires: time.Now().Add(time.Hour)}
	}
	const prefix = "what is there already, and longer than a cookie may be: it is not a part of the cookie's value, and does not count"
	for _, tt := range []struct {
		before, size int // of a session that is saved before, 0 if there is none
		stored       bool
	}{{0, 100, false}, {0, 101, true}, {101, 50, false}, {101, 51, true}, {50, 100, false}, {50, 101, true}} {
		from := driver.Snapshot{}
		if tt.before > 0 {
			value, _, err := d.Save(t.Context(), nil, write(driver.Snapshot{}, tt.before))
			if err != nil {
				t.Fatal(err)
			}
			if from, err = d.Load(t.Context(), string(value)); err != nil {
				t.Fatal(err)
			}
		}
		value, _, err := d.Save(t.Context(), []byte(prefix), write(from, tt.size))
		text, ok := strings.CutPrefix(string(value), prefix)
		if err != nil || !ok || driver.IsID(text) != tt.stored || !tt.stored && text != string(sized(tt.size)) {
			t.Errorf("%d bytes after %d are saved as %q, %v", tt.size, tt.before, text, err)
		}
	}
}

// A new session in place of the old one, in its cookie, leaves nothing in the store; one that moves
// leaves word of it for a minute.
func TestOverflow_LeavesWordOnlyOfASessionThatGoesOn(t *testing.T) {
	for life, left := range map[driver.Life]string{driver.Keep: string(sized(20)), driver.Renew: "{}", driver.Begin: ""} {
		d := open(t, record.Overflow(readable{}, memstore.New(nil)), driver.Config{MaxCookieSize: 101})
		w := driver.Write{Payload: sized(200), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		value, _, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		if w.From, err = d.Load(t.Context(), string(value)); err != nil {
			t.Fatal(err)
		}
		w.Life, w.Payload = life, sized(20)
		if _, _, err := d.Save(t.Context(), nil, w); err != nil {
			t.Fatal(err)
		}
		s, err := d.Load(t.Context(), string(value))
		if left == "" && !errors.Is(err, driver.ErrUnknown) || left != "" && (err != nil || !s.Superseded || s.Payload != left) {
			t.Errorf("life %d: under the old ID there is %q, superseded: %v, %v", life, s.Payload, s.Superseded, err)
		}
	}
}

func TestOverflow_StaysWhereItIs(t *testing.T) {
	d := open(t, record.Overflow(readable{}, memstore.New(nil)), driver.Config{MaxCookieSize: 101})
	for what, tt := range map[string]struct {
		before int
		change func(w *driver.Write)
		stored bool
	}{
		"a new one without a cookie":    {0, func(w *driver.Write) { w.Stay = true }, false},
		"a new one that is empty":       {0, func(w *driver.Write) { w.Empty = true }, false},
		"a stored one without a cookie": {101, func(w *driver.Write) { w.Stay = true }, true},
		"a stored one that is empty":    {101, func(w *driver.Write) { w.Empty = true }, true},
		"what follows a renewed one":    {101, func(w *driver.Write) { w.From.Superseded, w.Payload = true, sized(60) }, false},
		"a user's":                      {0, func(w *driver.Write) { w.Owner = "ada" }, true},
	} {
		w := driver.Write{Payload: sized(200), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		if tt.before > 0 {
			value, _, err := d.Save(t.Context(), nil, w)
			if err != nil {
				t.Fatal(err)
			}
			if w.From, err = d.Load(t.Context(), string(value)); err != nil {
				t.Fatal(err)
			}
		}
		w.Payload = sized(20)
		tt.change(&w)
		if value, _, err := d.Save(t.Context(), nil, w); err != nil || driver.IsID(string(value)) != tt.stored {
			t.Errorf("%s is saved as %q, %v", what, value, err)
		}
	}
}

// A save that fails leaves the session where it was.
func TestOverflow_ASaveThatFailsEndsNothing(t *testing.T) {
	st, errFails := memstore.New(nil), errors.New("it fails")
	d := open(t, record.Overflow(readable{}, st), driver.Config{MaxCookieSize: 101})
	fails := open(t, record.Overflow(readable{errFails}, st), driver.Config{MaxCookieSize: 101})
	for _, life := range []driver.Life{driver.Keep, driver.Renew, driver.Begin} {
		w := driver.Write{Payload: sized(200), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		value, _, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{20, 60, 200} {
			if w.From, err = fails.Load(t.Context(), string(value)); err != nil {
				t.Fatal(err)
			}
			w.Life, w.Payload = life, sized(size)
			if dst, _, err := fails.Save(t.Context(), []byte("before"), w); !errors.Is(err, errFails) || string(dst) != "before" {
				t.Errorf("life %d, %d bytes: it is saved as %q, %v", life, size, dst, err)
			}
			if s, err := d.Load(t.Context(), string(value)); err != nil || s.Superseded || s.Payload != string(sized(200)) {
				t.Errorf("life %d, %d bytes: the session has %q, %v", life, size, s.Payload, err)
			}
		}
	}
}

func TestOverflow_Open_FailsWithItsCookie(t *testing.T) {
	errOpen := errors.New("it does not open")
	for what, b := range map[string]driver.Backend{
		"none": record.Overflow(nil, memstore.New(nil)), "one that does not open": record.Overflow(closed{errOpen}, memstore.New(nil)),
		"no store": record.Overflow(readable{}, nil), "records": record.Overflow(record.Stored(memstore.New(nil)), memstore.New(nil)),
	} {
		if _, err := b.Open(driver.Config{CookieName: "s"}); err == nil || errors.Is(err, errOpen) != (what == "one that does not open") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A closed backend cannot be opened.
type closed struct{ err error }

func (c closed) Open(driver.Config) (driver.Driver, error) { return nil, c.err }

// If the store does not tell whether the session has moved into the cookie, the visitor gets that,
// and the same request can end the record, or have the session in the cookie alone; but not save it
// to the record, which the cookie does not name.
func TestOverflow_AMoveIntoTheCookieWithoutAnAnswer(t *testing.T) {
	for _, outcome := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
		for _, then := range []string{"it is ended", "it is saved again", "it is to stay", "it is to stay, loaded again"} {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				d := open(t, record.Overflow(readable{}, recordtest.New(wire)), driver.Config{MaxCookieSize: 101, Timeout: time.Second})
				w := driver.Write{Payload: sized(200), At: time.Now(), Expires: time.Now().Add(time.Hour)}
				value, _, err := d.Save(t.Context(), nil, w)
				if err != nil {
					t.Fatal(err)
				}
				if w.From, err = d.Load(t.Context(), string(value)); err != nil {
					t.Fatal(err)
				}
				w.Payload = sized(20)
				wire.Begin(string(outcome))
				dst, saved, err := d.Save(t.Context(), []byte("before"), w)
				wire.Recover()
				unsettled, ok := errors.AsType[*driver.UnsettledError](err)
				if !ok || saved != nil || string(dst) != "before" {
					t.Fatalf("%c: it is saved as %q, %v, %v", outcome, dst, saved, err)
				}
				if s, err := d.Load(t.Context(), unsettled.Value); err != nil || s.Payload != string(sized(20)) {
					t.Errorf("%c: the visitor has %q, %v", outcome, s.Payload, err)
				}
				w.From.Record, w.Payload = unsettled.Record, sized(21)
				switch then {
				case "it is ended":
					if err := d.Delete(t.Context(), w.From); err != nil {
						t.Fatal(err)
					}
				case "it is saved again":
					if dst, saved, err := d.Save(t.Context(), nil, w); err != nil || saved != nil || string(dst) != string(sized(21)) {
						t.Errorf("%c: it is saved again as %q, %v, %v", outcome, dst, saved, err)
					}
				case "it is to stay, loaded again":
					if w.From, err = unsettled.Record.Reload(t.Context()); err != nil {
						return // the record does not have it
					}
					fallthrough
				case "it is to stay":
					w.Stay = true
					if _, saved, err := d.Save(t.Context(), nil, w); saved != nil || !errors.Is(err, driver.ErrUnknownOutcome) {
						t.Errorf("%c: %s: %v, %v", outcome, then, saved, err)
					}
					return
				}
				if s, err := d.Load(t.Context(), string(value)); !errors.Is(err, driver.ErrRefused) && !s.Superseded {
					t.Errorf("%c: after %s the record has %q, %v", outcome, then, s.Payload, err)
				}
			})
		}
	}
}
