package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// What a check found.
const (
	checkOK        = "ok"
	checkWarning   = "warning"
	checkFailed    = "failed"
	checkUnchecked = "unchecked"
)

// A finding is what one check found.
type finding struct {
	Check  string `json:"check"`
	Status string `json:"status"`
	Text   string `json:"text"`
}

type findings []finding

func (f *findings) add(check, status, format string, args ...any) {
	*f = append(*f, finding{check, status, string(printable(fmt.Appendf(nil, format, args...)))})
}

func newCheck() *cobra.Command {
	var o session.Options
	cmd := command("check")
	cmd.ValidArgsFunction = completeStores
	flags := cmd.Flags()
	flags.StringVar(&o.Cookie.Name, "cookie", "", "the cookie's `NAME`, if not "+session.DefaultCookieName)
	flags.StringVar(&o.Cookie.Domain, "domain", "", "the cookie's `DOMAIN`")
	flags.StringVar(&o.Cookie.Path, "path", "", "the cookie's `PATH`, if not /")
	sameSite := flags.String("same-site", "lax", "the cookie's SameSite attribute: lax, strict or none (`MODE`)")
	flags.BoolVar(&o.Cookie.Partitioned, "partitioned", false, "the cookie is Partitioned")
	flags.BoolVar(&o.Cookie.Insecure, "insecure", false, "the cookie is not Secure")
	flags.IntVar(&o.MaxCookieSize, "max-cookie-size", session.DefaultMaxCookieSize, "the program's Options.MaxCookieSize, in `BYTES`")
	asJSON := flags.Bool("json", false, "print a JSON object for each check")
	_ = cmd.RegisterFlagCompletionFunc("same-site", cobra.FixedCompletions([]string{"lax", "strict", "none"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		modes := map[string]http.SameSite{"lax": http.SameSiteLaxMode, "strict": http.SameSiteStrictMode, "none": http.SameSiteNoneMode}
		mode, ok := modes[strings.ToLower(*sameSite)]
		if !ok {
			return misuse("--same-site is %q; it must be lax, strict or none", *sameSite)
		}
		if cmd.Flags().Changed("same-site") {
			o.Cookie.SameSite = mode
		}
		var l *stores.Location
		if len(args) > 0 || os.Getenv(storeVariable) != "" {
			var err error
			if l, err = onlyStore(args); err != nil {
				return err
			}
		}
		var found findings
		found.keys(l != nil)
		found.cookie(o)
		found.store(l)
		return found.write(cmd, *asJSON)
	}
	return cmd
}

func (f *findings) keys(haveStore bool) {
	keys, err := keyringFromEnv()
	switch {
	case errors.Is(err, secret.ErrNotSet) && haveStore:
		f.add("keys", checkWarning, "%s is not set; session.Stored needs no key, all other backends do", keyVariable)
	case err != nil:
		f.add("keys", checkFailed, "%s", message(err))
	default:
		f.add("keys", checkOK, "%s", keys.describe())
	}
}

func (f *findings) cookie(o session.Options) {
	o.Logger = slog.New(slog.DiscardHandler)
	sessions, err := session.New(session.Signed(secret.New()), &o)
	if err != nil {
		f.add("cookie", checkFailed, "%s", message(err))
		return
	}
	r, _ := http.NewRequest(http.MethodGet, "/", nil) // fails only for a bad method or URL
	found := sessions.Inspect(r)
	status, text := checkOK, found.Cookie+"; "+found.Attributes
	switch {
	case o.Cookie.Insecure:
		status, text = checkWarning, text+"; it travels over plain HTTP, where others can read it"
	case o.MaxCookieSize > session.DefaultMaxCookieSize:
		status, text = checkWarning, text+fmt.Sprintf("; browsers reject a cookie of more than %d bytes", session.DefaultMaxCookieSize)
	}
	f.add("cookie", status, "%s", text)
}

func (f *findings) store(l *stores.Location) {
	if l == nil {
		f.add("store", checkUnchecked, "give its URL, or set %s", storeVariable)
		return
	}
	ctx, stop := untilInterrupted()
	defer stop()
	var warned bytes.Buffer
	err := withStore(ctx, l, slog.New(slog.NewTextHandler(&warned, &slog.HandlerOptions{ReplaceAttr: withoutHead})), func(ctx context.Context, s *stores.Store) error {
		ctx, cancel := context.WithTimeout(ctx, 2*openTimeout)
		defer cancel()
		f.add("store", checkOK, "%s is open (%s)", l, l.Engine())
		for line := range strings.Lines(warned.String()) {
			f.add("engine", checkWarning, "%s", l.Redact(strings.TrimSpace(line)))
		}
		err := s.Check(ctx)
		for _, wrong := range each(err) {
			f.add("engine", checkFailed, "%s", l.Redact(message(wrong)))
		}
		if err == nil && warned.Len() == 0 {
			f.add("engine", checkOK, "the start-up checks of %s found nothing", l.Engine())
		}
		pinger, ok := s.Store.(store.Pinger)
		if !ok {
			return nil
		}
		start := time.Now()
		if err := pinger.Ping(ctx); err != nil {
			f.add("ping", checkFailed, "%s", l.Redact(message(err)))
		} else {
			f.add("ping", checkOK, "a record was written and deleted in %v", time.Since(start).Round(time.Millisecond))
		}
		return nil
	})
	if err != nil {
		f.add("store", checkFailed, "%s", message(err))
	}
}

// each returns the errors that err joins.
func each(err error) []error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return several.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// withoutHead leaves the message of a log line, and what is beside it.
func withoutHead(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

func (f findings) write(cmd *cobra.Command, asJSON bool) error {
	names := map[string]string{checkOK: "ok", checkWarning: "warning", checkFailed: "FAILED", checkUnchecked: "not checked"}
	failed := int64(0)
	var rows []row
	for _, one := range f {
		if one.Status == checkFailed {
			failed++
		}
		rows = append(rows, row{one.Check, names[one.Status] + ": " + one.Text})
		if asJSON {
			_ = writeJSONLine(cmd.OutOrStdout(), one)
		}
	}
	if !asJSON {
		writeRows(cmd.OutOrStdout(), "", rows)
	}
	if failed > 0 {
		return partial("%s failed", count(failed, "check"))
	}
	return nil
}
