package sqlstores

import (
	"net/url"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// wired returns a database of one connection, whose round trips are counted.
func wired(t *testing.T, e engine, unprepared bool) (*wire, engine) {
	t.Helper()
	switch e.dialect {
	case sqlstore.PostgreSQL:
		u, err := url.Parse(postgresDSN(t))
		if err != nil {
			t.Fatal(err)
		}
		w := newWire(t, u.Host, readPostgres)
		u.Host = w.addr
		dsn := with(t, u.String(), "sslmode", "disable") // the wire reads along
		if unprepared {
			dsn = with(t, dsn, "default_query_exec_mode", "exec")
		}
		e.dsn = func(testing.TB) string { return dsn }
		return w, e
	default:
		config := mysqlConfig(t)
		w := newWire(t, config.Addr, readMySQL)
		config.Addr, config.InterpolateParams = w.addr, unprepared
		e.dsn = func(testing.TB) string { return config.FormatDSN() }
		return w, e
	}
}

func TestEachMethodIsOneRoundTrip(t *testing.T) {
	for _, test := range []struct {
		name string
		engine
		unprepared bool
	}{
		{"PostgreSQL", postgres, false},
		{"PostgreSQL, not prepared", postgres, true},
		{"MariaDB", mariadb, false},
		{"MariaDB, not prepared", mariadb, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, e := wired(t, test.engine, test.unprepared)
			db := e.open(t)
			db.SetMaxOpenConns(1)
			opts := e.migrated(t, db)
			opts.Unprepared = test.unprepared
			s := e.new(t, db, opts)
			for _, expected := range []bool{false, true} { // the first time, statements are prepared
				countRoundTrips(t, s, w, expected)
			}
		})
	}
}

// countRoundTrips calls each method, and compares what it cost if told to.
func countRoundTrips(t *testing.T, s *sqlstore.Store, w *wire, compare bool) {
	ctx := t.Context()
	expect := func(what string, want int64, f func()) {
		t.Helper()
		if got := w.during(f); compare && got != want {
			t.Errorf("%s took %d round trips; it should take %d", what, got, want)
		}
	}
	owned := record("a value")
	owned.Owner = "ada"
	var r, stale store.Record
	expect("Save that creates", 1, func() { r = save(t, s, id(1), owned) })
	expect("Load", 1, func() { stale = load(t, s, id(1)) })
	expect("Save that replaces", 1, func() { r = save(t, s, id(1), r) })
	expect("Touch", 1, func() {
		if err := s.Touch(ctx, id(1), r.Version, r.Used, r.Expires.Add(time.Minute)); err != nil {
			t.Error(err)
		}
	})
	expect("Save that is refused", 2, func() {
		_, err := s.Save(ctx, id(1), stale)
		wraps(t, err, store.ErrConflict)
	})
	expect("Move", 1, func() {
		if _, err := s.Move(ctx, id(1), id(2), r, record("moved on")); err != nil {
			t.Error(err)
		}
	})
	expect("Load of what is not there", 1, func() {
		_, err := s.Load(ctx, id(3))
		wraps(t, err, store.ErrNotFound)
	})
	expect("Owned", 1, func() {
		if found := countOwned(t, s, "ada"); found != 1 {
			t.Errorf("%d records", found)
		}
	})
	expect("All", 1, func() {
		for _, err := range s.All(ctx) {
			if err != nil {
				t.Error(err)
			}
		}
	})
	expect("Purge", 1, func() {
		if _, err := s.Purge(ctx, 10); err != nil {
			t.Error(err)
		}
	})
	expect("Ping", 2, func() {
		if err := s.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
	expect("DeleteOwned", 3, func() {
		if n, err := s.DeleteOwned(ctx, "ada"); err != nil || n != 1 {
			t.Errorf("%d deleted, error %v", n, err)
		}
	})
	expect("DeleteOne", 1, func() {
		if deleted, err := s.DeleteOne(ctx, "ada", id(1)); err != nil || deleted {
			t.Errorf("deleted: %v, error %v", deleted, err)
		}
	})
	expect("Delete", 1, func() {
		if err := s.Delete(ctx, id(2)); err != nil {
			t.Error(err)
		}
	})
	if err := s.Delete(ctx, id(1)); err != nil { // the mark
		t.Error(err)
	}
}
