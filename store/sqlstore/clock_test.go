package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestStatements_TimeIsTheEngines(t *testing.T) {
	for _, d := range []Dialect{SQLite, PostgreSQL, MySQL} {
		var s statements
		for _, text := range s.texts(d) {
			if strings.Contains(text, "expires > ?") || strings.Contains(text, "expires <= ?") {
				t.Errorf("%v: %s\ncompares with a time of the program", d, text)
			}
		}
	}
}

func TestNew_ReportsAClockThatDisagrees(t *testing.T) {
	for off, want := range map[time.Duration]string{
		0:                    "",
		2 * time.Second:      "",
		-33 * 24 * time.Hour: "ahead=79",
		time.Hour:            "ahead=-",
	} {
		f, db := newFake(t)
		f.answers["SELECT CAST(FLOOR"] = []driver.Value{time.Now().Add(off).Unix()}
		var log bytes.Buffer
		s, err := New(t.Context(), db, PostgreSQL, &Options{PurgeInterval: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if !strings.Contains(log.String(), want) || want == "" && log.Len() > 0 {
			t.Errorf("the engine's clock is off by %v, and the log says %q; it should say %q", off, log.String(), want)
		}
	}
}
