package gorilla

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
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
	// movedKey is the value of a file whose session has moved: until when it may be read, in Unix
	// seconds, a space, and what of it may be read, as JSON.
	movedKey = "_wafer_moved"

	// leftFor is how long it may be read, as [driver.Retirer] has it.
	leftFor = time.Minute
)

// now is the time of a load. A driver is not told the clock of its manager.
var now = time.Now

// Retire leaves the file for a minute: to gorilla as it was, and to Wafer as superseded. The time
// in it is set so that gorilla's own MaxAge ends it too. It is deleted if nothing is to be left, if
// [Options.Decode] reads contents in which nothing can be marked, or if it would be too long.
//
// Files have no versions. So Retire looks whether the file is still there, as it was loaded, and
// then replaces it. If gorilla's own program ends the session between the two, the file comes back:
// as superseded, so that no request can write to it, and for this minute only.
func (d *files) Retire(ctx context.Context, w driver.Write) error {
	file, ok := w.From.Record.(*fileRecord)
	if !ok || w.From.Superseded {
		return nil
	}
	text, err := file.read(d.reader.o.MaxLength)
	switch {
	case errors.Is(err, driver.ErrUnknown):
		return driver.ErrEnded
	case err != nil:
		return err
	case text != file.text:
		return driver.ErrConflict
	}
	if w.Leave == nil || d.reader.ownDecode {
		return d.Delete(ctx, w.From)
	}
	found, err := d.reader.read(text, d.reader.o.Decode)
	if err != nil {
		return err
	}
	until := w.At.Add(leftFor)
	if strings.TrimSpace(string(w.Leave)) == "{}" || found.value == nil {
		found.value = make(map[any]any) // nothing of it may be read, by gorilla either
	}
	found.value[movedKey] = strconv.FormatInt(until.Unix(), 10) + " " + string(w.Leave)
	found.at = d.reader.writtenAt(until, found.at)
	text, err = d.reader.write(found)
	if err != nil {
		return fmt.Errorf("gorilla: the file of a session that has moved: %w", err)
	}
	if len(text) > d.reader.o.MaxLength {
		return d.Delete(ctx, w.From)
	}
	return d.replace(file.name, text)
}

// replace writes a file that no reader sees half of.
func (d *files) replace(name, text string) error {
	root, err := d.root()
	if err != nil {
		return err
	}
	defer root.Close()
	fresh := name + "." + rand.Text()
	if err = root.WriteFile(fresh, []byte(text), 0o600); err == nil {
		if err = root.Rename(fresh, name); err == nil {
			return nil
		}
	}
	_ = root.Remove(fresh)
	return fmt.Errorf("gorilla: the session's file cannot be replaced: %w", err)
}

// judge makes a session of what a file has, which may have moved.
func (d *files) judge(found contents[map[any]any]) (driver.Snapshot, error) {
	mark, moved := found.value[movedKey]
	if !moved {
		return d.snapshot(found)
	}
	text, _ := mark.(string)
	seconds, payload, _ := strings.Cut(text, " ")
	until, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || !strings.HasPrefix(payload, "{") || !json.Valid([]byte(payload)) {
		return driver.Snapshot{}, fmt.Errorf("%w: the value %s in its file is not Wafer's", driver.ErrBadPayload, movedKey)
	}
	if until <= now().Unix() {
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrUnknown, driver.ErrEnded)
	}
	return driver.Snapshot{
		Payload: payload, SavedAt: now().Truncate(time.Second), ExpiresAt: time.Unix(until, 0),
		Accepted: true, By: fmt.Sprintf("gorilla's pair of keys %d", found.pair+1), Superseded: true,
	}, nil
}

// writtenAt is the time of what gorilla refuses from until on; at if it has no limit, or an earlier
// one.
func (r *reader) writtenAt(until, at time.Time) time.Time {
	if early := until.Add(-r.o.MaxAge); r.o.MaxAge >= 0 && early.Before(at) {
		return time.Unix(max(early.Unix(), 0), 0)
	}
	return at
}

// write makes a text as securecookie does, with the pair of keys that made the one before.
func (r *reader) write(found contents[map[any]any]) (string, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(found.value); err != nil {
		return "", err
	}
	p := r.pairs[found.pair]
	stamp := strconv.FormatInt(found.at.Unix(), 10)
	signed := stamp + "|" + base64.URLEncoding.EncodeToString(p.encrypt(b.Bytes()))
	h := hmac.New(r.o.Hash, p.keys.hash())
	h.Write([]byte(r.o.Name + "|" + signed))
	return base64.URLEncoding.EncodeToString(append([]byte(signed+"|"), h.Sum(nil)...)), nil
}

// encrypt is the inverse of decrypt.
func (p *pair) encrypt(plain []byte) []byte {
	if p.block == nil {
		return plain
	}
	block := p.block()
	size := block.BlockSize()
	sealed := make([]byte, size+len(plain))
	_, _ = rand.Read(sealed[:size]) // it never fails: it would end the program
	cipher.NewCTR(block, sealed[:size]).XORKeyStream(sealed[size:], plain)
	return sealed
}
