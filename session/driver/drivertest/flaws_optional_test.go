package drivertest_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// Flaws in the optional interfaces.
var optionalFlaws = []flaw{
	{"TouchesNothing", "Touch Expiry/TouchProlongs TouchOfEnded", func(h *hooks) {
		h.touch = func(context.Context, driver.Snapshot, time.Time, time.Time) error { return nil }
	}},
	{"TouchIsExact", "TouchNeverSetsBack", func(h *hooks) {
		h.touch = func(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
			now, err := from.Record.Reload(ctx)
			if err != nil {
				return driver.ErrEnded
			}
			_, _, err = h.full.Save(ctx, nil, driver.Write{From: now, Payload: []byte(now.Payload), At: at, Expires: expires})
			return err
		}
	}},
	{"TouchWritesWhatWasLoaded", "TouchConflict", func(h *hooks) {
		h.touch = func(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
			now, err := from.Record.Reload(ctx)
			if err != nil {
				return driver.ErrEnded
			}
			_, _, err = h.full.Save(ctx, nil, driver.Write{From: now, Payload: []byte(from.Payload), At: at, Expires: expires})
			return err
		}
	}},
	{"TouchRevives", "TouchOfSuperseded", func(h *hooks) {
		h.touch = func(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
			if from.Superseded {
				from.Superseded = false
				_, _, err := h.full.Save(ctx, nil, driver.Write{From: from, Payload: []byte(from.Payload), At: at, Expires: expires})
				return err
			}
			return h.full.Touch(ctx, from, at, expires)
		}
	}},
	{"SharesWhatOverwrites", "Shared", func(h *hooks) {
		type overwrites struct{ driver.Record }
		h.share = func(r driver.Sharer) driver.Record { return overwrites{r} }
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if r, ok := w.From.Record.(overwrites); ok {
				var err error
				if w.From, err = r.Reload(ctx); err != nil {
					return dst, nil, err
				}
			}
			return h.full.Save(ctx, dst, w)
		}
	}},
	{"OwnedByPrefix", "Owned", func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
			return func(yield func(driver.Snapshot, error) bool) {
				for _, name := range []string{owner, owner + "2"} {
					for s, err := range h.full.Owned(ctx, name) {
						if !yield(h.wrap(s, err)) {
							return
						}
					}
				}
			}
		}
	}},
	{"NobodyOwnsAll", "OwnedByNobody", func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
			if owner == "" {
				return h.each(h.full.All(ctx))
			}
			return h.each(h.full.Owned(ctx, owner))
		}
	}},
	{"KeepsTheFirstOwner", "OwnerChanges", func(h *hooks) {
		var mu sync.Mutex
		first := map[string]string{}
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			mu.Lock()
			defer mu.Unlock()
			if w.From.Record != nil && first[w.From.Record.ID()] != "" {
				w.Owner = first[w.From.Record.ID()]
			}
			out, r, err := h.full.Save(ctx, dst, w)
			if err == nil {
				first[r.ID()] = w.Owner
			}
			return out, r, err
		}
	}},
	{"ListsNoRecords", "Owned OwnedCanBeChanged", func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
			return func(yield func(driver.Snapshot, error) bool) {
				for s, err := range h.full.Owned(ctx, owner) {
					s.Record = nil
					if !yield(s, err) {
						return
					}
				}
			}
		}
	}},
	{"OwnedGoesOn", "OwnedStops", func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
			return func(yield func(driver.Snapshot, error) bool) {
				for s, err := range h.full.Owned(ctx, owner) {
					yield(h.wrap(s, err))
				}
			}
		}
	}},
	{"AllGoesOn", "AllStops", func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[driver.Snapshot, error] {
			return func(yield func(driver.Snapshot, error) bool) {
				for s, err := range h.full.All(ctx) {
					yield(h.wrap(s, err))
				}
			}
		}
	}},
	{"AllYieldsTwice", "All", func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[driver.Snapshot, error] {
			return func(yield func(driver.Snapshot, error) bool) {
				for range 2 {
					for s, err := range h.full.All(ctx) {
						if !yield(h.wrap(s, err)) {
							return
						}
					}
				}
			}
		}
	}},
	{"EndsExceptions", "EndOwned", func(h *hooks) {
		h.endOwned = func(ctx context.Context, owner string, _ ...string) (int, error) { return h.full.EndOwned(ctx, owner) }
	}},
	{"EndOwnedEndsNothing", "EndOwned EndOwnedThenSave", func(h *hooks) {
		h.endOwned = func(context.Context, string, ...string) (int, error) { return 0, nil }
	}},
	{"EndsWhoeversItIs", "EndOne", func(h *hooks) {
		h.endOne = func(ctx context.Context, owner, id string) (bool, error) {
			for s, err := range h.full.All(ctx) {
				if err == nil && s.Record.ID() == id {
					return true, h.full.Delete(ctx, s)
				}
			}
			return false, nil
		}
	}},
	{"EndsInTwoSteps", "EndOneInOneStep", func(h *hooks) {
		h.endOne = func(ctx context.Context, owner, id string) (bool, error) {
			for s, err := range h.full.Owned(ctx, owner) {
				if err == nil && s.Record.ID() == id {
					time.Sleep(100 * time.Microsecond)
					return true, h.full.Delete(ctx, s)
				}
			}
			return false, nil
		}
	}},
	{"EndOneRefusesNonsense", "EndOne", func(h *hooks) {
		h.endOne = func(ctx context.Context, owner, id string) (bool, error) {
			if len(id) != 64 {
				return false, errors.New("that is not an ID")
			}
			return h.full.EndOne(ctx, owner, id)
		}
	}},
	{"AdoptsAnything", "AdoptOfNonsense", func(h *hooks) {
		h.adopt = func(value string) (driver.Record, bool) {
			if r, ok := h.full.Adopt(value); ok {
				return r, true
			}
			return h.full.Adopt(driver.NewID())
		}
	}},
	{"AdoptWrites", "AdoptWritesNothing AdoptCreates", func(h *hooks) {
		h.adopt = func(value string) (driver.Record, bool) {
			r, ok := h.full.Adopt(value)
			if ok {
				_, _, _ = h.full.Save(context.Background(), nil, driver.Write{
					From: driver.Snapshot{Record: r}, Payload: []byte("{}"), At: time.Now(), Expires: time.Now().Add(time.Hour),
				})
			}
			return r, ok
		}
	}},
	{"AdoptsUnderNewIDs", "AdoptCreates AdoptTaken OneAdopterWins AdoptEnded", func(h *hooks) { saves(h, adopting, asNew(h)) }},
	{"AdoptsForKeepOnly", "AdoptRenews", func(h *hooks) {
		saves(h, func(w driver.Write) bool { return adopting(w) && w.Life == driver.Renew }, asNew(h))
	}},
	{"AdoptReplaces", "AdoptTaken OneAdopterWins AdoptEnded AdoptEndedByBegin Expiry/MarkLasts", func(h *hooks) {
		saves(h, func(w driver.Write) bool { return adopting(w) && w.Life == driver.Keep }, func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if errors.Is(err, driver.ErrConflict) {
				return asNew(h)(ctx, dst, w)
			}
			return out, r, err
		})
	}},
	{"BeginLeavesNoMark", "AdoptEndedByBegin", func(h *hooks) {
		saves(h, func(w driver.Write) bool { return adopting(w) && w.Life == driver.Begin }, asNew(h))
	}},
	{"DeleteLeavesNoMark", "AdoptEnded Expiry/MarkLasts", func(h *hooks) {
		h.remove = func(ctx context.Context, from driver.Snapshot) error {
			if from.Record != nil && from.Payload == "" {
				if now, err := from.Record.Reload(ctx); err == nil {
					return h.full.Delete(ctx, now)
				}
				return nil
			}
			return h.full.Delete(ctx, from)
		}
	}},
	{"MarkSparesTheLiving", "AdoptEndedWhenTaken", func(h *hooks) {
		h.remove = func(ctx context.Context, from driver.Snapshot) error {
			if from.Record != nil && from.Payload == "" {
				if _, err := from.Record.Reload(ctx); err == nil {
					return nil
				}
			}
			return h.full.Delete(ctx, from)
		}
	}},
	{"RetiresNothing", "Retire RetireLeavesNothing RetireLeavesForAMinute RetireConflict RetireEnded RetiredIsNotOwned Expiry/RetiredForAMinute", func(h *hooks) {
		h.retire = func(context.Context, driver.Write) error { return nil }
	}},
	{"RetireDeletes", "Retire RetireConflict RetireEnded Expiry/RetiredForAMinute", func(h *hooks) {
		h.retire = func(ctx context.Context, w driver.Write) error { return h.full.Delete(ctx, w.From) }
	}},
	{"RetireLeavesThePayload", "Retire RetireLeavesNothing", func(h *hooks) {
		h.retire = func(ctx context.Context, w driver.Write) error {
			w.Leave = w.Payload
			return h.full.Retire(ctx, w)
		}
	}},
	{"DepartsNothing", "Depart DepartConflict DepartEnded DepartedIsNotOwned Expiry/DepartedUntilItExpires", func(h *hooks) {
		h.depart = func(context.Context, driver.Write) error { return nil }
	}},
	{"DepartDeletes", "Depart DepartConflict DepartEnded Expiry/DepartedUntilItExpires", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error { return h.full.Delete(ctx, w.From) }
	}},
	{"DepartForgetsTheMove", "Depart Expiry/DepartedUntilItExpires", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			w.Move = "another"
			return h.full.Depart(ctx, w)
		}
	}},
	{"DepartsForAMinute", "Expiry/DepartedUntilItExpires", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			w.Expires = w.At.Add(time.Minute)
			return h.full.Depart(ctx, w)
		}
	}},
	{"DepartsForDays", "Expiry/DepartedUntilItExpires", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			w.Expires = w.Expires.Add(48 * time.Hour)
			return h.full.Depart(ctx, w)
		}
	}},
	{"ArrivesAtOnce", "Arrival", func(h *hooks) {
		h.move = func(driver.Record) string { return "" }
	}},
	{"NeverArrives", "Arrival", func(h *hooks) {
		changed(h, func(w *driver.Write) {
			if w.From.Record != nil {
				w.Move = "still"
			}
		})
	}},
	{"RetiresForAnHour", "RetireLeavesForAMinute Expiry/RetiredForAMinute", func(h *hooks) {
		h.retire = func(ctx context.Context, w driver.Write) error {
			w.At = w.At.Add(time.Hour)
			return h.full.Retire(ctx, w)
		}
	}},
}

// adopting reports whether a write creates an adopted record: it comes without a payload.
func adopting(w driver.Write) bool { return w.From.Record != nil && w.From.Payload == "" }
