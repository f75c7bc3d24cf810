package stores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// explain says in one line what failed, at which store, and what to do, with the engine's own words
// at the end, without the URL's password.
func (l *Location) explain(err error) error {
	own := strings.Join(strings.Fields(l.Redact(err.Error())), " ")
	own = WithoutPackage(strings.ReplaceAll(own, "call Migrate", "run `wafer store migrate`"))
	return fmt.Errorf("%s: %s%s", l, advice(err), own)
}

// WithoutPackage returns an error's text without the name of the package that made it, which users
// of the tool do not know.
func WithoutPackage(text string) string {
	for _, prefix := range []string{"secret: ", "flask: ", "session: ", "store: ", "sqlstore: ", "redisstore: ", "memcachestore: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

const (
	refused    = "the server refuses the user or the password: "
	noDatabase = "the server has no such database: "
	noRight    = "the user lacks a right: "
)

// codes are the error codes of PostgreSQL and MySQL.
var codes = map[string]string{
	"28P01": refused, "28000": refused, "3D000": noDatabase, "42501": noRight,
	"1045": refused, "1698": refused, "1049": noDatabase, "1044": noRight, "1142": noRight,
}

// advice says what an error means, for users who know the URL and not the engine.
func advice(err error) string {
	if coded, ok := errors.AsType[*pgconn.PgError](err); ok {
		return codes[coded.Code]
	}
	if coded, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return codes[strconv.Itoa(int(coded.Number))]
	}
	for _, words := range []string{"WRONGPASS", "NOAUTH", "invalid username-password", "invalid password"} {
		if strings.Contains(err.Error(), words) {
			return refused
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
