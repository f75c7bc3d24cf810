package drivertest_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// failing reports whether the engine failed a call: a good driver returns its error.
func failing(err error) bool { return errors.Is(err, errDown) || errors.Is(err, errLost) }

// saving replaces what Save returns if the engine failed.
func saving(h *hooks, f func(out []byte, r driver.Record, w driver.Write, err error) ([]byte, driver.Record, error)) {
	h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
		out, r, err := h.full.Save(ctx, dst, w)
		if failing(err) {
			return f(out, r, w, err)
		}
		return out, r, err
	}
}

// Flaws of a driver whose engine fails.
var faultFlaws = []flaw{
	{"DownIsUnknown", "Faults/EngineDown", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if failing(err) {
				err = driver.ErrUnknown
			}
			return s, err
		}
	}},
	{"DownIsEmpty", "Faults/EngineDown", func(h *hooks) {
		h.reload = func(ctx context.Context, r driver.Record) (driver.Snapshot, error) {
			s, err := r.Reload(ctx)
			if failing(err) {
				err = nil
			}
			return s, err
		}
	}},
	{"LostIsAConflict", "Faults/UnknownCreate Faults/UnknownKeep Faults/UnknownRenew Faults/UnknownBegin", func(h *hooks) {
		saving(h, func(out []byte, _ driver.Record, _ driver.Write, _ error) ([]byte, driver.Record, error) {
			return out, nil, driver.ErrConflict
		})
	}},
	{"LostCountsAsSaved", "Faults/UnknownCreate Faults/UnknownKeep Faults/UnknownBegin", func(h *hooks) {
		saving(h, func(out []byte, r driver.Record, w driver.Write, err error) ([]byte, driver.Record, error) {
			if w.From.Record == nil || w.Life != driver.Renew {
				return append(out, driver.NewID()...), w.From.Record, nil
			}
			return out, r, err
		})
	}},
	{"SavesInTwoSteps", "Faults/UnknownKeep", func(h *hooks) { // it deletes the record first
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if w.From.Record == nil || w.Life != driver.Keep {
				return h.full.Save(ctx, dst, w)
			}
			if err := h.full.Delete(ctx, w.From); err != nil {
				return dst, nil, err
			}
			w.From = driver.Snapshot{}
			return h.full.Save(ctx, dst, w)
		}
	}},
	{"MeetsItsOwnSave", "Faults/UnknownThenSaved", func(h *hooks) {
		unknown := map[driver.Record]bool{}
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if unknown[w.From.Record] {
				return dst, nil, driver.ErrConflict
			}
			out, r, err := h.full.Save(ctx, dst, w)
			if failing(err) && w.From.Record != nil {
				unknown[w.From.Record] = true
			}
			return out, r, err
		}
	}},
	{"ReloadsItsOwnSave", "Faults/UnknownThenReloaded", func(h *hooks) {
		var last string
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			last = value
			return h.full.Load(ctx, value)
		}
		h.reload = func(ctx context.Context, r driver.Record) (driver.Snapshot, error) {
			s, err := r.Reload(ctx)
			if errors.Is(err, driver.ErrUnknownOutcome) {
				return h.full.Load(ctx, last)
			}
			return s, err
		}
	}},
	{"SharesWhatMayHaveChanged", "Faults/UnknownShared", func(h *hooks) {
		h.share = func(r driver.Sharer) driver.Record {
			if shared := r.Share(); shared != nil {
				return shared
			}
			return r
		}
	}},
	{"SharesItself", "Faults/UnknownShared", func(h *hooks) {
		h.share = func(r driver.Sharer) driver.Record {
			if r.Share() == nil {
				return nil
			}
			return r
		}
	}},
	{"BelievesTheErrorOfARenewal", "Faults/UnknownRenew", func(h *hooks) {
		saving(h, func(out []byte, r driver.Record, _ driver.Write, err error) ([]byte, driver.Record, error) {
			if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok {
				err = unsettled.Err
			}
			return out, r, err
		})
	}},
	{"BelievesThatItRenewed", "Faults/UnknownRenew", func(h *hooks) {
		saving(h, func(out []byte, r driver.Record, _ driver.Write, err error) ([]byte, driver.Record, error) {
			if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok {
				unsettled.Value, _, _ = strings.Cut(unsettled.Value, "~")
			}
			return out, r, err
		})
	}},
	{"ForgetsErrorsOfDelete", "Faults/UnknownDelete", func(h *hooks) {
		h.remove = func(ctx context.Context, from driver.Snapshot) error {
			if err := h.full.Delete(ctx, from); !failing(err) {
				return err
			}
			return nil
		}
	}},
	{"LostTouchIsEnded", "Faults/UnknownTouch", func(h *hooks) {
		h.touch = func(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
			if err := h.full.Touch(ctx, from, at, expires); !failing(err) {
				return err
			}
			return driver.ErrEnded
		}
	}},
	{"ForgetsErrorsOfRetire", "Faults/UnknownRetire", func(h *hooks) {
		h.retire = func(ctx context.Context, w driver.Write) error {
			if err := h.full.Retire(ctx, w); !failing(err) {
				return err
			}
			return nil
		}
	}},
	{"LostRetirementIsAConflict", "Faults/UnknownRetire", func(h *hooks) {
		h.retire = func(ctx context.Context, w driver.Write) error {
			if err := h.full.Retire(ctx, w); !failing(err) {
				return err
			}
			return driver.ErrConflict
		}
	}},
	{"ForgetsErrorsOfDepart", "Faults/UnknownDepart", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			if err := h.full.Depart(ctx, w); !failing(err) {
				return err
			}
			return nil
		}
	}},
	{"LostDepartureIsEnded", "Faults/UnknownDepart", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			if err := h.full.Depart(ctx, w); !failing(err) {
				return err
			}
			return driver.ErrEnded
		}
	}},
	{"MeetsItsOwnDeparture", "Faults/UnknownDepart", func(h *hooks) {
		unknown := map[driver.Record]bool{}
		h.depart = func(ctx context.Context, w driver.Write) error {
			if unknown[w.From.Record] {
				return driver.ErrConflict
			}
			err := h.full.Depart(ctx, w)
			unknown[w.From.Record] = failing(err)
			return err
		}
	}},
	{"DeletesWhatMayHaveDeparted", "Faults/UnknownDepart", func(h *hooks) {
		h.depart = func(ctx context.Context, w driver.Write) error {
			err := h.full.Depart(ctx, w)
			if failing(err) {
				_ = h.full.Delete(ctx, w.From)
			}
			return err
		}
	}},
	{"DepartsAgainWithAnotherMove", "Faults/UnknownDepart", func(h *hooks) {
		unknown := map[driver.Record]bool{}
		h.depart = func(ctx context.Context, w driver.Write) error {
			if unknown[w.From.Record] {
				w.Move += " again"
			}
			err := h.full.Depart(ctx, w)
			unknown[w.From.Record] = failing(err)
			return err
		}
	}},
	{"ForgetsErrorsOfEndOwned", "Faults/UnknownEndOwned", func(h *hooks) {
		h.endOwned = func(ctx context.Context, owner string, except ...string) (int, error) {
			n, err := h.full.EndOwned(ctx, owner, except...)
			if failing(err) {
				err = nil
			}
			return n, err
		}
	}},
	{"LostEndOneIsFalse", "Faults/UnknownEndOne", func(h *hooks) {
		h.endOne = func(ctx context.Context, owner, id string) (bool, error) {
			ended, err := h.full.EndOne(ctx, owner, id)
			if failing(err) {
				err = nil
			}
			return ended, err
		}
	}},
}
