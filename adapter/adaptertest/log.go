package adaptertest

import (
	"bytes"
	"log"
	"log/slog"
	"sync"
	"testing"
)

// A Log is what a program has logged. It is safe for concurrent use by multiple goroutines.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Logger returns a logger that writes to the log.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Write adds to the log.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns all that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// SetDefault has slog's default logger write to the log until the test ends.
func (l *Log) SetDefault(t testing.TB) {
	before, out, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(l.Logger())
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(out) // which slog.SetDefault does not give back
		log.SetFlags(flags)
	})
}
