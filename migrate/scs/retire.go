package scs

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

const (
	// movedKey is the value of a record whose session has moved: until when it may be read, in Unix
	// seconds, a space, and what of it may be read, as JSON.
	movedKey = "_wafer_moved"

	// leftFor is how long it may be read, as [driver.Retirer] has it.
	leftFor = time.Minute
)

// Retire leaves the record for a minute: to scs as it was, and to Wafer as superseded. It is
// deleted if nothing is to be left, or if the store has no Commit.
//
// scs's stores have no versions. So Retire looks whether the record is still there, as it was
// loaded, and then writes it. If scs's own program ends the session between the two, the record
// comes back: as superseded, so that no request can write to it, and for this minute only.
func (d *records) Retire(ctx context.Context, w driver.Write) error {
	r, ok := w.From.Record.(*record)
	if !ok || w.From.Superseded {
		return nil
	}
	raw, found, err := d.find(ctx, d.keyOf(r.token))
	switch {
	case err != nil:
		return storeError(err)
	case !found:
		return driver.ErrEnded
	}
	now, err := d.read(raw)
	switch {
	case errors.Is(err, driver.ErrEnded), errors.Is(err, driver.ErrRefused):
		return driver.ErrConflict // and loading it again tells the reason
	case err != nil:
		return err
	case now.Superseded, now.Payload != r.payload, !now.ExpiresAt.Equal(r.deadline):
		return driver.ErrConflict
	}
	if w.Leave == nil || d.o.Encode == nil || !d.canCommit() {
		return d.Delete(ctx, w.From)
	}
	deadline, values, err := d.o.Decode(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	until := w.At.Add(leftFor)
	if deadline.After(until) || deadline.IsZero() {
		deadline = until
	}
	if strings.TrimSpace(string(w.Leave)) == "{}" {
		clear(values) // nothing of it may be read, by scs either
	}
	if values == nil {
		values = make(map[string]any)
	}
	values[movedKey] = strconv.FormatInt(deadline.Unix(), 10) + " " + string(w.Leave)
	raw, err = d.o.Encode(deadline, values)
	if err != nil {
		return fmt.Errorf("scs: the record of a session that has moved: %w", err)
	}
	return storeError(d.commit(ctx, d.keyOf(r.token), raw, deadline))
}

func (d *records) canCommit() bool {
	_, plain := d.store.(keepingStore)
	_, withContext := d.store.(keepingContextStore)
	return plain || withContext
}

func (d *records) commit(ctx context.Context, token string, raw []byte, expiry time.Time) error {
	if st, ok := d.store.(keepingContextStore); ok {
		ctx, cancel := d.bound(ctx)
		defer cancel()
		return st.CommitCtx(ctx, token, raw, expiry)
	}
	return d.store.(keepingStore).Commit(token, raw, expiry)
}

// left returns what may be read of a session that has moved.
func left(mark any) (driver.Snapshot, error) {
	text, _ := mark.(string)
	seconds, payload, _ := strings.Cut(text, " ")
	until, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || !strings.HasPrefix(payload, "{") || !json.Valid([]byte(payload)) {
		return driver.Snapshot{}, fmt.Errorf("%w: the value %s in its record is not Wafer's", driver.ErrBadPayload, movedKey)
	}
	if until <= now().Unix() {
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrUnknown, driver.ErrEnded)
	}
	return driver.Snapshot{Payload: payload, SavedAt: now().Truncate(time.Second), ExpiresAt: time.Unix(until, 0), Accepted: true, By: "scs", Superseded: true}, nil
}

// encodeGob writes a record as scs's GobCodec does.
func encodeGob(deadline time.Time, values map[string]any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(struct {
		Deadline time.Time
		Values   map[string]any
	}{deadline, values})
	return b.Bytes(), err
}
