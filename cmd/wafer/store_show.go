package main

import (
	"cmp"
	"context"
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
	cookie, name, purpose string
	flask, json           bool
	now                   moment
}

func newStoreShow() *cobra.Command {
	var o showOptions
	cmd := command("store-show")
	flags := cmd.Flags()
	flags.StringVar(&o.cookie, "cookie", "", "the `VALUE` of the visitor's cookie, or - for standard input")
	flags.StringVar(&o.name, "name", "", "the cookie's `NAME`, if not "+session.DefaultCookieName+", or with --flask session")
	flags.StringVar(&o.purpose, "purpose", "", "the program's Options.`PURPOSE`")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.BoolVar(&o.flask, "flask", false, "the values have Flask's tags")
	o.now.add(cmd, "show the ages at")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, rest, err := splitStore(args)
		if err != nil {
			return err
		}
		prefix, err := o.prefix(cmd, rest)
		if err != nil {
			return err
		}
		return inStore(l, func(ctx context.Context, s *stores.Store) error {
			e, err := find(ctx, s, prefix)
			switch {
			case errors.Is(err, errNotThere) && o.cookie != "":
				return partial("the store does not have the session of this cookie (%s); it may have ended, or the cookie has another name or purpose", prefix)
			case err != nil:
				return err
			case o.json:
				return o.writeJSON(cmd.OutOrStdout(), e)
			}
			o.writeText(cmd.OutOrStdout(), e, o.now.get())
			return nil
		})
	}
	return cmd
}

// prefix is the ID, or its first digits, that the arguments or the cookie name.
func (o *showOptions) prefix(cmd *cobra.Command, args []string) (string, error) {
	byCookie := cmd.Flags().Changed("cookie")
	switch {
	case byCookie && len(args) > 0:
		return "", misuse("--cookie and an ID are two ways to name a session; give one of them")
	case byCookie:
		return o.ofCookie(cmd)
	case cmd.Flags().Changed("name"), cmd.Flags().Changed("purpose"):
		return "", misuse("--name and --purpose are for --cookie")
	case len(args) != 1:
		return "", misuse("expected one ID, got %d; `wafer store ls` prints IDs", len(args))
	}
	return args[0], checkPrefix(args[0])
}

// ofCookie returns the ID of the record that the cookie names. The cookie may be a whole line, or -
// for standard input.
func (o *showOptions) ofCookie(cmd *cobra.Command) (string, error) {
	chosen, err := readCookie(cmd, []string{o.cookie}, o.name, o.flask, false)
	if err != nil {
		return "", err
	}
	if !driver.IsID(chosen.value) {
		return "", fmt.Errorf("the cookie's value is not the ID of a stored session, which is %d characters of base64url; does the program keep its sessions in the cookie? (see `wafer inspect`)", driver.IDLength)
	}
	name := cmp.Or(chosen.name, o.name, defaultCookie(o.flask))
	scope := driver.RecordScope(driver.Config{CookieName: name, Purpose: o.purpose}, codecOf(o.flask)) // session.Overflow keeps Flask's sessions too
	return scope.RecordID(chosen.value).String(), nil
}

func (o *showOptions) writeText(out io.Writer, e store.Entry, now time.Time) {
	codec := codecOf(o.flask)
	state, payload := driver.ParseRecord(e.Data)
	owner := "none"
	if e.Owner != "" {
		owner = word(e.Owner)
	}
	rows := []row{
		{"id", e.ID.String()},
		{"owner", owner},
		{"used", aged(e.Used, now)},
		{"expires", aged(e.Expires, now)},
		{"size", count(int64(len(e.Data)), "byte")},
		{"state", states[state].name},
	}
	sizes := sizesOf(payload)
	var document any
	if sizes != nil && codec.DecodeValue(string(payload), &document) != nil {
		document = nil
	}
	values, _ := document.(map[string]any)
	if created, ok := values[driver.CreatedKey].(int64); ok && 0 <= created && created <= lastSecond {
		rows = slices.Insert(rows, 2, row{"created", aged(time.Unix(created, 0), now)})
	}
	writeRows(out, "", rows)
	switch {
	case state == driver.Ended, state == driver.Moved: // it has no values
	case values == nil:
		fmt.Fprintf(out, "\ndata (not a session's JSON)\n  %s\n", quoteBytes(payload))
	default:
		writeValues(out, renderer{codec}, values, "")
		writeSizes(out, sizes, len(payload))
	}
	if note := states[state].note; note != "" {
		fmt.Fprintf(out, "\nnote: %s\n", note)
	}
}

func aged(t, now time.Time) string {
	return t.UTC().Format(timeLayout) + ", " + ago(now.Unix()-t.Unix())
}

// sizesOf returns how many bytes each key needs with its value, and nil if data is not a JSON
// object.
func sizesOf(data []byte) map[string]int {
	var raw map[string]json.RawMessage
	if json.Unmarshal(data, &raw) != nil || raw == nil {
		return nil
	}
	sizes := make(map[string]int, len(raw))
	for key, value := range raw {
		spelled, _ := json.Marshal(key) // never fails for a string
		sizes[key] = len(spelled) + len(":") + len(value)
	}
	return sizes
}

func writeSizes(out io.Writer, sizes map[string]int, total int) {
	keys := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(sizes[b]-sizes[a], cmp.Compare(a, b))
	})
	var rows []row
	for _, key := range keys {
		rows = append(rows, row{word(key), fmt.Sprintf("%s, %d%%", count(int64(sizes[key]), "byte"), 100*sizes[key]/total)})
	}
	if len(rows) > 0 {
		fmt.Fprintln(out, "\nsizes")
		writeRows(out, "  ", rows)
	}
}

// writeJSON writes the session as --json prints it.
func (o *showOptions) writeJSON(w io.Writer, e store.Entry) error {
	_, payload := driver.ParseRecord(e.Data)
	sizes := sizesOf(payload)
	if sizes == nil {
		sizes = map[string]int{}
	}
	ls := lsOptions{data: true}
	return writeJSONLine(w, struct {
		listed
		Sizes map[string]int `json:"sizes"`
	}{ls.entry(e), sizes})
}
