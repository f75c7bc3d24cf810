package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// minDigits is how much of an id has to be given.
const minDigits = 4

// errNotThere: the store has no such session. It is said with the id.
var errNotThere = errors.New("the store has no such session; it may have expired, or its id may have been renewed")

// checkPrefix refuses what no id begins with.
func checkPrefix(text string) error {
	full := len(store.ID{}) * 2
	switch {
	case len(text) < minDigits:
		return usageError{fmt.Errorf("%s is too short for an id; give at least %d of its digits", word(text), minDigits)}
	case len(text) > full || strings.Trim(text, "0123456789abcdefABCDEF") != "":
		return usageError{fmt.Errorf("%s is no id, which is %d hexadecimal digits or the first few of them (for a cookie's value there is `wafer store show --cookie`)", word(text), full)}
	}
	return nil
}

// find returns the session with an id, or with the only one that begins so.
// Where there is none the error wraps errNotThere.
func find(ctx context.Context, l *stores.Location, s *stores.Store, prefix string) (store.Entry, error) {
	prefix = strings.ToLower(prefix)
	if id, err := store.ParseID(prefix); err == nil {
		r, err := s.Load(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			err = notThere(prefix)
		}
		return store.Entry{ID: id, Record: r}, err
	}
	lister, ok := stores.Optional[store.Lister](s)
	if !ok {
		return store.Entry{}, fmt.Errorf("%w; give all %d digits of the id", cannot(l, "look for a part of an id"), len(store.ID{})*2)
	}
	var found store.Entry
	n := 0
	for e, err := range lister.All(ctx) {
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
			return store.Entry{}, usageError{fmt.Errorf("several sessions have an id that begins with %s; give more of it", prefix)}
		}
	}
	if n == 0 {
		return store.Entry{}, notThere(prefix)
	}
	return found, nil
}

func notThere(id string) error { return partialError{fmt.Errorf("%s: %w", id, errNotThere)} }

// A cookieID is what tells the id of the record that a cookie names.
type cookieID struct {
	cookie, name, purpose string
	flask                 bool // session.Overflow keeps Flask's sessions there
}

// id computes it. The cookie may be a whole line, or -
// for standard input.
func (c cookieID) id(stdin io.Reader) (store.ID, error) {
	text, err := readInput([]string{c.cookie}, stdin)
	if err != nil {
		return store.ID{}, err
	}
	cookies, err := parseInput(text)
	if err != nil {
		return store.ID{}, err
	}
	chosen, err := choose(cookies, c.name, defaultCookie(c.flask), false)
	if err != nil {
		return store.ID{}, err
	}
	if !driver.IsID(chosen.value) {
		return store.ID{}, fmt.Errorf("the cookie's value is not the id of a stored session, which is %d characters of base64url; does the program keep its sessions in the cookie? (`wafer inspect` looks into it)", driver.IDLength)
	}
	name := chosen.name
	if name == "" {
		name = c.name
	}
	if name == "" {
		name = defaultCookie(c.flask)
	}
	scope := driver.RecordScope(driver.Config{CookieName: name, Purpose: c.purpose}, codecOf(c.flask))
	return scope.RecordID(chosen.value), nil
}
