package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Flaws in the index of owners.
var ownerFlaws = []flaw{
	{name: "OwnedWithoutData", breaks: "Owned OwnersAreExact OwnerChanges OwnerOfRefusedSave OwnerMoves OwnerIsTouched DeleteOwned Expiry/Owned " +
		"Expiry/OwnerOfNext OwnerOfMark DeleteOne OwnedMayBeLeft OwnerOfMany OwnedHoldsNobodyUp", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for e, err := range h.mapStore.Owned(ctx, owner) {
					e.Data = nil
					if !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{name: "OwnedTwice", breaks: "Owned OwnersAreExact OwnerChanges OwnerOfRefusedSave OwnerMoves OwnerIsTouched DeleteOwned Expiry/Owned " +
		"Expiry/OwnerOfNext OwnerOfMark DeleteOne OwnedMayBeLeft OwnerOfMany OwnedHoldsNobodyUp", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for e, err := range h.mapStore.Owned(ctx, owner) {
					if !yield(e, err) || err == nil && !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{name: "NobodyIsAnOwner", breaks: "NobodyOwnsNothing", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return h.each(ctx, func(e store.Entry) bool { return e.Owner == owner })
		}
	}},
	{name: "FirstOwnerRemembered", breaks: "OwnerChanges OwnerMoves OwnerOfMark", may: "Expiry/OwnerOfNext", put: func(h *hooks) {
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
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return h.each(ctx, func(e store.Entry) bool { return first[e.ID] == owner && owner != "" })
		}
	}},
	{name: "RefusedSaveTakesOver", breaks: "OwnerOfRefusedSave Move", put: func(h *hooks) {
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
	{name: "DeleteOwnedExceptsNone", breaks: "DeleteOwnedBesideMove DeleteOwned OwnerOfMany", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, _ ...store.ID) (int, error) {
			return h.mapStore.DeleteOwned(ctx, owner)
		}
	}},
	{name: "DeleteOwnedIsOutrun", breaks: "DeleteOwnedBesideMove", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, except ...store.ID) (n int, err error) {
			entries, err := h.choose(ctx, func(e store.Entry) bool { return e.Owner == owner && owner != "" })
			time.Sleep(time.Millisecond)
			for _, e := range entries {
				if !slices.Contains(except, e.ID) {
					if deleted, err := h.mapStore.DeleteOne(ctx, owner, e.ID); err != nil {
						return n, err
					} else if deleted {
						n++
					}
				}
			}
			return n, err
		}
	}},
	{name: "DeleteOwnedMiscounts", breaks: "OwnersAreExact DeleteOwned Expiry/Owned OwnerOfMark OwnerOfMany", put: func(h *hooks) {
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
	{name: "DeleteOneOfAnyOwner", breaks: "DeleteOneOfAnother OwnerOfMark", may: "DeleteOneBesideSave DeleteOneBesideMove", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, _ string, id store.ID) (bool, error) {
			r, err := h.mapStore.Load(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			if r.Owner == "" {
				return true, h.mapStore.Delete(ctx, id)
			}
			return h.mapStore.DeleteOne(ctx, r.Owner, id)
		}
	}},
	{name: "DeleteOneOfNobody", breaks: "DeleteOneOfAnother OwnerOfMark", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, owner string, id store.ID) (bool, error) {
			if r, err := h.mapStore.Load(ctx, id); err == nil && owner == "" && r.Owner == "" {
				return true, h.mapStore.Delete(ctx, id)
			}
			return h.mapStore.DeleteOne(ctx, owner, id)
		}
	}},
	{name: "DeleteOneIsAlwaysTrue", breaks: "DeleteOne DeleteOneOfAnother OwnerOfMark OneDeleterWins Expiry/DeleteOne", may: "DeleteOneBesideSave DeleteOneBesideMove", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, owner string, id store.ID) (bool, error) {
			_, err := h.mapStore.DeleteOne(ctx, owner, id)
			return true, err
		}
	}},
	{name: "DeleteOneLooksFirst", breaks: "OneDeleterWins DeleteOneBesideSave DeleteOneBesideMove", may: "OneDeleterWins DeleteOneBesideSave DeleteOneBesideMove", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, owner string, id store.ID) (bool, error) {
			r, err := h.mapStore.Load(ctx, id)
			if errors.Is(err, store.ErrNotFound) || err == nil && (r.Owner != owner || owner == "") {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			time.Sleep(100 * time.Microsecond)
			return true, h.mapStore.Delete(ctx, id)
		}
	}},
	{name: "DeleteOneDeletesAll", breaks: "DeleteOne", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, owner string, id store.ID) (bool, error) {
			deleted, err := h.mapStore.DeleteOne(ctx, owner, id)
			if deleted {
				h.mapStore.DeleteOwned(ctx, owner)
			}
			return deleted, err
		}
	}},
	{name: "DeleteOneCountsExpired", breaks: "Expiry/DeleteOne", put: func(h *hooks) {
		h.deleteOne = func(ctx context.Context, owner string, id store.ID) (bool, error) {
			h.mu.Lock()
			r, there := h.records[id]
			h.mu.Unlock()
			if there && expired(r) && r.Owner == owner && owner != "" {
				return true, h.mapStore.Delete(ctx, id)
			}
			return h.mapStore.DeleteOne(ctx, owner, id)
		}
	}},
	{name: "OwnedExpired", breaks: "Expiry/Owned", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				for id, r := range h.records {
					if r.Owner == owner && owner != "" && expired(r) && !yield(store.Entry{ID: id, Record: r}, nil) {
						return
					}
				}
				h.mapStore.Owned(ctx, owner)(yield)
			}
		}
	}},
	{name: "OwnedEndsWithItsFirstPage", breaks: "OwnerOfMany", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				n := 0
				for e, err := range h.mapStore.Owned(ctx, owner) {
					if n++; n > 256 || !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{name: "OwnedHoldsTheLock", breaks: "OwnedHoldsNobodyUp", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				entries, _ := h.choose(context.Background(), func(e store.Entry) bool { return e.Owner == owner && owner != "" })
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
	{name: "OwnedOnceOnly", breaks: "OwnedMayBeLeft OwnersAreExact", put: func(h *hooks) {
		calls := 0
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			return func(yield func(store.Entry, error) bool) {
				if calls++; calls > 18 {
					yield(store.Entry{}, errors.New("no connection is free"))
					return
				}
				h.mapStore.Owned(ctx, owner)(yield)
			}
		}
	}},
	{name: "DeleteOwnedInOneStep", breaks: "OwnerOfMany", put: func(h *hooks) {
		h.deleteOwned = func(ctx context.Context, owner string, except ...store.ID) (n int, err error) {
			if err := h.lock(ctx); err != nil {
				return 0, err
			}
			defer h.mu.Unlock()
			for id, r := range h.records {
				if r.Owner == owner && owner != "" && !expired(r) && !slices.Contains(except, id) && n < 256 {
					delete(h.records, id)
					n++
				}
			}
			return n, nil
		}
	}},
}
