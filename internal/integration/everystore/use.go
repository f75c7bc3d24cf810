package everystore

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Main is the main function of a program that runs on some of the stores. It adds the flag -stores
// to those of the program, parses them, and calls run with the stores. If that fails, the program
// exits with status 1.
func Main(program string, run func(ctx context.Context, out io.Writer, kinds []Kind) error) {
	only := flag.String("stores", "", "the `names` of the stores, such as memory,SQLite; all if empty")
	flag.Parse()
	kinds, err := named(*only)
	if err == nil {
		err = run(context.Background(), os.Stdout, kinds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, program+":", err)
		os.Exit(1)
	}
}

// named returns the kinds of a list of names, such as "memory,SQLite", or all kinds if the list is
// empty.
func named(list string) (kinds []Kind, err error) {
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
