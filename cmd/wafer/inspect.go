package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
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
	now           moment
	keyFile       string
}

func (f *cookieFlags) add(cmd *cobra.Command, ofFlask, ofNow string) {
	flags := cmd.Flags()
	flags.BoolVar(&f.flask, "flask", false, ofFlask)
	flags.StringVar(&f.name, "cookie", "", "the cookie's `NAME`")
	flags.StringVar(&f.purpose, "purpose", "", "the program's Options.`PURPOSE`")
	flags.IntVar(&f.maxSize, "max-cookie-size", session.DefaultMaxCookieSize, "the program's Options.MaxCookieSize, in `BYTES`")
	f.now.add(cmd, ofNow)
	flags.StringVar(&f.keyFile, "key-file", "", "read the key from `FILE` instead of "+keyVariable)
}

// check refuses what the flags cannot mean together.
func (f *cookieFlags) check(cmd *cobra.Command) error {
	switch {
	case cmd.Flags().Changed("cookie") && f.name == "":
		return misuse("--cookie is empty")
	case f.purpose != "" && f.flask:
		return misuse("--purpose is for Wafer's own cookies; Flask's have none")
	case f.maxSize < 1 || f.maxSize > maxCookieSize:
		return misuse("--max-cookie-size must be from 1 to %d", maxCookieSize)
	}
	return nil
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
		if err := f.check(cmd); err != nil {
			return err
		}
		return inspect(cmd, &f, args, *asJSON)
	}
	return cmd
}

func inspect(cmd *cobra.Command, f *cookieFlags, args []string, asJSON bool) error {
	chosen, err := readCookie(cmd, args, f.name, f.flask, f.flask)
	if err != nil {
		return err
	}
	kind := kindOf(chosen.value, f.flask)
	r := report{kind: kind, cookie: cmp.Or(chosen.name, f.name), token: chosen.value, now: f.now.get()}
	if r.assumed = r.cookie == ""; r.assumed {
		r.cookie = defaultCookie(kind == kindFlask)
		if kind == kindBound {
			r.cookie = defaultCookie(f.flask) + guard.CookieSuffix
		}
	}
	r.config = f.config(kind, r.cookie)
	if kind != kindUnknown && kind != kindStored {
		r.keys, r.keyErr = f.keys(cmd, kind)
		if errors.Is(r.keyErr, secret.ErrNotSet) {
			r.keyErr = nil
		}
	}
	if err := r.examine(); err != nil {
		return err
	}
	r.addNotes()
	if asJSON {
		r.writeJSON(cmd.OutOrStdout())
	} else {
		r.writeText(cmd.OutOrStdout())
	}
	switch {
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

// A moment is the value of the flag --now.
type moment struct{ at time.Time }

func (m *moment) add(cmd *cobra.Command, usage string) {
	cmd.Flags().Func("now", usage+" `UNIX`, seconds since 1970, instead of the current time", func(text string) error {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 || seconds > lastSecond {
			return fmt.Errorf("it must be from 0 to %d, seconds since 1970, not milliseconds", int64(lastSecond))
		}
		m.at = time.Unix(seconds, 0)
		return nil
	})
}

// get returns the time of the flag, or the current time.
func (m *moment) get() time.Time {
	if m.at.IsZero() {
		return time.Now()
	}
	return m.at
}
