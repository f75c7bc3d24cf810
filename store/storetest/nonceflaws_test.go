package storetest_test

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/store"
)

// Flaws in the nonce, by which a writer recognizes what it saved.
var nonceFlaws = []flaw{
	{name: "NonceIsForgotten", breaks: "SaveKeepsTheNonce MoveKeepsTheNonce", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			r.Nonce = 0
			return r, err
		}
	}},
	{name: "NonceOfTheFirstSave", breaks: "SaveKeepsTheNonce", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, id); err == nil {
				r.Nonce = old.Nonce
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "NonceOfARefusedSave", breaks: "SaveKeepsTheNonce", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if errors.Is(err, store.ErrConflict) && r.Nonce != 0 {
				setNonce(h, id, r.Nonce)
			}
			return v, err
		}
	}},
	{name: "MoveForgetsTheNonce", breaks: "MoveKeepsTheNonce", put: func(h *hooks) {
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			r.Nonce = 0
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
	}},
}

func setNonce(h *hooks, id store.ID, nonce uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.records[id]
	r.Nonce = nonce
	h.records[id] = r
}
