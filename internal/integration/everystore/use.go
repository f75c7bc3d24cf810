package everystore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Named returns the kinds of a list of names, such as "memory,SQLite", or all kinds if the list is
// empty.
func Named(list string) (kinds []Kind, err error) {
	if list == "" {
		return Kinds, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(Kinds, func(k Kind) bool { return strings.EqualFold(k.Name, name) })
		if i < 0 {
			return nil, fmt.Errorf("no store has the name %q", name)
		}
		kinds = append(kinds, Kinds[i])
	}
	return kinds, nil
}

// Use opens count instances of an empty store, as Open does, calls f with them, and closes them.
func (k Kind) Use(ctx context.Context, program string, count int, f func(stores []store.Store) error) (err error) {
	folder, err := os.MkdirTemp("", program)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	stores, close, err := k.Open(ctx, folder, fmt.Sprintf("%s_%d_%d", program, os.Getpid(), time.Now().UnixNano()), count)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, close()) }()
	return f(stores)
}
