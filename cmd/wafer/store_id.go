package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

// minDigits is how much of an ID is needed.
const minDigits = 4

// errNotThere: the store does not have the session. The ID precedes it.
var errNotThere = errors.New("the store does not have this session; it may have expired, or its ID may have been renewed")

// checkPrefix refuses what no ID begins with.
func checkPrefix(text string) error {
	full := len(store.ID{}) * 2
	switch {
	case len(text) < minDigits:
		return misuse("%s is too short for an ID; give at least %d of its digits", word(stores.Shown(text)), minDigits)
	case len(text) > full || strings.Trim(text, "0123456789abcdefABCDEF") != "":
		return misuse("%s is not an ID, which is %d hexadecimal digits or the first few of them (for a cookie's value, use `wafer store show --cookie`)", word(stores.Shown(text)), full)
	}
	return nil
}

// find returns the session with an ID, or with the only one that begins so. If there is none, the
// error wraps errNotThere.
func find(ctx context.Context, s *stores.Store, prefix string) (store.Entry, error) {
	prefix = strings.ToLower(prefix)
	if id, err := store.ParseID(prefix); err == nil {
		r, err := s.Load(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			err = notThere(prefix)
		}
		return store.Entry{ID: id, Record: r}, err
	}
	list, err := all(ctx, s)
	if err != nil {
		return store.Entry{}, fmt.Errorf("%w; give all %d digits of the ID", err, len(store.ID{})*2)
	}
	var found store.Entry
	n := 0
	for e, err := range list {
		if err != nil {
			return store.Entry{}, err
		}
		text := e.ID.String()
		if strings.HasPrefix(text, prefix) {
			found, n = e, n+1
		} else if s.Ordered && text > prefix {
			break
		}
		if n > 1 {
			return store.Entry{}, misuse("several sessions have an ID that begins with %s; give more of it", prefix)
		}
	}
	if n == 0 {
		return store.Entry{}, notThere(prefix)
	}
	return found, nil
}

func notThere(id string) error { return partial("%s: %w", id, errNotThere) }
