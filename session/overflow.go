package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/wafer-go/wafer/store"
)

// Overflow keeps the session in its cookie, as the backend cookie does, while
// it fits there; in the store when it does not; and in its cookie again when it
// has shrunk to half of what fits. A session that has an owner is always in the
// store, so that [Manager.Sessions] and [Manager.SignOut] find it; one that the
// other backend alone kept in its cookie before moves there at its next change,
// and is not found until then.
//
// While it is in the store a session is what [Stored] says of it. While it is
// in its cookie, it is what the other backend says; above all, of two requests
// that change it at once the later answer wins, and a copy of it cannot be
// ended. For a minute after a session has moved into its cookie, a request with
// its old id still finds it as it was then; a browser that never got the answer
// with the new cookie has lost the session after that.
func Overflow(cookie Backend, st store.Store) Backend {
	return &overflowBackend{cookie, st}
}

type overflowBackend struct {
	cookie Backend
	store  store.Store
}

var _ Backend = (*overflowBackend)(nil)

// Open opens the cookie's backend, and fails where that keeps records itself.
func (b *overflowBackend) Open(binding Binding) (Keeper, error) {
	if b.cookie == nil {
		return nil, errors.New("session: Overflow needs a backend for the cookie, such as session.Signed(key)")
	}
	cookie, err := b.cookie.Open(binding)
	if err != nil {
		return nil, err
	}
	if keepsRecords(cookie) {
		return nil, errors.New("session: Overflow needs a backend that keeps the session in its cookie, such as session.Signed(key)")
	}
	stored, err := openStored("Overflow", b.store, binding, cookie.Format())
	if err != nil {
		return nil, err
	}
	limit := binding.MaxCookieSize - len(binding.CookieName)
	return &overflowKeeper{stored, cookie, limit}, nil
}

// overflowKeeper is a storedKeeper, but that it has the cookie too.
type overflowKeeper struct {
	*storedKeeper
	cookie Keeper
	limit  int // bytes of the cookie's value
}

var _ Keeper = (*overflowKeeper)(nil)

func (k *overflowKeeper) FirstCookie() bool { return k.cookie.FirstCookie() }

// Load tells an id from a token by its form: no backend's token is 43 letters,
// digits, "-" and "_".
func (k *overflowKeeper) Load(ctx context.Context, value string) (Loaded, error) {
	if isID(value) {
		return k.storedKeeper.Load(ctx, value)
	}
	return k.cookie.Load(ctx, value)
}

func (k *overflowKeeper) Save(ctx context.Context, dst []byte, c Change) ([]byte, Record, error) {
	from, inStore := c.From.Record.(*record)
	if c.Owner != "" || inStore && (c.Stay || c.Unmodified || c.Empty) {
		return k.storedKeeper.Save(ctx, dst, c)
	}
	start := len(dst)
	dst, _, err := k.cookie.Save(ctx, dst, c)
	size := len(dst) - start
	switch {
	case errors.Is(err, ErrTooLarge), err == nil && size > k.limit, err == nil && inStore && size > k.limit/2:
		return k.storedKeeper.Save(ctx, dst[:start], c)
	case err != nil:
		return dst[:start], nil, err
	case inStore && c.Destroyed:
		err = k.Drop(ctx, c.From)
	case inStore:
		err = k.fade(ctx, from, c)
	}
	if err != nil {
		return dst[:start], nil, err
	}
	return dst, nil, nil
}

func (k *overflowKeeper) Drop(ctx context.Context, from Loaded) error {
	if from.Record != nil {
		return k.storedKeeper.Drop(ctx, from)
	}
	if err := k.cookie.Drop(ctx, from); err != nil {
		return fmt.Errorf("session: Overflow: %w", err)
	}
	return nil
}
