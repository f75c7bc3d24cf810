package sqlstore

import (
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestMigrate_KeepsAllStepsOrNone(t *testing.T) {
	onFire := errors.New("the disk is on fire")
	for fails, ends := range map[string]string{"": "COMMIT", "BEGIN": "BEGIN IMMEDIATE", "CREATE INDEX": "ROLLBACK", "COMMIT": "COMMIT"} {
		f, db := newFake(t)
		f.answers["SELECT MAX(version)"] = []driver.Value{nil} // no version yet
		f.exec = func(statement string) (int64, error) {
			if fails != "" && strings.HasPrefix(statement, fails) {
				return 0, onFire
			}
			return 0, nil
		}
		err := Migrate(t.Context(), db, SQLite, nil)
		if errors.Is(err, onFire) != (fails != "") {
			t.Errorf("where %q fails, Migrate returned %v", fails, err)
		}
		if last := f.ran[len(f.ran)-1]; last != ends {
			t.Errorf("where %q fails, the last statement is %s", fails, last)
		}
	}
}

func TestMigrate_WaitsForAnotherServerOfMySQL(t *testing.T) {
	for _, test := range []struct {
		lock driver.Value // what GET_LOCK returns
		ok   bool
	}{{int64(1), true}, {[]byte("1"), true}, {int64(0), false}, {[]byte("0"), false}, {nil, false}} {
		f, db := newFake(t)
		f.answers["SELECT MAX(version)"] = []driver.Value{nil}
		f.answers["SELECT GET_LOCK"] = []driver.Value{test.lock}
		err := Migrate(t.Context(), db, MySQL, nil)
		if (err == nil) != test.ok || err != nil && !strings.Contains(err.Error(), "another server has been migrating for 60 seconds") {
			t.Errorf("of the lock %v Migrate returned %v", test.lock, err)
		}
		created := slices.ContainsFunc(f.ran, func(s string) bool { return strings.HasPrefix(s, "CREATE TABLE") })
		if created != test.ok {
			t.Errorf("of the lock %v it ran %q", test.lock, f.ran)
		}
	}
}
