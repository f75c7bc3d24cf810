package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

const (
	// shownDigits is how many digits of an id are shown to people: enough to
	// tell it from a hundred million others.
	shownDigits = 16

	// terminalLimit is how many sessions a terminal gets unless told.
	terminalLimit = 100
)

type lsOptions struct {
	owner string
	limit int
	json  bool
	data  bool
}

func newStoreLs() *cobra.Command {
	var o lsOptions
	cmd := &cobra.Command{
		Use:   "ls [flags] [URL]",
		Short: "List the sessions in a store",
		Long: `Ls lists the sessions in a store, in the order in which the store gives them:
their ids, owners, the times of their last use and of their expiry, their sizes
in bytes, and whether they are live. The values are not shown.

A terminal gets a table of the first ` + fmt.Sprint(terminalLimit) + ` and the beginnings of their ids, which the
other commands take too. Anything else gets a line for each, without a heading:
the six fields with tabs between them, times in RFC 3339, an empty owner as "".
How many there are is said on standard error.

With --json each line is an object:

  id       64 hexadecimal digits
  owner    whose session it is, as the program said, or empty
  used     when it was last used, RFC 3339 in UTC
  expires  when it expires
  size     bytes of its values
  state    live; superseded, for a minute after it was renewed or has moved; or
           ended, for as long as the record says so
  values   with --data: the values, null if they are not JSON

Superseded and ended records are for requests that were under way.`,
		Example: `  wafer store ls sqlite:sessions.db
  wafer store ls --owner ada
  wafer store ls --json | jq -r 'select(.size > 10000).id'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := takeOnlyStore(args)
			switch {
			case err != nil:
				return err
			case o.limit < 0:
				return usageError{errors.New("--limit is less than 0")}
			case o.data && !o.json:
				return usageError{errors.New("--data needs --json")}
			case cmd.Flags().Changed("owner") && o.owner == "":
				return usageError{errors.New("--owner is empty")}
			}
			if onTerminal(cmd.OutOrStdout()) && !cmd.Flags().Changed("limit") {
				o.limit = terminalLimit
			}
			ctx, stop := untilInterrupted()
			defer stop()
			return withStore(ctx, l, func(s *stores.Store) error { return o.list(ctx, cmd, l, s) })
		},
	}
	cmd.Flags().StringVar(&o.owner, "owner", "", "list the sessions of `OWNER` only")
	cmd.Flags().IntVar(&o.limit, "limit", 0, "list `N` at most, 0 for all")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object for each")
	cmd.Flags().BoolVar(&o.data, "data", false, "with --json, print the values too")
	return cmd
}

func (o *lsOptions) list(ctx context.Context, cmd *cobra.Command, l *stores.Location, s *stores.Store) error {
	entries, err := o.entries(ctx, l, s)
	if err != nil {
		return err
	}
	p := o.printer(cmd.OutOrStdout())
	n, more := 0, false
	for e, err := range entries {
		if err != nil {
			return partialError{errors.Join(fmt.Errorf("the list ends after %s: %w", count(int64(n), "session"), err), p.flush())}
		}
		if o.limit > 0 && n == o.limit {
			more = true
			break
		}
		if err := p.print(e); err != nil {
			return err
		}
		n++
	}
	if err := p.flush(); err != nil {
		return err
	}
	text := count(int64(n), "session")
	if o.owner != "" {
		text += " of " + word(o.owner)
	}
	if more {
		text = fmt.Sprintf("%s listed, and there are more; --limit 0 lists all", text)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), text)
	return nil
}

// entries is what is to be listed, and perhaps more.
func (o *lsOptions) entries(ctx context.Context, l *stores.Location, s *stores.Store) (iter.Seq2[store.Entry, error], error) {
	if o.owner == "" {
		lister, ok := stores.Optional[store.Lister](s)
		if !ok {
			return nil, cannot(l, "list its sessions")
		}
		return lister.All(ctx), nil
	}
	return ownedBy(ctx, l, s, o.owner)
}

func ownedBy(ctx context.Context, l *stores.Location, s *stores.Store, owner string) (iter.Seq2[store.Entry, error], error) {
	index, ok := stores.Optional[store.OwnerIndex](s)
	if !ok {
		return nil, cannot(l, "tell whose sessions are whose")
	}
	return index.Owned(ctx, owner), nil
}

// A printer prints sessions, the last perhaps at flush only.
type printer struct {
	print func(store.Entry) error
	flush func() error
}

func (o *lsOptions) printer(w io.Writer) printer {
	if onTerminal(w) && !o.json {
		return tablePrinter(w, time.Now())
	}
	out := bufio.NewWriter(w)
	p := printer{flush: out.Flush}
	if o.json {
		p.print = func(e store.Entry) error {
			line, err := json.Marshal(o.entry(e))
			if err != nil {
				return err
			}
			_, err = out.Write(append(line, '\n'))
			return err
		}
		return p
	}
	p.print = func(e store.Entry) error {
		_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%s\n", e.ID, word(e.Owner), stamp(e.Used), stamp(e.Expires), len(e.Data), stateOf(e))
		return err
	}
	return p
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A listed session is one as --json prints it.
type listed struct {
	ID      string           `json:"id"`
	Owner   string           `json:"owner"`
	Used    string           `json:"used"`
	Expires string           `json:"expires"`
	Size    int              `json:"size"`
	State   string           `json:"state"`
	Values  *json.RawMessage `json:"values,omitempty"`
}

func (o *lsOptions) entry(e store.Entry) listed {
	l := listed{ID: e.ID.String(), Owner: e.Owner, Used: stamp(e.Used), Expires: stamp(e.Expires), Size: len(e.Data), State: stateOf(e)}
	if o.data {
		values := json.RawMessage("null")
		if _, payload := driver.ParseRecord(e.Data); json.Valid(payload) {
			values = payload
		}
		l.Values = &values
	}
	return l
}

func tablePrinter(w io.Writer, now time.Time) printer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	t.SetStyle(style)
	t.AppendHeader(table.Row{"id", "owner", "used", "expires", "size", "state"})
	t.SetColumnConfigs([]table.ColumnConfig{{Name: "owner", WidthMax: maxColumn * 2}, {Name: "size", Align: 3}})
	any := false
	return printer{
		print: func(e store.Entry) error {
			any = true
			t.AppendRow(table.Row{
				e.ID.String()[:shownDigits], shown(e.Owner),
				ago(now.Unix() - e.Used.Unix()), ago(now.Unix() - e.Expires.Unix()), len(e.Data), stateOf(e),
			})
			return nil
		},
		flush: func() error {
			if !any {
				return nil
			}
			var text strings.Builder
			for line := range strings.Lines(t.Render() + "\n") {
				text.WriteString(strings.TrimRight(line, " \n") + "\n")
			}
			_, err := io.WriteString(w, text.String())
			return err
		},
	}
}

// stateOf names what a record says of its session.
func stateOf(e store.Entry) string {
	state, _ := driver.ParseRecord(e.Data)
	return stateName(state)
}

func stateName(state driver.RecordState) string {
	switch state {
	case driver.Superseded:
		return "superseded"
	case driver.Ended:
		return "ended"
	}
	return "live"
}

// shown is an owner in a table, where none is better than "".
func shown(owner string) string {
	if owner == "" {
		return ""
	}
	return word(owner)
}
