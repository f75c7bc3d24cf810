package main

import (
	"context"
	"log/slog"

	"github.com/wafer-go/wafer/session"
)

// A whoHandler adds to each record of a request whose it is: the user, and the
// session by the hash that names its record, from which no cookie can be made.
//
// It asks the session, so a request that is logged reads it. It is for the log
// of the program's handlers and of session.Options, and not for what logs while
// the session is being read or saved, which would wait for itself for ever: a
// store, a database's driver, Options.Validate.
type whoHandler struct{ slog.Handler }

var _ slog.Handler = whoHandler{}

// Handle adds the attributes "user" and "session", if there are such.
func (h whoHandler) Handle(ctx context.Context, r slog.Record) error {
	// At start-up, for example, there is none, which is not a mistake.
	if s, ok := session.Lookup(ctx); ok {
		if owner := s.Owner(); owner != "" {
			r.AddAttrs(slog.String("user", owner))
		}
		if id := s.ID(); id != "" {
			r.AddAttrs(slog.String("session", id))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps h around the handler that it returns.
func (h whoHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return whoHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps h around the handler that it returns.
func (h whoHandler) WithGroup(name string) slog.Handler {
	return whoHandler{h.Handler.WithGroup(name)}
}
