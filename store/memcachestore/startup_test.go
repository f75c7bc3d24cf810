package memcachestore

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

func TestNew_ReportsAClockThatDisagrees(t *testing.T) {
	for _, off := range []time.Duration{0, time.Second, -time.Hour, time.Hour, 33 * 24 * time.Hour} {
		var log bytes.Buffer
		_, err := New(memcache.New(address(t)), &Options{
			Clock:  func() time.Time { return time.Now().Add(off) },
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if told := strings.Contains(log.String(), "synchronize both"); told != (off.Abs() > time.Minute) {
			t.Errorf("a clock that is off by %v: the log says %q", off, log.String())
		}
	}
}

func TestNew_RefusesAServerWithoutCAS(t *testing.T) {
	server := newPrivate(t, "-C")
	if _, err := New(memcache.New(server.addr), nil); !errors.Is(err, errNoCAS) {
		t.Errorf("New returned %v", err)
	}
}

func TestNew_WarnsOfAServerThatIsNotThere(t *testing.T) {
	var log bytes.Buffer
	if _, err := New(memcache.New("127.0.0.1:1"), &Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "cannot be saved") {
		t.Errorf("the log says %q", log.String())
	}
}
