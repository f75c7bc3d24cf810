package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// lastSecond is the last time that a token can say, the end of the year 9999.
const lastSecond = 253402300799

type inspectOptions struct {
	flask  bool
	json   bool
	cookie string
	now    int64
	key    keySource
}

func newInspect() *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect [flags] [TOKEN]",
		Short: "Show what a session cookie says, and whether its signature holds",
		Long: `Inspect shows the values in a session cookie, when it was signed, whether the
signature holds, and its size against what browsers keep.

TOKEN is the cookie's value, or a whole Cookie: or Set-Cookie: line as browsers
and curl show it. Without TOKEN, or with -, it is read from standard input, which
may also be a whole response with its headers.

The key is in SECRET_KEY, or in the file that --key-file names. Without one the
signature is not checked. A token of Wafer's own holds under one cookie's name
only: that of the line, or of --cookie, or ` + session.DefaultCookieName + `. The key of a Flask
program is taken as it stands, whatever text it is, but for one line end after it
in a file.

With --json one object is printed:

  format       "signed" or "flask"
  cookie       the cookie's name
  signature    "valid", "invalid" or "unchecked"
  reason       why the token holds no session, else null; age is for the notes
  signed_at    the time it was signed, RFC 3339 in UTC, null if it has none
  age_seconds  seconds since then, negative for a time to come, or null
  size, limit  bytes of the cookie's name and value, and what browsers keep
  compressed   whether the payload is compressed
  values       the payload as it stands in the token, null if it is not JSON
  payload      the payload as a string where values cannot hold it (Python
               writes NaN, which is not JSON), else null
  notes        hints, in words

A program would also refuse a token older than its own Lifetime (31 days, if it
does not say).

Exit status: 0 if the signature holds or was not checked; 1 if it does not hold,
or if what was given is no session; 2 if nothing could be looked at.`,
		Example: `  wafer inspect eyJ1c2VybmFtZSI6ImFkYSJ9.ZVPxAA.PYv...
  wafer inspect --flask 'Cookie: theme=dark; session=eyJ1c2Vy...'
  curl -si https://example.org/ | wafer inspect --cookie __Host-session
  wafer inspect --json --key-file session.key < token.txt | jq .values.username`,
		Args: atMostOne("token", "put a whole cookie line in quotes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key.given = cmd.Flags().Changed("key-file")
			if cmd.Flags().Changed("cookie") && o.cookie == "" {
				return usageError{errors.New("--cookie is empty")}
			}
			now, err := moment(cmd, o.now)
			if err != nil {
				return err
			}
			return o.inspect(cmd, args, now)
		},
	}
	cmd.Flags().BoolVar(&o.flask, "flask", false, "the cookie is a Flask program's")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&o.cookie, "cookie", "", "the cookie's `NAME`")
	addNow(cmd, &o.now, "tell the age at")
	o.key.addFlag(cmd)
	return cmd
}

func (o *inspectOptions) inspect(cmd *cobra.Command, args []string, now time.Time) error {
	keys, err := o.key.open(o.flask)
	if err != nil && !errors.Is(err, secret.ErrNotSet) {
		return err
	}
	stdin := cmd.InOrStdin()
	if len(args) == 0 && isTerminal(stdin) {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: paste a token or a cookie line, then press Ctrl-D")
	}
	text, err := readInput(args, stdin)
	if err != nil {
		return err
	}
	cookies, err := parseInput(text)
	if err != nil {
		return err
	}
	chosen, err := choose(cookies, o.cookie, defaultCookie(o.flask), o.flask)
	if err != nil {
		return err
	}
	r := report{
		flask:  o.flask,
		cookie: chosen.name,
		token:  chosen.value,
		now:    now,
		keys:   keys,
	}
	if r.cookie == "" {
		r.cookie, r.assumed = o.cookie, o.cookie == ""
		if r.assumed {
			r.cookie = defaultCookie(o.flask)
		}
	}
	if err := r.examine(); err != nil {
		return err
	}
	r.addNotes(o.key)
	if o.json {
		err = r.writeJSON(cmd.OutOrStdout())
	} else {
		err = r.writeText(cmd.OutOrStdout())
	}
	if err == nil && r.reason != "" {
		return errInvalid
	}
	return err
}

// defaultCookie is the name of the session cookie where nothing else is said.
func defaultCookie(isFlask bool) string {
	if isFlask {
		return flask.Defaults().Cookie.Name
	}
	return session.DefaultCookieName
}

func addNow(cmd *cobra.Command, now *int64, usage string) {
	cmd.Flags().Int64Var(now, "now", 0, usage+" `UNIX`, seconds since 1970, and not now")
}

// moment is the time of --now, or the time.
func moment(cmd *cobra.Command, now int64) (time.Time, error) {
	switch {
	case !cmd.Flags().Changed("now"):
		return time.Now(), nil
	case now < 0 || now > lastSecond:
		return time.Time{}, usageError{fmt.Errorf("--now is %d; it must be from 0 to %d, seconds since 1970 (milliseconds are too many)", now, int64(lastSecond))}
	}
	return time.Unix(now, 0), nil
}

// isTerminal reports whether a person is about to type: without a word they
// would wait for a program that waits for them.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
