package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestNew_WarnsOfWhatTheEngineWillRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(f *fake)
		says string
	}{
		"nothing":      {func(*fake) {}, ""},
		"small packet": {func(f *fake) { f.answers["SELECT @@max_allowed_packet"] = []driver.Value{int64(1 << 19), int64(1)} }, "set it to 16M"},
		"no rights":    {func(f *fake) { f.failing(errors.New("INSERT command denied")) }, "check the user's rights"},
	} {
		f, db := newFake(t)
		f.answers["SELECT @@max_allowed_packet"] = []driver.Value{int64(16 << 20), int64(1)}
		test.harm(f)
		var log bytes.Buffer
		s, err := New(t.Context(), db, MySQL, &Options{PurgeInterval: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if !strings.Contains(log.String(), test.says) || test.says == "" && log.Len() > 0 {
			t.Errorf("%s: the log says %q; it should say %q", name, log.String(), test.says)
		}
	}
}
