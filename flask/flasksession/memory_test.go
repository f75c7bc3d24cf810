package flasksession_test

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// memory are records in a map.
type memory struct {
	mu   sync.Mutex
	rows map[string]flasksession.Record
}

func newMemory() *memory { return &memory{rows: map[string]flasksession.Record{}} }

func (m *memory) find(key string) flasksession.Record {
	r := m.rows[key]
	if !time.Now().Before(r.Expires) {
		return flasksession.Record{}
	}
	return r
}

func (m *memory) Load(_ context.Context, key string) (flasksession.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(key), nil
}

func (m *memory) check(key string, old []byte) error {
	switch now := m.find(key); {
	case now.Data == nil && old != nil:
		return driver.ErrEnded
	case !bytes.Equal(now.Data, old):
		return driver.ErrConflict
	}
	return nil
}

func (m *memory) Swap(_ context.Context, key string, old []byte, next flasksession.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.check(key, old)
	if err == nil {
		m.rows[key] = next
	}
	return err
}

func (m *memory) Retire(_ context.Context, key string, old []byte, name string, word flasksession.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.check(key, old)
	if err == nil {
		delete(m.rows, key)
		m.rows[name] = word
	}
	return err
}

func (m *memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, key)
	return nil
}

// put keeps what Flask would have written.
func (m *memory) put(key string, data []byte) {
	m.rows[key] = flasksession.Record{Data: data, Expires: time.Now().Add(time.Hour)}
}
