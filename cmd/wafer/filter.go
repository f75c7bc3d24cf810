package main

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

// A filter says which sessions of a store are meant.
type filter struct {
	owner            string
	idleFor, usedFor age
}

func (f *filter) add(cmd *cobra.Command, verb string) {
	flags := cmd.Flags()
	flags.StringVar(&f.owner, "owner", "", verb+" the sessions of `OWNER` only")
	flags.Var(&f.idleFor, "idle-for", verb+" only sessions not used for this `TIME` or longer")
	flags.Var(&f.usedFor, "used-within", verb+" only sessions used within this `TIME`")
}

func (f *filter) check(cmd *cobra.Command) error {
	if cmd.Flags().Changed("owner") && f.owner == "" {
		return misuse("--owner is empty")
	}
	return nil
}

// byUse reports whether the time of the last use matters.
func (f *filter) byUse() bool { return f.idleFor > 0 || f.usedFor > 0 }

// entries are the records that the filter allows.
func (f *filter) entries(ctx context.Context, s *stores.Store) (iter.Seq2[store.Entry, error], error) {
	var list iter.Seq2[store.Entry, error]
	if f.owner != "" {
		index, ok := s.Store.(store.OwnerIndex)
		if !ok {
			return nil, cannot(s, "list the sessions of an owner")
		}
		list = index.Owned(ctx, f.owner)
	} else {
		var err error
		if list, err = all(ctx, s); err != nil {
			return nil, err
		}
	}
	return func(yield func(store.Entry, error) bool) {
		for e, err := range list {
			idle := time.Since(e.Used)
			if err == nil && (f.idleFor > 0 && idle < time.Duration(f.idleFor) || f.usedFor > 0 && idle > time.Duration(f.usedFor)) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}, nil
}

// describe follows a number of sessions.
func (f *filter) describe() string {
	text := ""
	if f.owner != "" {
		text = " of " + word(f.owner)
	}
	if f.idleFor > 0 {
		text += " not used for " + f.idleFor.String()
	}
	if f.usedFor > 0 {
		text += " used within " + f.usedFor.String()
	}
	return text
}

// An age is the value of a flag: a duration, which may be in days.
type age time.Duration

const maxDays = 36500

// Set reads a duration of Go, or a number of days.
func (a *age) Set(text string) error {
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 64)
		d = time.Duration(min(n, maxDays)) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("it must be a number with a unit and more than 0, such as 30m, 12h or 7d")
	}
	*a = age(d)
	return nil
}

func (a *age) String() string {
	d := time.Duration(*a)
	switch {
	case d == 0:
		return ""
	case d%(24*time.Hour) == 0:
		return count(int64(d/(24*time.Hour)), "day")
	}
	return d.String()
}

func (*age) Type() string { return "time" }
