package scs

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strings"
	"time"

	"github.com/wafer-go/wafer/migrate/internal/gobstream"
	"github.com/wafer-go/wafer/migrate/internal/gobvalues"
	"github.com/wafer-go/wafer/session/driver"
)

// now is the time of a load. A driver is not told the clock of its manager.
var now = time.Now

// read makes a session of a record. The record has no time of the last save or use: the limits of
// the manager count from when the session is first loaded, which is when it moves.
func (d *records) read(raw []byte) (driver.Snapshot, error) {
	if len(raw) > d.o.MaxSize {
		return driver.Snapshot{}, fmt.Errorf("%w: its record has %d bytes, and scs.Options.MaxSize is %d", driver.ErrBadPayload, len(raw), d.o.MaxSize)
	}
	deadline, values, err := d.o.Decode(raw)
	if err != nil {
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	if mark, moved := values[movedKey]; moved {
		return left(mark)
	}
	rules := gobvalues.Rules{Permanent: !d.o.NotPersisted}
	if remembered, ok := values[rememberKey].(bool); ok {
		rules.Permanent = rules.Permanent || remembered
	}
	if d.o.Lifetime > 0 && !deadline.IsZero() {
		rules.Created = deadline.Add(-d.o.Lifetime)
	}
	all := make(map[any]any, len(values))
	for key, value := range values {
		if key != rememberKey {
			all[key] = value
		}
	}
	if convert := d.o.Convert; convert != nil {
		rules.Convert = func(key, value any) (string, any, bool) { return convert(key.(string), value) }
	}
	payload, err := gobvalues.Payload(all, rules)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return driver.Snapshot{Payload: payload, SavedAt: now().Truncate(time.Second), ExpiresAt: deadline, Accepted: true, By: "scs"}, nil
}

func decodeGob(raw []byte) (time.Time, map[string]any, error) {
	var r struct {
		Deadline time.Time
		Values   map[string]any
	}
	checked, err := gobstream.Check(raw)
	if err != nil {
		return time.Time{}, nil, err
	}
	if err := gob.NewDecoder(bytes.NewReader(checked)).Decode(&r); err != nil {
		if strings.Contains(err.Error(), "name not registered") {
			err = fmt.Errorf("%w; give the type to gob.Register, or to gob.RegisterName under this name, before the first request", err)
		}
		return time.Time{}, nil, err
	}
	return r.Deadline, r.Values, nil
}
