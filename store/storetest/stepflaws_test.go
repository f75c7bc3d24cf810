package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Flaws in Touch and Move.
var stepFlaws = []flaw{
	{name: "TouchKeepsFractions", breaks: "Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			return h.mapStore.Touch(ctx, id, version, used.Round(time.Second), expires)
		}
	}},
	{name: "TouchChangesTheVersion", breaks: "Touch TouchNeverSetsBack OwnerIsTouched Expiry/TouchProlongs Expiry/PurgeAfterTouch", may: "TouchLosesNoUpdate", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			return changeTouched(h, ctx, id, version, used, expires, func(r *store.Record) { h.version++; r.Version = h.version })
		}
	}},
	{name: "TouchOfAnyVersion", breaks: "TouchOnlyThatVersion TouchOfMark", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			if r, err := h.mapStore.Load(ctx, id); err == nil {
				version = r.Version
			}
			return h.mapStore.Touch(ctx, id, version, used, expires)
		}
	}},
	{name: "TouchForgetsTheOwner", breaks: "Touch OwnerIsTouched", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			return changeTouched(h, ctx, id, version, used, expires, func(r *store.Record) { r.Owner = "" })
		}
	}},
	{name: "TouchSetsBack", breaks: "TouchNeverSetsBack", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			return changeTouched(h, ctx, id, version, used, expires, func(r *store.Record) { r.Expires = second(expires) })
		}
	}},
	{name: "TouchCreates", breaks: "TouchOfNothing TouchLosesNoUpdate Expiry/Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			err := h.mapStore.Touch(ctx, id, version, used, expires)
			if errors.Is(err, store.ErrNotFound) {
				h.mapStore.Save(ctx, id, store.Record{Used: used, Expires: expires})
			}
			return err
		}
	}},
	{name: "TouchOfNothingSucceeds", breaks: "TouchOfNothing Expiry/Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
			if err := h.mapStore.Touch(ctx, id, version, used, expires); !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return nil
		}
	}},
	{name: "TouchWritesAllAgain", breaks: "TouchLosesNoUpdate TouchOnlyThatVersion TouchOfMark", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, _ uint64, used, expires time.Time) error {
			old, err := h.mapStore.Load(ctx, id)
			if err != nil {
				return err
			}
			time.Sleep(time.Microsecond)
			now, err := h.mapStore.Load(ctx, id)
			if err != nil {
				return err
			}
			return changeTouched(h, ctx, id, now.Version, used, expires, func(r *store.Record) { r.Data = old.Data })
		}
	}},
	{name: "TouchDoesNotProlong", breaks: "Touch TouchNeverSetsBack OwnerIsTouched Expiry/TouchProlongs Expiry/PurgeAfterTouch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, version uint64, used, _ time.Time) error {
			return h.mapStore.Touch(ctx, id, version, used, time.Time{})
		}
	}},
	{name: "MoveLeavesTheOld", breaks: "Move MoveOutOfReach OneMoverWins OwnerMoves Expiry/MoveTo MoveKeepsAnyBytes OwnerOfMark Expiry/Mark TouchOfMark", may: "MoveLosesNoUpdate DeleteOneBesideMove", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			old, _ := h.mapStore.Load(ctx, from)
			v, err := h.mapStore.Move(ctx, from, to, r, mark)
			if err == nil {
				h.mu.Lock()
				h.records[from] = old
				h.mu.Unlock()
			}
			return v, err
		}
	}},
	{name: "MoveLosesTheMark", breaks: "Move MoveKeepsAnyBytes MoveOutOfReach OneMoverWins OwnerOfMark Expiry/MoveTo Expiry/Mark TouchOfMark", may: "MoveKeepsTheNonce MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			v, err := h.mapStore.Move(ctx, from, to, r, mark)
			if err == nil {
				h.mapStore.Delete(ctx, from)
			}
			return v, err
		}
	}},
	{name: "MoveMarksWhenItFails", breaks: "MoveOnlyThatVersion MoveOntoAnother OneMoverWins", may: "MoveLosesNoUpdate DeleteOneBesideMove OneMoverWins", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			v, err := h.mapStore.Move(ctx, from, to, r, mark)
			if errors.Is(err, store.ErrConflict) {
				h.mu.Lock()
				h.put(from, mark)
				h.mu.Unlock()
			}
			return v, err
		}
	}},
	{name: "MoveOfNothingMarks", breaks: "MoveOfNothing Expiry/MoveFrom", may: "DeleteOneBesideMove", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			v, err := h.mapStore.Move(ctx, from, to, r, mark)
			if errors.Is(err, store.ErrNotFound) {
				h.mu.Lock()
				h.put(from, mark)
				h.mu.Unlock()
			}
			return v, err
		}
	}},
	{name: "MarkKeepsTheOldVersion", breaks: "Move MoveKeepsAnyBytes MoveOutOfReach OneMoverWins OwnerOfMark Expiry/MoveTo Expiry/Mark TouchOfMark", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = changeMark(func(old store.Record, m *store.Record, _ store.Record) { m.Version = old.Version }, h)
	}},
	{name: "MarkKeepsTheOldData", breaks: "Move MoveKeepsAnyBytes MoveOutOfReach OneMoverWins OwnerOfMark Expiry/MoveTo Expiry/Mark TouchOfMark", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = changeMark(func(old store.Record, m *store.Record, _ store.Record) { m.Data = old.Data }, h)
	}},
	{name: "MarkKeepsTheOldExpiry", breaks: "Move MoveKeepsAnyBytes MoveOutOfReach OneMoverWins OwnerOfMark Expiry/MoveTo Expiry/Mark TouchOfMark", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = changeMark(func(old store.Record, m *store.Record, _ store.Record) { m.Expires = old.Expires }, h)
	}},
	{name: "MarkKeepsTheOldOwner", breaks: "Move OwnerMoves OwnerOfMark", may: "DeleteOneBesideMove", put: func(h *hooks) {
		h.move = changeMark(func(old store.Record, m *store.Record, _ store.Record) { m.Owner = old.Owner }, h)
	}},
	{name: "MarkHasTheOwnerItNames", breaks: "OwnerOfMark", may: "DeleteOneBesideMove", put: func(h *hooks) {
		h.move = changeMark(func(_ store.Record, m *store.Record, given store.Record) { m.Owner = given.Owner }, h)
	}},
	{name: "MarkIsTextOnly", breaks: "MoveKeepsAnyBytes", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			mark.Data = bytes.ToValidUTF8(mark.Data, []byte("?"))
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
	{name: "MoveOfAnyVersion", breaks: "MoveOnlyThatVersion OneMoverWins", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil {
				r.Version = old.Version
			}
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
	{name: "MoveOfVersionZero", breaks: "MoveOnlyThatVersion", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil && r.Version == 0 {
				r.Version = old.Version
			}
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
	{name: "MoveCreates", breaks: "MoveOfNothing Expiry/MoveFrom", may: "MoveLosesNoUpdate DeleteOneBesideMove", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			v, err := h.mapStore.Move(ctx, from, to, r, mark)
			if errors.Is(err, store.ErrNotFound) {
				r.Version = 0
				return h.mapStore.Save(ctx, to, r)
			}
			return v, err
		}
	}},
	{name: "MoveOverwrites", breaks: "MoveOntoAnother", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil && old.Version == r.Version {
				h.mapStore.Delete(ctx, to)
			}
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
	{name: "MoveIsTwoSteps", breaks: "OneMoverWins", may: "MoveLosesNoUpdate DeleteOneBesideMove", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			old, err := h.mapStore.Load(ctx, from)
			if err != nil {
				return 0, err
			}
			time.Sleep(100 * time.Microsecond)
			if old.Version != r.Version {
				return 0, store.ErrConflict
			}
			r.Version = 0
			v, err := h.mapStore.Save(ctx, to, r)
			if err != nil {
				return 0, err
			}
			time.Sleep(time.Microsecond)
			old.Data, old.Used, old.Expires, old.Owner = mark.Data, mark.Used, mark.Expires, ""
			_, err = h.mapStore.Save(ctx, from, old)
			return v, err
		}
	}},
	{name: "MoveOutOfReachMovesHalf", breaks: "MoveOutOfReach", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			if from.Part() == to.Part() {
				return h.mapStore.Move(ctx, from, to, r, mark)
			}
			r.Version = 0
			h.mapStore.Save(ctx, to, r)
			return 0, fmt.Errorf("two parts: %w", errors.ErrUnsupported)
		}
	}},
	{name: "MoveToExpiredIsTaken", breaks: "Expiry/MoveTo", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			h.mu.Lock()
			_, taken := h.records[to]
			h.mu.Unlock()
			if taken {
				return 0, store.ErrConflict
			}
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
}

// changeMark returns a Move that does something else to the mark, given what the record was and the
// mark that the caller passed.
func changeMark(change func(old store.Record, m *store.Record, given store.Record), h *hooks) func(context.Context, store.ID, store.ID, store.Record, store.Record) (uint64, error) {
	return func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
		old, _ := h.mapStore.Load(ctx, from)
		v, err := h.mapStore.Move(ctx, from, to, r, mark)
		if err != nil {
			return v, err
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		m := h.records[from]
		change(old, &m, mark)
		h.records[from] = m
		return v, nil
	}
}

// changeTouched is Touch, which does something else to the record besides.
func changeTouched(h *hooks, ctx context.Context, id store.ID, version uint64, used, expires time.Time, change func(r *store.Record)) error {
	if err := h.mapStore.Touch(ctx, id, version, used, expires); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if r, ok := h.find(id); ok {
		change(&r)
		h.records[id] = r
	}
	return nil
}
