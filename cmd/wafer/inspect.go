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
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// lastSecond is the last time that a token can contain, the end of the year 9999.
	lastSecond = 253402300799

	// maxCookieSize is the largest Options.MaxCookieSize of a program.
	maxCookieSize = 1 << 20
)

// cookieFlags describe a session cookie, and the moment at which it is used.
type cookieFlags struct {
	flask         bool
	name, purpose string
	maxSize       int
	now           int64
	key           keyFlags
}

func (f *cookieFlags) add(cmd *cobra.Command, ofFlask, ofNow string) {
	flags := cmd.Flags()
	flags.BoolVar(&f.flask, "flask", false, ofFlask)
	flags.StringVar(&f.name, "cookie", "", "the cookie's `NAME`")
	flags.StringVar(&f.purpose, "purpose", "", "the program's Options.`PURPOSE`")
	flags.IntVar(&f.maxSize, "max-cookie-size", session.DefaultMaxCookieSize, "the program's Options.MaxCookieSize, in `BYTES`")
	addNow(cmd, &f.now, ofNow)
	f.key = addKeyFlags(cmd)
}

// check refuses what the flags cannot mean together, and returns the moment of --now.
func (f *cookieFlags) check(cmd *cobra.Command) (time.Time, error) {
	switch {
	case cmd.Flags().Changed("cookie") && f.name == "":
		return time.Time{}, misuse("--cookie is empty")
	case f.purpose != "" && f.flask:
		return time.Time{}, misuse("--purpose is for Wafer's own cookies; Flask's have none")
	case f.maxSize < 1 || f.maxSize > maxCookieSize:
		return time.Time{}, misuse("--max-cookie-size must be from 1 to %d", maxCookieSize)
	}
	return moment(cmd, f.now)
}

// config is what a program with a cookie of that kind tells its backend.
func (f *cookieFlags) config(kind, cookie string) driver.Config {
	c := driver.Config{CookieName: cookie, Purpose: f.purpose, MaxCookieSize: f.maxSize}
	if kind == kindFlask {
		c.Purpose = ""
	}
	return c
}

func newInspect() *cobra.Command {
	var f cookieFlags
	cmd := command("inspect")
	f.add(cmd, "the cookie is a Flask program's, even if it does not look like one", "show the age at")
	asJSON := cmd.Flags().Bool("json", false, "print one JSON object")
	cmd.Args = atMostOne("token", "put a whole cookie line in quotes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		now, err := f.check(cmd)
		if err != nil {
			return err
		}
		return inspect(cmd, &f, args, now, *asJSON)
	}
	return cmd
}

func inspect(cmd *cobra.Command, f *cookieFlags, args []string, now time.Time, asJSON bool) error {
	if len(args) == 0 && isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: paste a token or a cookie line, then press Ctrl-D")
	}
	chosen, err := readCookie(args, cmd.InOrStdin(), f.name, f.flask, f.flask)
	if err != nil {
		return err
	}
	kind := kindOf(chosen.value, f.flask)
	r := report{kind: kind, cookie: chosen.name, token: chosen.value, now: now}
	if r.cookie == "" {
		r.cookie, r.assumed = f.name, f.name == ""
	}
	if r.assumed {
		r.cookie = defaultCookie(kind == kindFlask)
		if kind == kindBound {
			r.cookie = defaultCookie(f.flask) + guard.CookieSuffix
		}
	}
	r.config = f.config(kind, r.cookie)
	if kind != kindUnknown && kind != kindStored {
		r.keys, r.keyErr = f.key.read(cmd, kind)
		if errors.Is(r.keyErr, secret.ErrNotSet) {
			r.keyErr = nil
		}
	}
	if err := r.examine(); err != nil {
		return err
	}
	r.addNotes()
	if asJSON {
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

// defaultCookie is the name of a session cookie that no flag and no line names.
func defaultCookie(isFlask bool) string {
	if isFlask {
		return flask.Defaults().Cookie.Name
	}
	return session.DefaultCookieName
}

// codecOf is how a backend that keeps the session in its cookie writes values.
func codecOf(isFlask bool) driver.Codec {
	if isFlask {
		return flask.Codec
	}
	return driver.JSON
}

func addNow(cmd *cobra.Command, now *int64, usage string) {
	cmd.Flags().Int64Var(now, "now", 0, usage+" `UNIX`, seconds since 1970, instead of the current time")
}

// moment is the time of --now, or the current time.
func moment(cmd *cobra.Command, now int64) (time.Time, error) {
	switch {
	case !cmd.Flags().Changed("now"):
		return time.Now(), nil
	case now < 0 || now > lastSecond:
		return time.Time{}, misuse("--now is %d; it must be from 0 to %d, seconds since 1970, not milliseconds", now, int64(lastSecond))
	}
	return time.Unix(now, 0), nil
}

// isTerminal reports whether a person types what r reads. Without a word they would wait for a
// program that waits for them.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	return ok && onTerminal(file)
}
