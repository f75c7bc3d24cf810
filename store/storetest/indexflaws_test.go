package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Flaws in Touch and Move.
var stepFlaws = []flaw{
	{name: "TouchKeepsFractions", breaks: "Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			return h.mapStore.Touch(ctx, id, used.Round(time.Second), expires)
		}
	}},
	{name: "TouchChangesTheVersion", breaks: "Touch TouchNeverSetsBack OwnerIsTouched Expiry/TouchProlongs Expiry/PurgeAfterTouch", may: "TouchLosesNoUpdate", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			return changeTouched(h, ctx, id, used, expires, func(r *store.Record) { h.version++; r.Version = h.version })
		}
	}},
	{name: "TouchForgetsTheOwner", breaks: "Touch OwnerIsTouched", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			return changeTouched(h, ctx, id, used, expires, func(r *store.Record) { r.Owner = "" })
		}
	}},
	{name: "TouchSetsBack", breaks: "TouchNeverSetsBack", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			return changeTouched(h, ctx, id, used, expires, func(r *store.Record) { r.Expires = second(expires) })
		}
	}},
	{name: "TouchCreates", breaks: "TouchOfNothing TouchLosesNoUpdate Expiry/Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			err := h.mapStore.Touch(ctx, id, used, expires)
			if errors.Is(err, store.ErrNotFound) {
				h.mapStore.Save(ctx, id, store.Record{Used: used, Expires: expires})
			}
			return err
		}
	}},
	{name: "TouchOfNothingSucceeds", breaks: "TouchOfNothing Expiry/Touch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			if err := h.mapStore.Touch(ctx, id, used, expires); !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return nil
		}
	}},
	{name: "TouchWritesAllAgain", breaks: "TouchLosesNoUpdate", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, expires time.Time) error {
			old, err := h.mapStore.Load(ctx, id)
			if err != nil {
				return err
			}
			time.Sleep(time.Microsecond)
			return changeTouched(h, ctx, id, used, expires, func(r *store.Record) { r.Data = old.Data })
		}
	}},
	{name: "TouchDoesNotProlong", breaks: "Touch TouchNeverSetsBack OwnerIsTouched Expiry/TouchProlongs Expiry/PurgeAfterTouch", put: func(h *hooks) {
		h.touch = func(ctx context.Context, id store.ID, used, _ time.Time) error {
			return h.mapStore.Touch(ctx, id, used, time.Time{})
		}
	}},
	{name: "MoveLeavesTheOld", breaks: "Move MoveOutOfReach OneMoverWins OwnerMoves Expiry/MoveTo", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			old, _ := h.mapStore.Load(ctx, from)
			v, err := h.mapStore.Move(ctx, from, to, r)
			if err == nil {
				h.mu.Lock()
				h.records[from] = old
				h.mu.Unlock()
			}
			return v, err
		}
	}},
	{name: "MoveOfAnyVersion", breaks: "MoveOnlyThatVersion", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil {
				r.Version = old.Version
			}
			return h.mapStore.Move(ctx, from, to, r)
		}
	}},
	{name: "MoveOfVersionZero", breaks: "MoveOnlyThatVersion", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil && r.Version == 0 {
				r.Version = old.Version
			}
			return h.mapStore.Move(ctx, from, to, r)
		}
	}},
	{name: "MoveCreates", breaks: "MoveOfNothing OneMoverWins Expiry/MoveFrom", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Move(ctx, from, to, r)
			if errors.Is(err, store.ErrNotFound) {
				r.Version = 0
				return h.mapStore.Save(ctx, to, r)
			}
			return v, err
		}
	}},
	{name: "MoveOverwrites", breaks: "MoveOntoAnother", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, from); err == nil && old.Version == r.Version {
				h.mapStore.Delete(ctx, to)
			}
			return h.mapStore.Move(ctx, from, to, r)
		}
	}},
	{name: "MoveIsTwoSteps", breaks: "OneMoverWins", may: "MoveLosesNoUpdate", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
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
			return v, h.mapStore.Delete(ctx, from)
		}
	}},
	{name: "MoveOutOfReachMovesHalf", breaks: "MoveOutOfReach", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			if near(from)[0] == to[0] {
				return h.mapStore.Move(ctx, from, to, r)
			}
			r.Version = 0
			h.mapStore.Save(ctx, to, r)
			return 0, fmt.Errorf("two slots: %w", errors.ErrUnsupported)
		}
	}},
	{name: "MoveToExpiredIsTaken", breaks: "Expiry/MoveTo", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			h.mu.Lock()
			_, taken := h.records[to]
			h.mu.Unlock()
			if taken {
				return 0, store.ErrConflict
			}
			return h.mapStore.Move(ctx, from, to, r)
		}
	}},
}

// changeTouched is Touch, which does something else to the record besides.
func changeTouched(h *hooks, ctx context.Context, id store.ID, used, expires time.Time, change func(r *store.Record)) error {
	if err := h.mapStore.Touch(ctx, id, used, expires); err != nil {
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

// Flaws in the index of owners, in All and in Purge.
var indexFlaws = []flaw{
	{name: "OwnedWithoutData", breaks: "Owned OwnersAreExact OwnerChanges OwnerOfRefusedSave OwnerMoves OwnerIsTouched DeleteOwned Expiry/Owned Expiry/OwnerOfNext", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) ([]store.Entry, error) {
			found, err := h.mapStore.Owned(ctx, owner)
			for i := range found {
				found[i].Data = nil
			}
			return found, err
		}
	}},
	{name: "OwnedTwice", breaks: "Owned OwnersAreExact OwnerChanges OwnerOfRefusedSave OwnerMoves OwnerIsTouched DeleteOwned Expiry/Owned Expiry/OwnerOfNext", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) ([]store.Entry, error) {
			found, err := h.mapStore.Owned(ctx, owner)
			return append(found, found...), err
		}
	}},
	{name: "NobodyIsAnOwner", breaks: "NobodyOwnsNothing", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) ([]store.Entry, error) {
			return h.choose(ctx, func(e store.Entry) bool { return e.Owner == owner })
		}
	}},
	{name: "FirstOwnerRemembered", breaks: "OwnerChanges OwnerMoves", may: "Expiry/OwnerOfNext", put: func(h *hooks) {
		first := map[store.ID]string{}
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			h.mu.Lock()
			defer h.mu.Unlock()
			if err == nil && first[id] == "" {
				first[id] = r.Owner
			}
			return v, err
		}
		h.owned = func(ctx context.Context, owner string) ([]store.Entry, error) {
			return h.choose(ctx, func(e store.Entry) bool { return first[e.ID] == owner && owner != "" })
		}
	}},
	{name: "RefusedSaveTakesOver", breaks: "OwnerOfRefusedSave", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if errors.Is(err, store.ErrConflict) && r.Owner != "" {
				h.mu.Lock()
				defer h.mu.Unlock()
				old := h.records[id]
				old.Owner = r.Owner
				h.records[id] = old
			}
			return v, err
		}
	}},
	{name: "DeleteOwnedExceptsNone", breaks: "DeleteOwned", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, _ ...store.ID) (int, error) {
			return h.mapStore.DeleteOwned(ctx, owner)
		}
	}},
	{name: "DeleteOwnedMiscounts", breaks: "OwnersAreExact DeleteOwned Expiry/Owned", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, except ...store.ID) (int, error) {
			n, err := h.mapStore.DeleteOwned(ctx, owner, except...)
			if n > 0 {
				n--
			}
			return n, err
		}
	}},
	{name: "DeleteOwnedCountsExpired", breaks: "Expiry/Owned", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, except ...store.ID) (int, error) {
			n, err := h.mapStore.DeleteOwned(ctx, owner, except...)
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, r := range h.records {
				if r.Owner == owner && owner != "" && expired(r) {
					n++
				}
			}
			return n, err
		}
	}},
	{name: "OwnedExpired", breaks: "Expiry/Owned", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) ([]store.Entry, error) {
			found, err := h.mapStore.Owned(ctx, owner)
			h.mu.Lock()
			defer h.mu.Unlock()
			for id, r := range h.records {
				if r.Owner == owner && owner != "" && expired(r) {
					found = append(found, store.Entry{ID: id, Record: r})
				}
			}
			return found, err
		}
	}},
	{name: "AllLeavesOneOut", breaks: "All AllMayBeLeft AllHoldsNobodyUp Expiry/All", put: func(h *hooks) {
		var leave store.ID
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			h.mu.Lock()
			if leave == (store.ID{}) || string(r.Data) == "stays" || string(r.Data) == "a value" {
				leave = id
			}
			h.mu.Unlock()
			return h.mapStore.Save(ctx, id, r)
		}
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for e, err := range h.mapStore.All(ctx) {
					if e.ID != leave && !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{name: "AllTwice", breaks: "All AllMayBeLeft AllHoldsNobodyUp Expiry/All", put: func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for e, err := range h.mapStore.All(ctx) {
					if !yield(e, err) || err == nil && !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{name: "AllHoldsTheLock", breaks: "AllHoldsNobodyUp", put: func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				entries, _ := h.choose(context.Background(), func(store.Entry) bool { return true })
				h.mu.Lock()
				defer h.mu.Unlock()
				for i := 0; i <= len(entries); i++ {
					if err := ctx.Err(); err != nil {
						yield(store.Entry{}, err)
						return
					}
					if i < len(entries) && !yield(entries[i], nil) {
						return
					}
				}
			}
		}
	}},
	{name: "AllOnceOnly", breaks: "AllMayBeLeft", put: func(h *hooks) {
		calls := 0
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				if calls++; calls > 10 {
					yield(store.Entry{}, errors.New("no connection is free"))
					return
				}
				h.mapStore.All(ctx)(yield)
			}
		}
	}},
	{name: "AllYieldsExpired", breaks: "Expiry/All", put: func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for id, r := range h.records {
					if expired(r) && !yield(store.Entry{ID: id, Record: r}, nil) {
						return
					}
				}
				h.mapStore.All(ctx)(yield)
			}
		}
	}},
	{name: "ExpiresLate", breaks: "TimesToTheSecond Expiry/Load", may: "Expiry/*", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			r.Expires = r.Expires.Add(time.Second - 1) // rounded up
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "ExpiresEarly", breaks: "Expiry/Load Expiry/Owned Expiry/SaveProlongs Expiry/TouchProlongs Expiry/Purge Expiry/PurgeAfterTouch", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if err == nil {
				time.AfterFunc(time.Until(second(r.Expires).Add(-time.Millisecond)), func() {
					h.mu.Lock()
					defer h.mu.Unlock()
					if h.records[id].Version == v {
						delete(h.records, id)
					}
				})
			}
			return v, err
		}
	}},
	{name: "ExpiredIsThere", breaks: "Expiry/Load Expiry/Past Expiry/SaveReplaces Expiry/SaveProlongs Expiry/Touch Expiry/MoveFrom", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			h.mu.Lock()
			defer h.mu.Unlock()
			if old, ok := h.records[id]; ok && errors.Is(err, store.ErrNotFound) {
				return old, nil
			}
			return r, err
		}
	}},
	{name: "CreateOverExpiredConflicts", breaks: "Expiry/SaveCreates Expiry/OwnerOfNext Expiry/Past", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			h.mu.Lock()
			_, there := h.records[id]
			h.mu.Unlock()
			if there && r.Version == 0 && ctx.Err() == nil {
				return 0, store.ErrConflict
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "DeleteOfExpiredFails", breaks: "Expiry/Delete", put: func(h *hooks) {
		h.del = func(ctx context.Context, id store.ID) error {
			h.mu.Lock()
			r, there := h.records[id]
			h.mu.Unlock()
			if there && expired(r) {
				return store.ErrNotFound
			}
			return h.mapStore.Delete(ctx, id)
		}
	}},
	{name: "MovesExpired", breaks: "Expiry/MoveFrom", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r store.Record) (uint64, error) {
			h.mu.Lock()
			old, there := h.records[from]
			if there && expired(old) {
				defer h.mu.Unlock()
				delete(h.records, from)
				return h.put(to, r), nil
			}
			h.mu.Unlock()
			return h.mapStore.Move(ctx, from, to, r)
		}
	}},
	{name: "PurgeHasNoLimit", breaks: "Expiry/Purge", put: func(h *hooks) {
		h.purge = func(ctx context.Context, _ int) (int, error) { return h.mapStore.Purge(ctx, 1000) }
	}},
	{name: "PurgeDoesNothing", breaks: "Expiry/Purge", put: func(h *hooks) {
		h.purge = func(ctx context.Context, _ int) (int, error) { return 0, ctx.Err() }
	}},
	{name: "PurgeOfWhatWasSavedFirst", breaks: "Expiry/PurgeKeepsTheLiving Expiry/PurgeAfterTouch", put: func(h *hooks) {
		first := map[store.ID]time.Time{}
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			h.mu.Lock()
			if _, known := first[id]; !known {
				first[id] = second(r.Expires)
			}
			h.mu.Unlock()
			return h.mapStore.Save(ctx, id, r)
		}
		h.purge = func(ctx context.Context, limit int) (n int, err error) {
			h.mu.Lock()
			for id, at := range first {
				if _, there := h.records[id]; there && n < limit && time.Now().After(at) {
					delete(h.records, id)
					n++
				}
			}
			h.mu.Unlock()
			return n, ctx.Err()
		}
	}},
}
