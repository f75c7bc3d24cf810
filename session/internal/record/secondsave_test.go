package record_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// the first too. It succeeds, or says that it is not known: ErrConflict would have them made twice.
func TestStored_SecondSaveIsNeverAConflictWithTheFirst(t *testing.T) {
	lives := []driver.Life{driver.Keep, driver.Renew}
	recordtest.Scripts(2, func(second string) {
		for _, first := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
			onEach(t, string(first)+", then "+second, func(g *guest) {
				for _, life := range lives {
					g.cookie = ""
					if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
						g.Fatal(err)
					}
					old, from := g.cookie, g.load()
					g.st.Wire.Begin(string(first))
					err := g.save(from, life, after)
					if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok {
						from.Record = unsettled.Record
					} else if err == nil {
						g.Fatal("a save that the store never told of succeeded")
					}
					g.st.Wire.Begin(second)
					err = g.save(from, life, `{"n":3}`)
					g.st.Wire.Recover()
					if errors.Is(err, driver.ErrConflict) || errors.Is(err, driver.ErrEnded) || err != nil && second == "ff" {
						g.Errorf("life %d: told %v", life, err)
					}
					if now := g.load(); now.Superseded || err == nil && now.Payload != `{"n":3}` {
						g.Errorf("life %d: told %v, the visitor has %q, superseded: %v", life, err, now.Payload, now.Superseded)
					}
					if s, loading := g.d.Load(context.Background(), old); err == nil && life == driver.Renew && loading == nil && !s.Superseded {
						g.Error("the old ID still has a session")
					}
				}
			})
		}
	})
}

// whether the first was made, also the second time.
func TestStored_SecondSaveAfterAnotherRequestIsUnknown(t *testing.T) {
	for _, first := range []rune{recordtest.Refused, recordtest.Lost} {
		onEach(t, string(first), func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from := g.load()
			g.st.Wire.Begin(string(first))
			if err := g.save(from, driver.Keep, after); err == nil {
				g.Fatal("a save that the store never told of succeeded")
			}
			g.st.Wire.Recover()
			if s, err := from.Record.Reload(context.Background()); (err == nil) != (first == recordtest.Refused) || err == nil && s.Payload != before {
				g.Errorf("it was reloaded as %q, %v", s.Payload, err)
			}
			if err := g.save(g.load(), driver.Keep, `{"n":9}`); err != nil {
				g.Fatal(err)
			}
			for range 2 {
				err := g.save(from, driver.Keep, `{"n":3}`)
				if err == nil || errors.Is(err, driver.ErrConflict) || errors.Is(err, driver.ErrEnded) {
					g.Errorf("told %v", err)
				}
			}
			if _, err := from.Record.Reload(context.Background()); err == nil {
				g.Error("it was reloaded, and the edits of the first save would be made again")
			}
			if now := g.load(); now.Payload != `{"n":9}` {
				g.Errorf("the visitor has %q", now.Payload)
			}
		})
	}
}

// A forgetful store tells no version when it saves, as memcached does not.
type forgetful struct{ *memstore.Store }

func (f forgetful) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	_, err := f.Store.Save(ctx, id, r)
	return 0, err
}

// A second save in one request, which may arrive late, does not create what was signed out.
func TestStored_SecondSaveCreatesNothing(t *testing.T) {
	d, err := record.Stored(forgetful{memstore.New(nil)}).Open(driver.Config{CookieName: "s", MaxCookieSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour)}
	cookie, saved, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Load(t.Context(), string(cookie))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.From = driver.Snapshot{Payload: before, Record: saved}
	if _, _, err := d.Save(t.Context(), nil, w); !errors.Is(err, driver.ErrConflict) {
		t.Errorf("the second save returns %v, and not that it has to load the session", err)
	}
	if _, err := d.Load(t.Context(), string(cookie)); !errors.Is(err, driver.ErrUnknown) {
		t.Errorf("the session is there again (%v)", err)
	}
}

// A session that is adopted is created once, also if the store did not tell of the first save.
func TestStored_SecondSaveOfAnAdoptedSessionCreatesIt(t *testing.T) {
	for _, first := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
		onEach(t, string(first), func(g *guest) {
			value := driver.NewID()
			adopted, ok := g.d.(driver.Adopter).Adopt(value)
			if !ok {
				g.Fatal("an ID is not adopted")
			}
			g.st.Wire.Begin(string(first))
			if err := g.save(driver.Snapshot{Record: adopted}, driver.Keep, before); err == nil {
				g.Fatal("a save that the store never told of succeeded")
			}
			g.st.Wire.Begin(string(recordtest.Fine))
			err := g.save(driver.Snapshot{Record: adopted}, driver.Keep, after)
			g.st.Wire.Recover()
			if now := g.load(); err != nil || g.cookie != value || now.Payload != after {
				g.Errorf("told %v, the visitor has %q", err, now.Payload)
			}
		})
	}
}

// A save that the store makes late is not taken for the next one of the same request, whose answer
// was lost: that has other content, or is word that the session has moved.
func TestStored_AFirstSaveThatIsLateIsNotTakenForTheSecond(t *testing.T) {
	for what, second := range map[string]func(g *guest, from driver.Snapshot) (done bool){
		"saved": func(g *guest, from driver.Snapshot) bool {
			err := g.save(from, driver.Keep, `{"n":3}`)
			return err != nil || g.load().Payload == `{"n":3}`
		},
		"renewed": func(g *guest, from driver.Snapshot) bool {
			old := g.cookie
			err := g.save(from, driver.Renew, `{"n":3}`)
			left, loading := g.d.Load(context.Background(), old)
			return err != nil || g.load().Payload == `{"n":3}` && (left.Superseded || errors.Is(loading, driver.ErrRefused))
		},
		"retired": func(g *guest, from driver.Snapshot) bool {
			w := driver.Write{From: from, Leave: []byte(before), At: g.now, Expires: g.now.Add(time.Hour)}
			err := g.d.(driver.Retirer).Retire(context.Background(), w)
			return err != nil || g.load().Superseded
		},
		"moved": func(g *guest, from driver.Snapshot) bool {
			w := driver.Write{From: from, Move: "a move", At: g.now, Expires: g.now.Add(time.Hour)}
			err := g.d.(driver.Departer).Depart(context.Background(), w)
			_, loading := g.d.Load(context.Background(), g.cookie)
			return err != nil || errors.Is(loading, driver.ErrEnded)
		},
	} {
		recordtest.Scripts(4, func(script string) {
			onEach(t, what+" "+script, func(g *guest) {
				if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
					g.Fatal(err)
				}
				from, wire := g.load(), g.st.Wire
				wire.Begin(string(recordtest.Late))
				if err := g.save(from, driver.Keep, after); err == nil {
					g.Fatal("a save that the store never told of succeeded")
				}
				wire.Between = wire.Hold()
				wire.Begin(script + string(recordtest.Fine))
				done := second(g, from)
				wire.Recover()
				if !done {
					g.Errorf("the session is %s, and then it is not", what)
				}
			})
		})
	}
}

// However many saves of a request have an unknown outcome, the next one that the store answers is
// what the session has.
func TestStored_SavesOfUnknownOutcomeMayFollowEachOther(t *testing.T) {
	recordtest.Scripts(3, func(outcomes string) {
		onEach(t, outcomes, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from, wire := g.load(), g.st.Wire
			for i, outcome := range outcomes {
				wire.Begin(string(recordtest.Fine) + string(outcome)) // what is there, and then the save
				if i == 0 {
					wire.Begin(string(outcome))
				}
				if err := g.save(from, driver.Keep, fmt.Sprintf(`{"n":%d}`, i+2)); err == nil {
					return // what follows has to be loaded
				}
				wire.Recover()
			}
			if err := g.save(from, driver.Keep, `{"n":9}`); err != nil {
				g.Errorf("the store answers again, and the save returns %v", err)
			}
			if now := g.load(); now.Payload != `{"n":9}` {
				g.Errorf("the visitor has %q", now.Payload)
			}
		})
	})
}
