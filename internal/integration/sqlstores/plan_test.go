package sqlstores

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store"
)

const (
	crowdRows = 15_000
	stepRows  = 100
)

// fillCrowd makes records that have expired, and as many of one owner that have not, in no order.
func fillCrowd(t *testing.T, db *sql.DB, table string) {
	t.Helper()
	exec(t, db, fmt.Sprintf(`INSERT INTO %s SELECT sha256(n::text::bytea), n, '', 0, CASE n %% 2 WHEN 0 THEN n ELSE 4000000000 + n END, CASE n %% 2 WHEN 1 THEN 'ada'::bytea END
		FROM generate_series(1, %d) n ORDER BY random()`, table, 2*crowdRows))
}

// The engine makes statistics when it likes. After a bulk load, and with an owner who has very many
// sessions, what it expects is wrong. No step may read or sort more rows than it returns then.
func TestStatements_StepReadsOnlyItsRowsWhateverTheStatistics(t *testing.T) {
	for known, load := range map[string]func(t *testing.T, db *sql.DB, table string){
		"None": fillCrowd,
		"OfAnEmptyTable": func(t *testing.T, db *sql.DB, table string) {
			exec(t, db, "ANALYZE "+table)
			fillCrowd(t, db, table)
		},
		"OfOtherRows": func(t *testing.T, db *sql.DB, table string) {
			exec(t, db, fmt.Sprintf(`INSERT INTO %s SELECT sha256(n::text::bytea), n, '', 0, n, ('owner ' || n)::bytea FROM generate_series(-%d, -1) n`, table, crowdRows))
			exec(t, db, "ANALYZE "+table)
			exec(t, db, "DELETE FROM "+table)
			fillCrowd(t, db, table)
		},
		"True": func(t *testing.T, db *sql.DB, table string) {
			fillCrowd(t, db, table)
			exec(t, db, "ANALYZE "+table)
		},
	} {
		t.Run(known, func(t *testing.T) {
			dsn := postgres.dsn(t)
			db := open(t, postgres.driver, dsn)
			db.SetMaxOpenConns(1) // settings and statements are a connection's
			opts := postgres.migrated(t, db)
			exec(t, db, "ALTER TABLE "+opts.Table+" SET (autovacuum_enabled = false)")
			load(t, db, opts.Table)
			first, last := idsAround(t, db, opts.Table)
			steps := 0
			for _, text := range postgres.statements(t, dsn, opts) {
				if !strings.Contains(text, "LIMIT") && !strings.Contains(text, "id <= ") {
					continue
				}
				steps++
				for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
					if p := explainStep(t, db, mode, text, first, last); p.reads() > 3*stepRows {
						t.Errorf("%s: %s\nreads or sorts %d rows for a step of %d:\n%s", mode, text, p.reads(), stepRows, p.text(0))
					}
				}
			}
			if steps != 5 {
				t.Errorf("%d statements are steps; there should be 5", steps)
			}
		})
	}
}

// A plan is a node of what PostgreSQL did, as EXPLAIN (FORMAT JSON) has it.
type plan struct {
	Type    string  `json:"Node Type"`
	Index   string  `json:"Index Name"`
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Lossy   float64 `json:"Rows Removed by Index Recheck"`
	Plans   []plan
}

// reads returns the most rows that a node read.
func (p plan) reads() (rows int) {
	rows = int((p.Rows + p.Removed + p.Lossy) * p.Loops)
	for _, below := range p.Plans {
		rows = max(rows, below.reads())
	}
	return rows
}

func (p plan) text(depth int) string {
	text := fmt.Sprintf("%s%s %s: %v rows, %v removed, %v loops\n", strings.Repeat("  ", depth), p.Type, p.Index, p.Rows, p.Removed+p.Lossy, p.Loops)
	for _, below := range p.Plans {
		text += below.text(depth + 1)
	}
	return text
}

var argument = regexp.MustCompile(`(owner = |id > |id >= |id <= |expires >= |LIMIT )(?:\(SELECT CAST\()?\$\d+`)

// explainStep runs a statement as a step of stepRows rows, and undoes it.
func explainStep(t *testing.T, db *sql.DB, mode, statement string, first, last store.ID) plan {
	t.Helper()
	var args []string
	for _, m := range argument.FindAllStringSubmatch(statement, -1) {
		args = append(args, map[string]string{
			"owner = ": `'ada'`, "id > ": hexOf(first), "id >= ": hexOf(first), "id <= ": hexOf(last), "expires >= ": "0", "LIMIT ": fmt.Sprint(stepRows),
		}[m[1]])
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, text := range []string{"SET LOCAL plan_cache_mode = " + mode, "PREPARE wafer_step AS " + statement} {
		if _, err := tx.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { _, _ = tx.ExecContext(t.Context(), "DEALLOCATE wafer_step") }()
	var done []byte
	if err := tx.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE wafer_step("+strings.Join(args, ", ")+")").Scan(&done); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(done, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%d plans, error %v", len(plans), err)
	}
	return plans[0].Plan
}

// idsAround returns the first and the last ID of a step of the owner's rows.
func idsAround(t *testing.T, db *sql.DB, table string) (first, last store.ID) {
	t.Helper()
	var ids [2][]byte
	for i, at := range []int{crowdRows / 2, crowdRows/2 + stepRows - 1} {
		if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT id FROM %s WHERE owner = 'ada' ORDER BY id LIMIT 1 OFFSET %d", table, at)).Scan(&ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	return store.ID(ids[0]), store.ID(ids[1])
}

func hexOf(id store.ID) string { return fmt.Sprintf(`'\x%s'`, id) }
