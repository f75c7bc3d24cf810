package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

const (
	// shownDigits is how many digits of an ID are shown to people: enough to tell it from a hundred
	// million others.
	shownDigits = 16

	// terminalLimit is how many sessions a terminal gets by default.
	terminalLimit = 100
)

type lsOptions struct {
	filter
	limit int
	json  bool
	data  bool
}

func newStoreLs() *cobra.Command {
	var o lsOptions
	cmd := command("store-ls")
	o.add(cmd, "list")
	cmd.Flags().IntVar(&o.limit, "limit", 0, "list `N` at most; 0 means all, and at a terminal 100 unless you give it")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object for each")
	cmd.Flags().BoolVar(&o.data, "data", false, "with --json, print the values too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case o.limit < 0:
			return misuse("--limit is less than 0")
		case o.data && !o.json:
			return misuse("--data needs --json")
		case isTerminal(cmd.OutOrStdout()) && !cmd.Flags().Changed("limit"):
			o.limit = terminalLimit
		}
		if err := o.check(cmd); err != nil {
			return err
		}
		return inOnlyStore(args, func(ctx context.Context, s *stores.Store) error { return o.list(ctx, cmd, s) })
	}
	return cmd
}

func (o *lsOptions) list(ctx context.Context, cmd *cobra.Command, s *stores.Store) error {
	entries, err := o.entries(ctx, s)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	defer out.Flush()
	show := o.printer(out, isTerminal(cmd.OutOrStdout()))
	n, more := 0, false
	for e, err := range entries {
		if err != nil {
			return partial("the list ends after %s: %w", count(int64(n), "session"), err)
		}
		if o.limit > 0 && n == o.limit {
			more = true
			break
		}
		if err := show(e); err != nil {
			return err
		}
		n++
	}
	_ = out.Flush() // before the number
	text := count(int64(n), "session") + o.describe()
	if more {
		text += " listed, and there are more; --limit 0 lists all"
	}
	fmt.Fprintln(cmd.ErrOrStderr(), text)
	return nil
}

// printer returns what prints a session.
func (o *lsOptions) printer(w io.Writer, asTable bool) func(store.Entry) error {
	switch {
	case o.json:
		return func(e store.Entry) error { return writeJSONLine(w, o.entry(e)) }
	case asTable:
		return tablePrinter(w, time.Now())
	}
	return func(e store.Entry) error {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", e.ID, word(e.Owner), stamp(e.Used), stamp(e.Expires), len(e.Data), stateOf(e))
		return err
	}
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

func tablePrinter(w io.Writer, now time.Time) func(store.Entry) error {
	const line = "%-16s  %-24s  %-20s  %-20s  %8s  %s\n"
	heading := fmt.Sprintf(line, "ID", "OWNER", "USED", "EXPIRES", "SIZE", "STATE")
	return func(e store.Entry) error {
		owner := ""
		if e.Owner != "" {
			owner = word(e.Owner)
		}
		_, err := fmt.Fprintf(w, heading+line, e.ID.String()[:shownDigits], owner, ago(now.Unix()-e.Used.Unix()),
			ago(now.Unix()-e.Expires.Unix()), strconv.Itoa(len(e.Data)), stateOf(e))
		heading = ""
		return err
	}
}

// stateOf names what a record says of its session.
func stateOf(e store.Entry) string {
	state, _ := driver.ParseRecord(e.Data)
	return states[state].name
}

// states are what a record can say of its session, each with what to know of it.
var states = map[driver.RecordState]struct{ name, note string }{
	driver.Live:       {"live", ""},
	driver.Superseded: {"superseded", "the session was renewed or has moved; requests that were under way may read these values during a minute"},
	driver.Ended:      {"ended", "the session has ended; the record only says so to requests that were under way"},
	driver.Arriving:   {"arriving", "the session is moving here from another store, and counts once that says that it has moved"},
	driver.Moved:      {"moved", "the session has moved to another store; the record says so to servers that look here first"},
}
