package sqlstores

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// rows is how many records a table has when plans are made: with few, a scan
// is the best plan.
const rows = 20_000

// fill makes so many records: one in ten has expired, and each owner has two.
func fill(t testing.TB, e engine, db *sql.DB, opts *sqlstore.Options, rows int) {
	t.Helper()
	series := map[sqlstore.Dialect]string{
		sqlstore.SQLite:     `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %[2]d) INSERT INTO %[1]s SELECT randomblob(32), n, randomblob(200), 0, CASE n %% 10 WHEN 0 THEN n ELSE 4000000000 + n END, 'owner ' || (n / 2) FROM s`,
		sqlstore.PostgreSQL: `INSERT INTO %[1]s SELECT sha256(n::text::bytea), n, decode(repeat('ab', 200), 'hex'), 0, CASE n %% 10 WHEN 0 THEN n ELSE 4000000000 + n END, ('owner ' || (n / 2))::bytea FROM generate_series(1, %[2]d) n`,
		sqlstore.MySQL:      `INSERT INTO %[1]s SELECT UNHEX(SHA2(seq, 256)), seq, REPEAT('a', 200), 0, CASE seq %% 10 WHEN 0 THEN seq ELSE 4000000000 + seq END, CONCAT('owner ', seq DIV 2) FROM seq_1_to_%[2]d`,
	}[e.dialect]
	exec(t, db, fmt.Sprintf(series, opts.Table, rows))
	analyze := "ANALYZE "
	if e.dialect == sqlstore.MySQL {
		analyze = "ANALYZE TABLE "
	}
	exec(t, db, analyze+opts.Table)
}

func TestEveryStatementUsesAnIndex(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		db := open(t, e.driver, dsn)
		db.SetMaxOpenConns(1) // settings and statements are a connection's
		opts := e.migrated(t, db)
		fill(t, e, db, opts, rows)
		statements := e.statements(t, dsn, opts)
		if len(statements) < 12 {
			t.Errorf("only %d statements were seen", len(statements))
		}
		for _, statement := range statements {
			plan := map[sqlstore.Dialect]func(*testing.T, *sql.DB, string) string{
				sqlstore.SQLite:     sqlitePlan,
				sqlstore.PostgreSQL: postgresPlan,
				sqlstore.MySQL:      mysqlPlan,
			}[e.dialect](t, db, statement)
			plan = strings.ReplaceAll(plan, "table=<derived2> type=ALL", "") // what a query within the statement found
			inserts := strings.HasPrefix(statement, "INSERT")
			scans := strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "type=ALL") || strings.Contains(plan, "type=index ")
			if sorts := strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") || strings.Contains(plan, "filesort"); !inserts && (scans || sorts) {
				t.Errorf("%s\nis done by\n%s", statement, plan)
			}
			for column, index := range map[string]string{"owner = ": "_by_owner", "ORDER BY expires": "_by_expires"} {
				if !inserts && !strings.Contains(statement, "SET") && !strings.Contains(statement, "WHERE id = ") && strings.Contains(statement, column) && !strings.Contains(plan, index) {
					t.Errorf("%s\nis not done by an index %s, but by\n%s", statement, index, plan)
				}
			}
		}
	})
}

func sqlitePlan(t *testing.T, db *sql.DB, statement string) string {
	return explain(t, db, "EXPLAIN QUERY PLAN "+statement, arguments(statement))
}

// postgresPlan asks for the plan that is made once for all arguments.
func postgresPlan(t *testing.T, db *sql.DB, statement string) string {
	exec(t, db, "SET plan_cache_mode = force_generic_plan")
	exec(t, db, "PREPARE wafer_plan AS "+statement)
	defer exec(t, db, "DEALLOCATE wafer_plan")
	count := 0
	for strings.Contains(statement, fmt.Sprintf("$%d", count+1)) {
		count++
	}
	nulls := slices.Repeat([]string{"NULL"}, count)
	return explain(t, db, "EXPLAIN EXECUTE wafer_plan("+strings.Join(nulls, ", ")+")", nil)
}

func mysqlPlan(t *testing.T, db *sql.DB, statement string) string {
	return explain(t, db, "EXPLAIN "+statement, arguments(statement))
}

// arguments returns some for each ? of a statement.
func arguments(statement string) (args []any) {
	parts := strings.Split(statement, "?")
	for _, before := range parts[:len(parts)-1] {
		known := id(1)
		switch {
		case strings.HasSuffix(before, "id = "), strings.HasSuffix(before, "id > "), strings.HasSuffix(before, "id >= "), strings.HasSuffix(before, "id IN ("), before == ", " && strings.Contains(statement, "id IN ("):
			args = append(args, known[:])
		case strings.HasSuffix(before, "owner = "):
			args = append(args, "owner 7")
		case strings.HasSuffix(before, "LIMIT "):
			args = append(args, 100)
		case strings.HasSuffix(before, "expires >= "):
			args = append(args, 0)
		default:
			args = append(args, 1_000_000)
		}
	}
	return args
}

// explain returns a plan's rows, a line each, as name=value.
func explain(t *testing.T, db *sql.DB, statement string, args []any) string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for found.Next() {
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		for i, name := range columns {
			fmt.Fprintf(&plan, "%s=%s ", name, values[i].String)
		}
		plan.WriteString("\n")
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
