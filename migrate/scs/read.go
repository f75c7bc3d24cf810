package scs

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strings"
	"time"

	"github.com/wafer-go/wafer/migrate/internal/gobstream"
	"github.com/wafer-go/wafer/migrate/internal/gobvalues"
	"github.com/wafer-go/wafer/session"
)

// read makes a session of a record.
func (k *keeper) read(raw []byte) (session.Loaded, error) {
	if len(raw) > k.o.MaxSize {
		return session.Loaded{}, fmt.Errorf("%w: its record has %d bytes, and scs.Options.MaxSize is %d", session.ErrBadPayload, len(raw), k.o.MaxSize)
	}
	deadline, values, err := k.o.Decode(raw)
	if err != nil {
		return session.Loaded{}, fmt.Errorf("%w: %w", session.ErrBadPayload, err)
	}
	rules := gobvalues.Rules{Permanent: !k.o.NotPersisted}
	if remembered, ok := values[rememberKey].(bool); ok {
		rules.Permanent = rules.Permanent || remembered
	}
	if k.o.Lifetime > 0 && !deadline.IsZero() {
		rules.Created = deadline.Add(-k.o.Lifetime)
	}
	all := make(map[any]any, len(values))
	for key, value := range values {
		if key != rememberKey {
			all[key] = value
		}
	}
	if convert := k.o.Convert; convert != nil {
		rules.Convert = func(key, value any) (string, any, bool) { return convert(key.(string), value) }
	}
	payload, err := gobvalues.Payload(k.format, all, rules)
	if err != nil {
		return session.Loaded{}, err
	}
	return session.Loaded{Payload: payload, ExpiresAt: deadline, Accepted: true, By: "scs"}, nil
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
