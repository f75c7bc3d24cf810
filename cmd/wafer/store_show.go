package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

type showOptions struct {
	cookieID
	json bool
	now  int64
}

func newStoreShow() *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show [flags] [URL] ID",
		Short: "Show a session that is kept in a store",
		Long: `Show prints a session: whose it is, when it was used and expires, its values, its
flashed messages, and how much of its size is whose.

ID is the session's id as ls prints it, or as much of its beginning as no other
has. A store has no cookies, only their SHA-256; with --cookie the id is computed
from the value that a visitor's browser has, under the cookie's name (--name)
and the purpose that the program gave session.Options, if any (--purpose). Whoever
has that value is signed in as the visitor, so --cookie - reads it from standard
input, where no other user of the machine can see it.

With --json one object is printed:

  id, owner, used, expires, size, state   as of ls
  values   the values as they are kept, null if they are not JSON
  sizes    the bytes of each, by key

Exit status: 0 if the session was shown; 1 if it is not in the store; 2 if
nothing could be looked at.`,
		Example: `  wafer store show 5e884898da280471
  wafer store show sqlite:sessions.db --cookie -
  wafer store show --cookie - --name session --purpose shop < cookie.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			now, err := moment(cmd, o.now)
			if err != nil {
				return err
			}
			l, rest, err := takeStore(args)
			if err != nil {
				return err
			}
			byCookie := cmd.Flags().Changed("cookie")
			var prefix string
			switch {
			case byCookie && len(rest) > 0:
				return usageError{errors.New("--cookie and an ID are two ways to name a session; give one of them")}
			case byCookie:
				if o.cookie == "-" && isTerminal(cmd.InOrStdin()) {
					fmt.Fprintln(cmd.ErrOrStderr(), "wafer: paste the cookie's value, then press Ctrl-D")
				}
				id, err := o.id(cmd.InOrStdin())
				if err != nil {
					return err
				}
				prefix = id.String()
			case cmd.Flags().Changed("name"), cmd.Flags().Changed("purpose"):
				return usageError{errors.New("--name and --purpose are for --cookie")}
			case len(rest) != 1:
				return usageError{fmt.Errorf("expected one ID, got %d; `wafer store ls` prints IDs", len(rest))}
			default:
				prefix = rest[0]
				if err := checkPrefix(prefix); err != nil {
					return err
				}
			}
			ctx, stop := untilInterrupted()
			defer stop()
			return withStore(ctx, l, func(s *stores.Store) error {
				e, err := find(ctx, l, s, prefix)
				if errors.Is(err, errNotThere) && byCookie {
					return partialError{fmt.Errorf("the store has no session of that cookie (%s); it may have ended, or the cookie have another name or purpose", prefix)}
				}
				if err != nil {
					return err
				}
				if o.json {
					return o.writeJSON(cmd.OutOrStdout(), e)
				}
				return o.writeText(cmd.OutOrStdout(), e, now)
			})
		},
	}
	cmd.Flags().StringVar(&o.cookie, "cookie", "", "the `VALUE` of the visitor's cookie, or - for standard input")
	cmd.Flags().StringVar(&o.name, "name", "", "the cookie's `NAME`, if not "+session.DefaultCookieName+", or with --flask session")
	cmd.Flags().StringVar(&o.purpose, "purpose", "", "the `PURPOSE` in the program's session.Options")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&o.flask, "flask", false, "the values have Flask's tags")
	addNow(cmd, &o.now, "tell the ages at")
	return cmd
}

func (o *showOptions) writeText(w io.Writer, e store.Entry, now time.Time) error {
	codec := codecOf(o.flask)
	state, payload := driver.ParseRecord(e.Data)
	owner := "nobody's"
	if e.Owner != "" {
		owner = word(e.Owner)
	}
	rows := []row{
		{"id", e.ID.String()},
		{"owner", owner},
		{"used", aged(e.Used, now)},
		{"expires", aged(e.Expires, now)},
		{"size", count(int64(len(e.Data)), "byte")},
		{"state", stateName(state)},
	}
	sizes, isObject := sizesOf(payload)
	var document any
	if isObject {
		isObject = codec.DecodeValue(string(payload), &document) == nil
	}
	values, _ := document.(map[string]any)
	if created, ok := unixTime(values[driver.CreatedKey]); ok {
		rows = slices.Insert(rows, 2, row{"created", aged(created, now)})
	}
	var out bytes.Buffer
	writeRows(&out, "", rows)
	switch {
	case state == driver.Ended:
		out.WriteString("\nnote: the session has ended; the record only says so, to requests that were under way\n")
	case !isObject || values == nil:
		fmt.Fprintf(&out, "\ndata (not a session's JSON)\n  %s\n", quoteBytes(payload))
	default:
		writeValues(&out, renderer{codec}, values, "")
		writeSizes(&out, sizes, len(payload))
	}
	if state == driver.Superseded {
		out.WriteString("\nnote: the session was renewed or has moved; for a minute, requests that were under way may read what is here\n")
	}
	_, err := w.Write(out.Bytes())
	return err
}

// unixTime reads the number of seconds that a session keeps.
func unixTime(v any) (time.Time, bool) {
	number, err := json.Marshal(v)
	var seconds int64
	if v == nil || err != nil || json.Unmarshal(number, &seconds) != nil || seconds < 0 || seconds > lastSecond {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

func aged(t, now time.Time) string {
	return t.UTC().Format(timeLayout) + ", " + ago(now.Unix()-t.Unix())
}

// sizesOf returns how many bytes each key takes with its value, and false if
// data is no JSON object.
func sizesOf(data []byte) (map[string]int, bool) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(data, &raw) != nil || raw == nil {
		return nil, false
	}
	sizes := make(map[string]int, len(raw))
	for key, value := range raw {
		spelled, err := json.Marshal(key)
		if err != nil {
			return nil, false
		}
		sizes[key] = len(spelled) + len(":") + len(value)
	}
	return sizes, true
}

func writeSizes(out *bytes.Buffer, sizes map[string]int, total int) {
	keys := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(sizes[b]-sizes[a], cmp.Compare(a, b))
	})
	var rows []row
	for _, key := range keys {
		rows = append(rows, row{word(key), fmt.Sprintf("%s, %d%%", count(int64(sizes[key]), "byte"), 100*sizes[key]/total)})
	}
	if len(rows) > 0 {
		out.WriteString("\nsizes\n")
		writeRows(out, "  ", rows)
	}
}

// writeJSON writes the session as --json prints it.
func (o *showOptions) writeJSON(w io.Writer, e store.Entry) error {
	_, payload := driver.ParseRecord(e.Data)
	sizes, _ := sizesOf(payload)
	if sizes == nil {
		sizes = map[string]int{}
	}
	ls := lsOptions{data: true}
	line, err := json.Marshal(struct {
		listed
		Sizes map[string]int `json:"sizes"`
	}{ls.entry(e), sizes})
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
