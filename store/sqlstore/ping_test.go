package sqlstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store"
)

func TestPing_FailsWhereASaveWould(t *testing.T) {
	f, s := newStore(t, SQLite)
	f.exec = func(statement string) (int64, error) {
		if strings.HasPrefix(statement, "INSERT") {
			return 0, &sqliteError{13} // SQLITE_FULL
		}
		return 0, nil
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrFull) {
		t.Errorf("Ping with a full disk returned %v", err)
	}
}

func TestPing_RemovesWhatItSaved(t *testing.T) {
	f, s := newStore(t, PostgreSQL)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.ran) != 2 || !strings.HasPrefix(f.ran[0], "INSERT") || !strings.HasPrefix(f.ran[1], "DELETE") {
		t.Errorf("Ping ran %q", f.ran)
	}
}

func TestNew_RefusesAutocommitOff(t *testing.T) {
	f, db := newFake(t)
	f.answers["SELECT @@max_allowed_packet"][1] = int64(0)
	_, err := New(t.Context(), db, MySQL, nil)
	if err == nil || !strings.Contains(err.Error(), "remove autocommit=0 from") {
		t.Errorf("New returned %v", err)
	}
}
