// Package sqlstores runs sqlstore on real servers, through real drivers.
package sqlstores

import (
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)
