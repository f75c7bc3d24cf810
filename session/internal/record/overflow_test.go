package record_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store/memstore"
)

// A readable is a backend whose cookies are the payload, so that their size is that of the payload.
type readable struct{}

func (readable) Open(driver.Config) (driver.Driver, error) { return readable{}, nil }
func (readable) Info() driver.Info                         { return driver.Info{Name: "readable", Codec: driver.JSON} }

func (readable) Load(_ context.Context, value string) (driver.Snapshot, error) {
	return driver.Snapshot{Payload: value}, nil
}

func (readable) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	return append(dst, w.Payload...), nil, nil
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

// A session that begins anew, in its cookie, leaves nothing in the store; one that moves leaves word
// of it for a minute.
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
