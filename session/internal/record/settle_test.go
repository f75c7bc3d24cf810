package record_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
)

// A guest is a visitor of one session.
type guest struct {
	*testing.T
	d      driver.Driver
	st     *recordtest.Store
	cookie string
	now    time.Time
}

// save has the driver save a session, and keeps the cookie that the visitor gets.
func (g *guest) save(from driver.Snapshot, life driver.Life, payload string) error {
	w := driver.Write{From: from, Payload: []byte(payload), At: g.now, Expires: g.now.Add(time.Hour), Owner: "ada", Life: life}
	value, saved, err := g.d.Save(context.Background(), nil, w)
	unsettled, ok := errors.AsType[*driver.UnsettledError](err)
	switch {
	case ok:
		g.cookie = unsettled.Value
	case err == nil || saved != nil:
		g.cookie = string(value)
	}
	return err
}

func (g *guest) load() driver.Snapshot {
	s, err := g.d.Load(context.Background(), g.cookie)
	if err != nil {
		g.Fatalf("the cookie names no session: %v", err)
	}
	return s
}

// sessions counts the live ones, after a save of another visitor's, which the store answers.
func (g *guest) sessions() (n int) {
	if _, _, err := g.d.Save(context.Background(), nil, driver.Write{Payload: []byte(before), At: g.now, Expires: g.now.Add(time.Hour), Owner: "bob"}); err != nil {
		g.Fatal(err)
	}
	for _, err := range g.d.(driver.Owners).Owned(context.Background(), "ada") {
		if err != nil {
			g.Fatal(err)
		}
		n++
	}
	return n
}

// onEach opens Stored on a store that renews in one step, and on one that does not.
func onEach(t *testing.T, script string, test func(g *guest)) {
	for _, steps := range []string{"one step", "two steps"} {
		t.Run(steps+" "+script, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := recordtest.New(new(recordtest.Wire))
				var kept store.Store = st
				if steps == "two steps" {
					kept = struct {
						store.Store
						store.OwnerIndex
					}{st, st}
				}
				d, err := record.Stored(kept).Open(driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second})
				if err != nil {
					t.Fatal(err)
				}
				test(&guest{T: t, d: d, st: st, now: time.Unix(time.Now().Unix(), 0)})
			})
		})
	}
}

const before, after = `{"n":1}`, `{"n":2}`

// Told that a renewal failed, the visitor has a session; told that it succeeded, the new one, and
// the old ID is worth nothing.
func TestStored_RenewTellsTheTruth(t *testing.T) {
	recordtest.Scripts(4, func(script string) {
		onEach(t, script, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			old, from := g.cookie, g.load()
			g.st.Wire.Begin(script)
			err := g.save(from, driver.Renew, after)
			g.st.Wire.Recover()
			now := g.load()
			if err != nil && now.Payload == before && !now.Superseded {
				// Then it can be renewed, and what is under way of the first time cannot happen.
				if err := g.save(now, driver.Renew, after); err != nil {
					g.Fatalf("renewed again: %v", err)
				}
				now = g.load()
			}
			if now.Superseded || now.Payload != after {
				g.Fatalf("told %v, the visitor has %q, superseded: %v", err, now.Payload, now.Superseded)
			}
			if err != nil {
				return
			}
			if s, err := g.d.Load(context.Background(), old); err == nil && !s.Superseded {
				g.Error("the old ID still has a session")
			}
			if n := g.sessions(); n != 1 {
				g.Errorf("there are %d sessions", n)
			}
		})
	})
}

// Told that it is saved, the session has the change, once.
func TestStored_SaveTellsTheTruth(t *testing.T) {
	recordtest.Scripts(4, func(script string) {
		onEach(t, script, func(g *guest) {
			g.st.Wire.Begin(script)
			err := g.save(driver.Snapshot{}, driver.Keep, before)
			g.st.Wire.Recover()
			if err != nil {
				if g.cookie != "" {
					g.Error("told that it failed, the visitor has a cookie")
				}
				return
			}
			from := g.load()
			if from.Payload != before || g.sessions() != 1 {
				g.Fatalf("created is %q, %d times", from.Payload, g.sessions())
			}
			g.st.Wire.Begin(script)
			err = g.save(from, driver.Keep, after)
			g.st.Wire.Recover()
			if now := g.load(); err == nil && now.Payload != after {
				g.Errorf("told that it is saved, the visitor has %q", now.Payload)
			}
		})
	})
}

// A sign-in whose first save has an unknown outcome leaves no session that no visitor has, once the
// store has answered a save again; also if it makes the first one later.
func TestStored_FirstSaveLeavesNoGhost(t *testing.T) {
	recordtest.Scripts(2, func(script string) {
		if script[0] == recordtest.Fine {
			return
		}
		for _, later := range []bool{false, true} {
			onEach(t, fmt.Sprint(script, later), func(g *guest) {
				g.st.Wire.Begin(script[:1])
				if err := g.save(driver.Snapshot{}, driver.Keep, before); err == nil {
					g.Fatal("a save that the store never told of succeeded")
				}
				underWay := g.st.Wire.Hold()
				if !later {
					underWay()
				}
				g.st.Wire.Begin("f" + script[1:]) // the save of another visitor, and then the ghost's
				if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
					g.Fatal(err)
				}
				g.st.Wire.Recover()
				if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
					g.Fatal(err)
				}
				underWay()
				if n := g.sessions(); n != 2 {
					g.Errorf("there are %d sessions, of two visitors", n)
				}
			})
		}
	})
}

// A renewal that meets another request's save is not made, and leaves no session under the new ID
// once the store has answered a save again. What the other one saved can be loaded.
func TestStored_RenewThatConflictsLeavesNoGhost(t *testing.T) {
	recordtest.Scripts(2, func(script string) {
		onEach(t, script, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from, beside := g.load(), g.load()
			g.st.Wire.Between = func() {
				if err := g.save(beside, driver.Keep, after); err != nil {
					g.Error(err)
				}
			}
			again := "ff" // the old one's, and a look at it
			if script[0] == recordtest.Fine {
				again = ""
			}
			// The new ID's record, the old one's, what is saved between, and the clearing up.
			g.st.Wire.Begin("f" + script[:1] + "f" + again + script[1:])
			err := g.save(from, driver.Renew, before)
			g.st.Wire.Recover()
			if g.st.Wire.Between = nil; err == nil {
				return // in one step, before the other request
			}
			if found, loading := from.Record.Reload(context.Background()); errors.Is(err, driver.ErrConflict) && (loading != nil || found.Payload != after) {
				g.Errorf("told %v, it is loaded again as %q, %v", err, found.Payload, loading)
			}
			if now := g.load(); now.Payload != after || now.Superseded {
				g.Errorf("told %v, the visitor has %q, superseded: %v", err, now.Payload, now.Superseded)
			}
			if n := g.sessions(); n != 1 {
				g.Errorf("there are %d sessions, of one visitor", n)
			}
		})
	})
}

// Told that it has ended, the session is nowhere.
func TestStored_DeleteTellsTheTruth(t *testing.T) {
	recordtest.Scripts(3, func(script string) {
		onEach(t, script, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from := g.load()
			g.st.Wire.Begin(script)
			err := g.d.Delete(context.Background(), from)
			g.st.Wire.Recover()
			if n := g.sessions(); err == nil && n > 0 {
				g.Errorf("told that it has ended, there are %d", n)
			}
		})
	})
}

// Two renewals of one session, neither of which the store tells the outcome of.
func TestStored_SecondRenewalBesideOneUnderWay(t *testing.T) {
	for _, second := range []string{"dddddddd", "rrrrrrrr", "lr", "dr", "fr", "ffr", "rf", "df", "lf"} {
		onEach(t, second, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from := g.load()
			g.st.Wire.Begin(string(recordtest.Late))
			if err := g.save(from, driver.Renew, after); err == nil {
				g.Fatal("a renewal that the store never told of succeeded")
			}
			underWay := g.st.Wire.Hold()
			from = g.load()
			g.st.Wire.Begin(second)
			err := g.save(from, driver.Renew, fmt.Sprintf(`{"n":%d}`, 3))
			underWay()
			g.st.Wire.Recover()
			if now := g.load(); now.Superseded || err == nil && now.Payload != `{"n":3}` {
				g.Errorf("told %v, the visitor has %q, superseded: %v", err, now.Payload, now.Superseded)
			}
		})
	}
}

// A save of another request is not taken for one's own, whose answer did not come.
func TestStored_SaveOfAnotherIsNotTakenForOwn(t *testing.T) {
	for _, first := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
		onEach(t, string(first)+string(recordtest.Fine), func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from := g.load()
			other, err := record.Stored(g.st.Store).Open(driver.Config{CookieName: "s"})
			if err != nil {
				g.Fatal(err)
			}
			g.st.Wire.Begin(string(first) + string(recordtest.Fine))
			g.st.Wire.Between = func() {
				s, err := other.Load(context.Background(), g.cookie)
				if err != nil {
					g.Fatal(err)
				}
				w := driver.Write{From: s, Payload: []byte(`{"n":9}`), At: g.now, Expires: g.now.Add(time.Hour), Owner: "ada"}
				if _, _, err := other.Save(context.Background(), nil, w); err != nil {
					g.Fatal(err)
				}
			}
			err = g.save(from, driver.Keep, after)
			g.st.Wire.Recover()
			if now := g.load(); err == nil || !strings.Contains(err.Error(), "another request has saved the session since") || now.Payload != `{"n":9}` {
				g.Errorf("told %v, the visitor has %q", err, now.Payload)
			}
		})
	}
}

// A second save from what was loaded, whose first save the store told nothing of, has the edits of
// Beside a save whose outcome is not known, another request saved the session: nobody can tell
// A renewal of unknown outcome may be made after the session was loaded with the cookie that names
// both IDs, and after what it leaves under the old one has expired. The session goes on.
func TestStored_SaveFollowsALateRenewal(t *testing.T) {
	met := 0
	recordtest.Scripts(3, func(script string) {
		onEach(t, script, func(g *guest) {
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				g.Fatal(err)
			}
			from := g.load()
			g.st.Wire.Begin(script)
			err := g.save(from, driver.Renew, after)
			underWay := g.st.Wire.Hold()
			if _, ok := errors.AsType[*driver.UnsettledError](err); !ok {
				underWay()
				return
			}
			from = g.load()
			time.Sleep(2 * time.Minute)
			underWay()
			err = g.save(from, driver.Keep, `{"n":3}`)
			if errors.Is(err, driver.ErrConflict) {
				met++
				if from, err = from.Record.Reload(context.Background()); err == nil {
					err = g.save(from, driver.Keep, `{"n":3}`)
				}
			}
			if now := g.load(); err != nil || now.Payload != `{"n":3}` {
				g.Errorf("told %v, the visitor has %q", err, now.Payload)
			}
		})
	})
	if met == 0 {
		t.Error("no save met a late renewal")
	}
}

// A store may create a record long after it was asked to, when the session has been signed out. No
// visitor has the ID of that record.
func TestStored_ALateFirstSaveBringsNothingBack(t *testing.T) {
	recordtest.Scripts(3, func(script string) {
		onEach(t, script, func(g *guest) {
			g.st.Wire.Begin(script)
			err := g.save(driver.Snapshot{}, driver.Keep, before)
			underWay := g.st.Wire.Hold()
			if err != nil {
				return
			}
			if err := g.d.Delete(context.Background(), g.load()); err != nil {
				g.Fatal(err)
			}
			underWay()
			if s, err := g.d.Load(context.Background(), g.cookie); err == nil {
				g.Errorf("the session is back, with %q", s.Payload)
			}
			if n := g.sessions(); n != 0 {
				g.Errorf("there are %d sessions", n)
			}
		})
	})
}
