package drivertest_test

import (
	"context"
	"errors"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// saves replaces Save where the condition holds.
func saves(h *hooks, when func(w driver.Write) bool, f func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error)) {
	before := h.full.Save
	if h.save != nil {
		before = h.save
	}
	h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
		if when(w) {
			return f(ctx, dst, w)
		}
		return before(ctx, dst, w)
	}
}

func life(l driver.Life) func(w driver.Write) bool {
	return func(w driver.Write) bool { return w.Life == l && w.From.Record != nil && !w.From.Superseded }
}

// asNew saves a session as a new one.
func asNew(h *hooks) func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	return func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
		w.From, w.Life = driver.Snapshot{}, driver.Keep
		return h.full.Save(ctx, dst, w)
	}
}

// asLife saves with another Life.
func asLife(h *hooks, l driver.Life) func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	return func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
		w.Life = l
		return h.full.Save(ctx, dst, w)
	}
}

// Flaws in what a save means for the identity, in Delete and in records.
var lifeFlaws = []flaw{
	{"KeepIsNew", "Keep Conflict Ended", func(h *hooks) { saves(h, life(driver.Keep), asNew(h)) }},
	{"RenewKeeps", "Renew RenewLeaves RenewLeavesNothing", func(h *hooks) { saves(h, life(driver.Renew), asLife(h, driver.Keep)) }},
	{"RenewLeavesTheOld", "Renew RenewLeaves RenewedIsNotSaved OwnedOfMoved EndOneInOneStep All", func(h *hooks) { saves(h, life(driver.Renew), asNew(h)) }},
	{"RenewLeavesThePayload", "RenewLeaves RenewLeavesNothing", func(h *hooks) {
		changed(h, func(w *driver.Write) {
			if w.Life == driver.Renew {
				w.Leave = w.Payload
			}
		})
	}},
	{"RenewLeavesForAnHour", "RenewLeavesForAMinute Expiry/LeftForAMinute", func(h *hooks) {
		saves(h, life(driver.Renew), func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			w.At = w.At.Add(time.Hour)
			return h.full.Save(ctx, dst, w)
		})
	}},
	{"RenewLeavesNothingAtAll", "RenewLeaves Expiry/LeftForAMinute", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if s.Superseded {
				return driver.Snapshot{}, driver.ErrUnknown
			}
			return s, err
		}
	}},
	{"RenewedIsEnded", "RenewedIsAConflict", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, record, err := h.full.Save(ctx, dst, w)
			if w.Life == driver.Renew && errors.Is(err, driver.ErrConflict) {
				err = driver.ErrEnded
			}
			return out, record, err
		}
	}},
	{"BegunLives", "Begin", func(h *hooks) { saves(h, life(driver.Begin), asNew(h)) }},
	{"BeginKeeps", "Begin", func(h *hooks) { saves(h, life(driver.Begin), asLife(h, driver.Keep)) }},
	{"SupersededIsReplaced", "SupersededIsNotSaved", func(h *hooks) {
		saves(h, func(w driver.Write) bool { return w.From.Superseded }, func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			w.From.Superseded, w.Life = false, driver.Keep
			return h.full.Save(ctx, dst, w)
		})
	}},
	{"StayMoves", "Stay", func(h *hooks) {
		saves(h, func(w driver.Write) bool { return w.Stay }, func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			w.Life = driver.Renew
			return h.full.Save(ctx, dst, w)
		})
	}},
	{"LastSaveWins", "Conflict NoUpdateIsLost", func(h *hooks) {
		saves(h, life(driver.Keep), func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			for {
				fresh, err := w.From.Record.Reload(ctx)
				if err != nil {
					return dst, nil, driver.ErrEnded
				}
				w.From = fresh
				out, r, err := h.full.Save(ctx, dst, w)
				if !errors.Is(err, driver.ErrConflict) {
					return out, r, err
				}
			}
		})
	}},
	{"ConflictIsAnyError", "Conflict NoUpdateIsLost", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if errors.Is(err, driver.ErrConflict) {
				err = errors.New("the database says: version mismatch")
			}
			return out, r, err
		}
	}},
	{"ReloadsTheOld", "Reload SavedRecord", func(h *hooks) {
		h.reload = func(ctx context.Context, r driver.Record) (driver.Snapshot, error) {
			s, err := r.Reload(ctx)
			s.Payload = "{}"
			return s, err
		}
	}},
	{"DeletesNothing", "Delete DeleteOfAnOldSnapshot Ended SavedRecord TouchOfEnded RetireEnded AdoptEnded EndedStaysEnded", func(h *hooks) {
		h.remove = func(context.Context, driver.Snapshot) error { return nil }
	}},
	{"DeletesThatVersionOnly", "DeleteOfAnOldSnapshot", func(h *hooks) {
		h.remove = func(ctx context.Context, from driver.Snapshot) error {
			if from.Record != nil && from.Payload != "" {
				if now, err := from.Record.Reload(ctx); err == nil && now.Payload != from.Payload {
					return nil
				}
			}
			return h.full.Delete(ctx, from)
		}
	}},
	{"BringsBack", "Ended Begin EndOwnedThenSave EndOne", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if errors.Is(err, driver.ErrEnded) {
				return asNew(h)(ctx, dst, w)
			}
			return out, r, err
		}
	}},
	{"EndedIsConflict", "Ended Begin", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if errors.Is(err, driver.ErrEnded) {
				err = driver.ErrConflict
			}
			return out, r, err
		}
	}},
	{"TheIDIsTheValue", "IDIsNoValue", func(h *hooks) {
		const name = "session-of-id-"
		h.id = func(r driver.Record) string { return name + r.ID() }
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			if len(value) > len(name) && value[:len(name)] == name {
				return driver.Snapshot{Payload: "{}"}, nil
			}
			return h.full.Load(ctx, value)
		}
	}},
	{"ForgetsTheName", "OtherCookieName", func(h *hooks) {}},
	{"ForgetsThePurpose", "OtherPurpose", func(h *hooks) {}},
	{"EndsEarly", "Expiry/KeptUntilItExpires", func(h *hooks) { changed(h, func(w *driver.Write) { w.Expires = w.Expires.Add(-time.Second) }) }},
	{"MixesUp", "ConcurrentSessions", func(h *hooks) {
		changed(h, func(w *driver.Write) {
			p := w.Payload
			time.Sleep(time.Microsecond)
			if len(p) > 0 && w.Owner != "" && len(w.Owner) > 36 {
				w.Payload = []byte(`{"value":"0 0"}`)
			}
		})
	}},
}
