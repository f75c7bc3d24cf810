// Package stores opens the stores that URLs name.
package stores

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/store"
)

// A UsageError is one that the command's help would have prevented.
type UsageError struct{ error }

// Misuse returns a UsageError.
func Misuse(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// A Location is a store's URL, which [Parse] accepted.
type Location struct {
	engine  engine
	name    string   // what may be shown
	secrets []string // what may not
	open    func(context.Context, *slog.Logger) (*Store, error)
	migrate func(context.Context) error
}

// An engine is what keeps the records.
type engine struct {
	name    string
	schemes []string
	parse   func(l *Location, u *url.URL) error
}

var engines = []engine{sqliteEngine, postgresEngine, mysqlEngine, redisEngine, memcacheEngine}

// A Store is an open store. It has the optional interfaces of package store in its field Store.
type Store struct {
	store.Store
	*Location

	// Ordered reports whether the store lists its records in the order of their IDs.
	Ordered bool

	// Close closes the store and its connections.
	Close func() error

	// Check returns what the engine's settings, or its clock, will do to sessions.
	Check func(context.Context) error
}

// Parse reads a URL. Its error is a UsageError and contains no part of a password.
func Parse(text string) (*Location, error) {
	scheme, rest, found := strings.Cut(text, ":")
	scheme = strings.ToLower(scheme)
	if !found || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" {
		return nil, Misuse("%q is not the URL of a store, such as sqlite:sessions.db or postgres://user@host/database", Shown(text))
	}
	at := slices.IndexFunc(engines, func(e engine) bool { return slices.Contains(e.schemes, scheme) })
	if at < 0 {
		return nil, Misuse("unknown kind of store %q; expected one of %s", scheme, strings.Join(Schemes(), ", "))
	}
	var u *url.URL
	var err error
	if scheme == "sqlite" {
		u, err = parsePath(rest)
	} else {
		// What url.Parse complains of, and an at sign after what it read as the host, may be part
		// of a password.
		u, err = url.Parse(text)
		if err != nil || strings.ContainsRune(u.EscapedPath()+u.RawQuery, '@') || u.Opaque+u.Fragment != "" {
			err = Misuse("the URL that begins with %s: cannot be read; in a name or a password, write every character except letters, digits and -._~ as %% and two hexadecimal digits", scheme)
		}
	}
	if err != nil {
		return nil, err
	}
	l := &Location{engine: engines[at]}
	l.hide(u)
	if err := l.engine.parse(l, u); err != nil {
		return nil, UsageError{errors.New(l.Redact(err.Error()))}
	}
	return l, nil
}

// Schemes returns what a URL may begin with.
func Schemes() []string {
	var all []string
	for _, e := range engines {
		all = append(all, e.schemes...)
	}
	return all
}

// hide notes what is secret in a URL, and how it is shown.
func (l *Location) hide(u *url.URL) {
	shown := *u
	if password, ok := u.User.Password(); ok {
		l.secret(password)
		shown.User = url.UserPassword(u.User.Username(), hidden)
	}
	options := u.Query()
	for name, values := range options {
		if secretName.MatchString(name) {
			for _, value := range values {
				l.secret(value)
			}
			options[name] = []string{hidden}
			shown.RawQuery = "" // rewritten below
		}
	}
	if shown.RawQuery != u.RawQuery {
		shown.RawQuery = options.Encode()
	}
	if l.name = shown.String(); u.Scheme == "sqlite" {
		l.name = "sqlite:" + u.Path
	}
}

// secret hides a text, as it is and as URLs spell it.
func (l *Location) secret(text string) {
	for _, spelled := range []string{text, url.QueryEscape(text), url.PathEscape(text), strings.TrimPrefix(url.UserPassword("", text).String(), ":")} {
		if spelled != "" && !slices.Contains(l.secrets, spelled) {
			l.secrets = append(l.secrets, spelled)
		}
	}
	// The longest first, as one may be in another.
	slices.SortFunc(l.secrets, func(a, b string) int { return len(b) - len(a) })
}

// String returns the URL without its password.
func (l *Location) String() string { return l.name }

// Engine returns the engine's name.
func (l *Location) Engine() string { return l.engine.name }

// Redact removes the URL's password from a text.
func (l *Location) Redact(text string) string {
	for _, s := range l.secrets {
		text = redactWord(text, s)
	}
	return text
}

// redactWord hides a secret unless it is the part of a word: to hide p in tcp would tell what p is.
func redactWord(text, secret string) string {
	var out strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], secret) + from
		end := at + len(secret)
		switch {
		case at < from:
			return out.String() + text[from:]
		case at > 0 && isAlphanumeric(text[at-1]) && isAlphanumeric(secret[0]),
			end < len(text) && isAlphanumeric(secret[len(secret)-1]) && isAlphanumeric(text[end]):
			out.WriteString(text[from : at+1])
			from = at + 1
		default:
			out.WriteString(text[from:at] + hidden)
			from = end
		}
	}
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Open connects to the store and asks it something, so that an absent server, or one that refuses
// the user, is found now. The logger receives what the store warns of at start-up.
func (l *Location) Open(ctx context.Context, logger *slog.Logger) (*Store, error) {
	s, err := l.open(ctx, logger)
	if err != nil {
		return nil, l.explain(err)
	}
	s.Location = l
	return s, nil
}

// Migrate creates the store's table, or brings it up to date. It reports false if the engine needs
// none.
func (l *Location) Migrate(ctx context.Context) (needed bool, err error) {
	if l.migrate == nil {
		return false, nil
	}
	if err := l.migrate(ctx); err != nil {
		return true, l.explain(err)
	}
	return true, nil
}

// cutOption returns an option of the URL, or nothing, and removes it there, so that no driver sees
// it.
func cutOption(u *url.URL, name string) (string, error) {
	options, err := url.ParseQuery(u.RawQuery)
	value := options.Get(name)
	switch {
	case err != nil:
		return "", Misuse("what follows the ? in the URL cannot be read")
	case len(options[name]) > 1:
		return "", Misuse("the URL has the option %s more than once", name)
	case options.Has(name) && value == "":
		return "", Misuse("the URL's option %s is empty", name)
	case options.Has(name):
		options.Del(name)
		// PostgreSQL's and MySQL's drivers read a plus sign as one.
		u.RawQuery = strings.ReplaceAll(options.Encode(), "+", "%20")
	}
	return value, nil
}
