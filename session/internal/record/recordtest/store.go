// Package recordtest has a store that is not reliable, to test drivers that keep records.
package recordtest

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// What becomes of a call to a store, a letter of a [Wire]'s script.
const (
	Fine    = 'f'
	Refused = 'r' // the store does nothing, and the caller gets an error
	Lost    = 'l' // the store does it, and the caller gets an error
	Late    = 'd' // the caller gets an error, and the store does it after all other calls
)

// Scripts passes on every script of so many letters.
func Scripts(letters int, use func(string)) {
	if letters == 0 {
		use("")
		return
	}
	Scripts(letters-1, func(rest string) {
		for _, letter := range []rune{Fine, Refused, Lost, Late} {
			use(string(letter) + rest)
		}
	})
}

var errLost = errors.New("the connection broke")

// A Wire leads to one or more stores. It does with each call what its script says, and with those
// after the script's end what the last letter says. The zero value does nothing to them.
type Wire struct {
	script string
	calls  int
	late   []func()

	Between func() // is called once, before the second call
}

// Begin starts a script.
func (w *Wire) Begin(script string) { w.script, w.calls = script, 0 }

// Hold ends the script, and returns what does what is still under way.
func (w *Wire) Hold() (arrive func()) {
	underWay := w.late
	w.script, w.late = "", nil
	return func() {
		for _, do := range underWay {
			do()
		}
	}
}

// Recover ends the script, and does what is still under way.
func (w *Wire) Recover() { w.Hold()() }

func (w *Wire) call(do func() error) error {
	if w.script == "" {
		return do()
	}
	letter := w.script[min(w.calls, len(w.script)-1)]
	w.calls++
	if w.calls == 2 && w.Between != nil {
		w.Between()
	}
	switch letter {
	case Refused:
		return errLost
	case Lost:
		_ = do()
		return errLost
	case Late:
		w.late = append(w.late, func() { _ = do() })
		return errLost
	}
	return do()
}

// A Store is one in memory at the end of a wire.
type Store struct {
	*memstore.Store
	Wire *Wire
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Toucher = (*Store)(nil)
	_ store.Mover   = (*Store)(nil)
)

// New returns an empty store.
func New(w *Wire) *Store { return &Store{memstore.New(nil), w} }

// Load is on the wire like every other call.
func (s *Store) Load(ctx context.Context, id store.ID) (r store.Record, err error) {
	err = s.Wire.call(func() (err error) { r, err = s.Store.Load(context.WithoutCancel(ctx), id); return err })
	return r, err
}

// Save copies the data: its caller may write to it before a late call arrives.
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (version uint64, err error) {
	r.Data = bytes.Clone(r.Data)
	err = s.Wire.call(func() (err error) {
		version, err = s.Store.Save(context.WithoutCancel(ctx), id, r)
		return err
	})
	return version, err
}

// Move copies the data, as Save does.
func (s *Store) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (version uint64, err error) {
	r.Data, mark.Data = bytes.Clone(r.Data), bytes.Clone(mark.Data)
	err = s.Wire.call(func() (err error) {
		version, err = s.Store.Move(context.WithoutCancel(ctx), from, to, r, mark)
		return err
	})
	return version, err
}

// Touch is on the wire like every other call.
func (s *Store) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	return s.Wire.call(func() error { return s.Store.Touch(context.WithoutCancel(ctx), id, version, used, expires) })
}

// Delete is on the wire like every other call.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	return s.Wire.call(func() error { return s.Store.Delete(context.WithoutCancel(ctx), id) })
}
