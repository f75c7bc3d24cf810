package stores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// explain says in one line what failed, at which store, and what to do, with the engine's own words
// at the end, without the URL's password.
func (l *Location) explain(err error) error {
	if errors.Is(err, ErrUsage) {
		return err
	}
	own := strings.Join(strings.Fields(l.Redact(err.Error())), " ")
	own = strings.ReplaceAll(own, "call Migrate", "run `wafer store migrate`")
	for _, prefix := range []string{"sqlstore: ", "redisstore: ", "memcachestore: "} {
		own = strings.TrimPrefix(own, prefix)
	}
	return &openError{fmt.Sprintf("%s: %s%s", l, advice(err), own), err}
}

// An openError is one that was explained. It keeps the cause, for errors.Is.
type openError struct {
	text  string
	cause error
}

func (e *openError) Error() string { return e.text }
func (e *openError) Unwrap() error { return e.cause }

// advice says what an error means, for users who know the URL and not the engine.
func advice(err error) string {
	if coded, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch coded.Code {
		case "28P01", "28000":
			return "the server refuses the user or the password: "
		case "3D000":
			return "the server has no such database: "
		case "42501":
			return "the user lacks a right: "
		}
	}
	if coded, ok := errors.AsType[*mysql.MySQLError](err); ok {
		switch coded.Number {
		case 1045, 1698:
			return "the server refuses the user or the password: "
		case 1049:
			return "the server has no such database: "
		case 1044, 1142:
			return "the user lacks a right: "
		}
	}
	text := err.Error()
	for _, answer := range []string{"WRONGPASS", "NOAUTH", "invalid username-password", "invalid password"} {
		if strings.Contains(text, answer) {
			return "the server refuses the user or the password: "
		}
	}
	var dial *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return "the host is unknown: "
	case errors.As(err, &dial) && dial.Op == "dial":
		return "no server answers there: "
	case errors.Is(err, context.DeadlineExceeded):
		return "the server does not answer: "
	}
	return ""
}
