package storetest_test

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Flaws in All, in Purge and in what has expired.
var listFlaws = []flaw{
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
	{name: "ExpiredIsThere", breaks: "Expiry/Load Expiry/Past Expiry/SaveReplaces Expiry/SaveProlongs Expiry/Touch Expiry/MoveFrom Expiry/Mark", put: func(h *hooks) {
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
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			h.mu.Lock()
			old, there := h.records[from]
			if there && expired(old) {
				defer h.mu.Unlock()
				h.put(from, mark)
				return h.put(to, r), nil
			}
			h.mu.Unlock()
			return h.mapStore.Move(ctx, from, to, r, mark)
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
