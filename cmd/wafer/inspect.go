package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// lastSecond is the last time that a token can say, the end of the year 9999.
const lastSecond = 253402300799

type inspectOptions struct {
	flask   bool
	json    bool
	cookie  string
	purpose string
	now     int64
	key     keySource
}

func newInspect() *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect [flags] [TOKEN]",
		Short: "Show what a session cookie says, and whether its key made it",
		Long: `Inspect shows the values in a session cookie, when it was made and expires,
whether its signature or seal holds, by which key, and its size against what
browsers keep.

TOKEN is the cookie's value, or a whole Cookie: or Set-Cookie: line as browsers
and curl show it. Without TOKEN, or with -, it is read from standard input, which
may also be a whole response with its headers. It tells by itself whether it is
one of session.Signed, session.Sealed or Flask's, the cookie that binds a session
to a device (package dbsc), or the id of a session that a store keeps (for that
there is wafer store show).

The key is in SECRET_KEY, and those that are accepted beside it in
SECRET_KEY_ACCEPTED; or it is in the file that --key-file names, which is then the
only one. Without one a signature is not checked, and what is sealed not opened. A
token of Wafer's own holds under one cookie's name only, that of the line, or of
--cookie, or ` + session.DefaultCookieName + `, and for the purpose that the program gave
session.Options, if any: --purpose. The key of a Flask program is taken alone, and
as it stands, whatever text it is, but for one line end after it in a file.

With --json one object is printed:

  format       "signed", "sealed", "stored" (an id), "flask", "bound" (to a device)
               or "unknown"
  cookie       the cookie's name
  signature    of a signed or sealed token "valid", "invalid" or "unchecked";
               "none" for an id
  key          the id of the key that it holds under, or that a sealed token says
               it was made with; null if that is not known, and for Flask's
  accepted     whether that key is one of SECRET_KEY_ACCEPTED
  reason       why the token holds no session, else null; age is for the notes
  signed_at    the time it was signed or sealed, RFC 3339 in UTC, null if that is
               not known
  age_seconds  seconds since then, negative for a time to come, or null
  expires_at   the time in a sealed token at which it expires, or null
  size, limit  bytes of the cookie's name and value, and what browsers keep
  compressed   whether the payload is compressed
  values       the payload as it stands in the token, null if it is not JSON
  payload      the payload as a string where values cannot hold it (Python
               writes NaN, which is not JSON), else null
  notes        hints, in words

A program would also refuse a token older than its own Lifetime (31 days, if it
does not say).

Exit status: 0 if the signature or seal holds or was not checked; 1 if it does not
hold, or if what was given holds no session, as an id does not; 2 if nothing could
be looked at, or a key is a bad one: what can be read without it is shown.`,
		Example: `  wafer inspect eyJ1c2VybmFtZSI6ImFkYSJ9.ZVPxAA.PYv...
  wafer inspect --flask 'Cookie: theme=dark; session=eyJ1c2Vy...'
  curl -si https://example.org/ | wafer inspect --cookie __Host-session
  wafer inspect --cookie session --purpose admin < token.txt
  wafer inspect --json --key-file session.key < token.txt | jq .values.username`,
		Args: atMostOne("token", "put a whole cookie line in quotes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key.given = cmd.Flags().Changed("key-file")
			if cmd.Flags().Changed("cookie") && o.cookie == "" {
				return usageError{errors.New("--cookie is empty")}
			}
			if err := checkPurpose(o.purpose, o.flask); err != nil {
				return err
			}
			now, err := moment(cmd, o.now)
			if err != nil {
				return err
			}
			return o.inspect(cmd, args, now)
		},
	}
	cmd.Flags().BoolVar(&o.flask, "flask", false, "the cookie is a Flask program's, also where it does not look it")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&o.cookie, "cookie", "", "the cookie's `NAME`")
	addPurpose(cmd, &o.purpose)
	addNow(cmd, &o.now, "tell the age at")
	o.key.addFlag(cmd)
	return cmd
}

func (o *inspectOptions) inspect(cmd *cobra.Command, args []string, now time.Time) error {
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
		kind:    kindOf(chosen.value, o.flask),
		cookie:  chosen.name,
		purpose: o.purpose,
		token:   chosen.value,
		now:     now,
	}
	if r.cookie == "" {
		r.cookie, r.assumed = o.cookie, o.cookie == ""
		if r.assumed {
			r.cookie = defaultCookie(o.flask || r.isFlask())
			if r.kind == kindBound {
				r.cookie += guard.CookieSuffix
			}
		}
	}
	if r.isFlask() {
		r.purpose = ""
	}
	if r.kind != kindUnknown && r.kind != kindStored {
		r.keys, r.keyErr = o.key.openAll(r.kind)
		if errors.Is(r.keyErr, secret.ErrNotSet) {
			r.keyErr = nil
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
	switch {
	case err != nil:
		return err
	case r.keyErr != nil:
		return r.keyErr
	case r.reason != "":
		return errInvalid
	}
	return nil
}

// defaultCookie is the name of the session cookie where nothing else is said.
func defaultCookie(isFlask bool) string {
	if isFlask {
		return flask.Defaults().Cookie.Name
	}
	return session.DefaultCookieName
}

func addPurpose(cmd *cobra.Command, purpose *string) {
	cmd.Flags().StringVar(purpose, "purpose", "", "the `PURPOSE` in the program's session.Options")
}

func checkPurpose(purpose string, isFlask bool) error {
	if purpose != "" && isFlask {
		return usageError{errors.New("--purpose is for Wafer's own cookies; Flask's have none")}
	}
	return nil
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
