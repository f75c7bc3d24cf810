package gorilla

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

const goodID = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPJQWEY3EMVTA"

// idCookie is a FilesystemStore's cookie.
func idCookie(t testing.TB, id string) string {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(id); err != nil {
		t.Fatal(err)
	}
	return signed("s", "1700000000", b.Bytes())
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileIsReadAndDeleted(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "session_"+goodID), signed("s", "1700000100", inGob(t, map[any]any{"n": 1})))
	k := opened(t, Files(dir, goodKeys, nil), "s")
	found, err := k.Load(context.Background(), idCookie(t, goodID))
	if err != nil || found.Payload != `{"_permanent":true,"n":1}` || found.SavedAt.Unix() != 1700000100 {
		t.Fatalf("%+v, %v", found, err)
	}
	if found.ExpiresAt.Unix() != 1700000000+int64(DefaultMaxAge.Seconds()) {
		t.Errorf("it expires at %v, and not with the cookie, which is older than the file", found.ExpiresAt)
	}
	if strings.Contains(found.Record.ID(), goodID) {
		t.Errorf("the record's id %s names the file", found.Record.ID())
	}
	for range 2 { // also where it is gone
		if err := k.Delete(context.Background(), found); err != nil {
			t.Error(err)
		}
	}
	if _, err := found.Record.Reload(context.Background()); !errors.Is(err, driver.ErrUnknown) {
		t.Errorf("after Delete: %v", err)
	}
}

func TestNoIDLeadsOutOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "sessions")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	text := signed("s", "1700000000", inGob(t, map[any]any{"n": 1}))
	write(t, filepath.Join(dir, "session_"+goodID), text)
	if err := os.Symlink(filepath.Join("..", "session_"+goodID), filepath.Join(inside, "session_LINK")); err != nil {
		t.Fatal(err)
	}
	k := opened(t, Files(inside, goodKeys, nil), "s")
	for _, id := range []string{"../session_" + goodID, "/../../session_" + goodID, "LINK", "", ".", "a", strings.Repeat("A", 129), "A\x00"} {
		found, err := k.Load(context.Background(), idCookie(t, id))
		if err == nil {
			t.Errorf("%q: %+v", id, found)
		}
	}
}

func TestAFileOfAnyOtherKeyIsRefused(t *testing.T) {
	dir := t.TempDir()
	k := opened(t, Files(dir, goodKeys, nil), "s")
	good := signed("s", "1700000000", inGob(t, nil))
	for what, text := range map[string]string{"another name": signed("t", "1700000000", inGob(t, nil)), "empty": "", "cut": good[:len(good)-4], "too long": strings.Repeat("A", DefaultMaxLength+4)} {
		write(t, filepath.Join(dir, "session_"+goodID), text)
		if _, err := k.Load(context.Background(), idCookie(t, goodID)); !errors.Is(err, driver.ErrRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFolderThatIsGoneSignsNobodyOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	k := opened(t, Files(dir, goodKeys, nil), "s")
	if _, err := k.Load(context.Background(), idCookie(t, goodID)); err == nil || errors.Is(err, driver.ErrRefused) {
		t.Errorf("the error is %v", err)
	}
}

func TestLoad_AFileOfMaxLengthBytes(t *testing.T) {
	text := signed("s", "1700000100", inGob(t, map[any]any{"text": strings.Repeat("x", 400)}))
	for length, want := range map[int]error{len(text): nil, len(text) - 1: driver.ErrMalformed} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "session_"+goodID), text)
		k := opened(t, Files(dir, goodKeys, &Options{MaxLength: length}), "s")
		if _, err := k.Load(context.Background(), idCookie(t, goodID)); !errors.Is(err, want) {
			t.Errorf("%d bytes, with a MaxLength of %d: %v", len(text), length, err)
		}
	}
}

func TestLoad_AnIDOf128Bytes(t *testing.T) {
	dir := t.TempDir()
	for length, want := range map[int]error{128: nil, 129: driver.ErrBadPayload} {
		id := strings.Repeat("A", length)
		write(t, filepath.Join(dir, "session_"+id), signed("s", "1700000100", inGob(t, nil)))
		if _, err := opened(t, Files(dir, goodKeys, nil), "s").Load(context.Background(), idCookie(t, id)); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}
