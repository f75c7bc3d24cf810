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
	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// createdKey is where a session keeps when it began, in Unix seconds.
const createdKey = "_created"

type showOptions struct {
	cookieID
	json  bool
	flask bool
	now   int64
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

  id, owner, used, expires, size   as of ls
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
				return usageError{fmt.Errorf("one ID is wanted, and there are %d; `wafer store ls` prints them", len(rest))}
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
	cmd.Flags().StringVar(&o.name, "name", "", "the cookie's `NAME`, if not "+session.DefaultCookieName)
	cmd.Flags().StringVar(&o.purpose, "purpose", "", "the `PURPOSE` in the program's session.Options")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&o.flask, "flask", false, "the values have Flask's tags")
	addNow(cmd, &o.now, "tell the ages at")
	return cmd
}

// format is how values are spelled in the store.
func (o *showOptions) format() (session.Format, error) {
	backend := session.Signed(secret.New())
	if o.flask {
		var err error
		if backend, err = flask.Cookies(secret.New().Reveal(), nil); err != nil {
			return nil, err
		}
	}
	keeper, err := bind(backend, session.DefaultCookieName, "")
	if err != nil {
		return nil, err
	}
	return keeper.Format(), nil
}

func (o *showOptions) writeText(w io.Writer, e store.Entry, now time.Time) error {
	format, err := o.format()
	if err != nil {
		return err
	}
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
	}
	sizes, isObject := sizesOf(e.Data)
	var document any
	if isObject {
		isObject = format.DecodeValue(string(e.Data), &document) == nil
	}
	values, _ := document.(map[string]any)
	if created, ok := unixTime(values[createdKey]); ok {
		rows = slices.Insert(rows, 2, row{"created", aged(created, now)})
	}
	var out bytes.Buffer
	writeRows(&out, "", rows)
	switch {
	case len(e.Data) == 0:
		out.WriteString("\nnote: the session has ended; the record only says so, to requests that were under way\n")
	case !isObject || values == nil:
		fmt.Fprintf(&out, "\ndata (not a session's JSON)\n  %s\n", quoteBytes(e.Data))
	default:
		writeValues(&out, renderer{format}, values, "")
		writeSizes(&out, sizes, len(e.Data))
	}
	_, err = w.Write(out.Bytes())
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
	sizes, _ := sizesOf(e.Data)
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
