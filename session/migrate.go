package session

import (
	"context"
	"errors"
	"fmt"
)

// Migrate keeps sessions in the backend to, and reads those that one of from
// left, so that a program can change its backend without signing anybody out:
//
//	session.Migrate(session.Sealed(key), session.Signed(key))
//
// A session that an old backend left is written to the new one at its next
// change, or, with [Options.ReissueOnRead], as soon as it is read. All of them
// share one cookie, so its name must stay as it is, but for
// [Options.FormerCookies].
//
// The old cookie of a session that was kept in its cookie works until it
// expires, as a copy of it always did: Destroy and [Manager.SignOut] do not
// reach it. Refuse it with [Options.Validate] where that matters, or change the
// key.
//
// Where the formats differ, as from Flask's to our own, values are carried over
// as what they mean in JSON: a tuple becomes an array, bytes their base64, a
// datetime its RFC 3339 text. A session with a value that the new format
// cannot hold, such as Python's NaN, is refused with [ErrBadPayload] and the
// value's key, which is logged as an error.
func Migrate(to Backend, from ...Backend) Backend {
	return &migrateBackend{to, from}
}

type migrateBackend struct {
	to   Backend
	from []Backend
}

var _ Backend = (*migrateBackend)(nil)

// Open opens all of the backends.
func (b *migrateBackend) Open(binding Binding) (Keeper, error) {
	if b.to == nil {
		return nil, errors.New("session: Migrate needs a backend to migrate to")
	}
	to, err := b.to.Open(binding)
	if err != nil {
		return nil, err
	}
	k := &migrateKeeper{Keeper: to, room: binding.MaxCookieSize - len(binding.CookieName)}
	if binding.MaxCookieSize == 0 {
		k.room = DefaultMaxCookieSize - len(binding.CookieName)
	}
	for i, backend := range b.from {
		if backend == nil {
			return nil, fmt.Errorf("session: Migrate: the old backend %d is nil", i+1)
		}
		old, err := backend.Open(binding)
		if err != nil {
			return nil, fmt.Errorf("session: Migrate: the old backend %d: %w", i+1, err)
		}
		k.old = append(k.old, old)
	}
	return k, nil
}

// migrateKeeper is the new backend's Keeper, but that it reads more.
type migrateKeeper struct {
	Keeper
	old  []Keeper
	room int // bytes that the cookie's value may have
}

var _ Keeper = (*migrateKeeper)(nil)

// Load returns the new backend's reason where all refuse a cookie: it is the
// one that will be there tomorrow.
func (k *migrateKeeper) Load(ctx context.Context, value string) (Loaded, error) {
	found, reason := k.Keeper.Load(ctx, value)
	if reason == nil || !errors.Is(reason, ErrRefused) {
		return found, reason
	}
	for i, old := range k.old {
		found, err := old.Load(ctx, value)
		switch {
		case err == nil:
			return k.adopt(i, found, value), nil
		case !errors.Is(err, ErrRefused), errors.Is(err, ErrBadPayload):
			return Loaded{}, err
		}
	}
	if storedOf(k.Keeper) != nil && isID(value) {
		// Between the two questions another request may have moved it.
		if found, err := k.Keeper.Load(ctx, value); err == nil || !errors.Is(err, ErrRefused) {
			return found, err
		}
	}
	return Loaded{}, reason
}

// adopt makes what an old backend found the new one's.
func (k *migrateKeeper) adopt(i int, found Loaded, value string) Loaded {
	old := k.old[i]
	if !found.Accepted {
		found.Accepted, found.By = true, fmt.Sprintf("old backend %d", i+1)
	}
	if found.Record != nil {
		found.Record = &migratingRecord{Record: found.Record, k: k, keeper: old, value: value}
	}
	if old.Format() != k.Format() {
		found.translation = &translation{old.Format(), k.Format()}
	}
	return found
}

// translation is from one format to another.
type translation struct{ from, to Format }

// of writes a payload anew.
func (t *translation) of(payload string) (string, error) {
	values, err := parseValues(payload, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadPayload, err)
	}
	for i := range values.len() {
		e := values.at(i)
		var err error
		if e.key == flashesKey {
			e.raw, err = t.flashes(values.flashes())
		} else {
			var v any
			if err = t.from.DecodeValue(e.raw, &v); err == nil {
				var raw []byte
				raw, err = t.to.AppendValue(nil, v)
				e.raw = string(raw)
			}
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrBadPayload, &ValueError{Key: e.key, Err: err})
		}
		values.set(&entry{key: e.key, raw: e.raw}) // keys are spelled differently too
	}
	translated, err := values.appendTo(nil, t.to)
	return string(translated), err
}

func (t *translation) flashes(list []string) (string, error) {
	translated := make([]string, len(list))
	for i, raw := range list {
		m, err := t.from.DecodeMessage(raw)
		if err != nil {
			return "", err
		}
		translated[i] = string(t.to.AppendMessage(nil, m))
	}
	return joinArray(translated), nil
}
