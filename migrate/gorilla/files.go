package gorilla

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/wafer-go/wafer/migrate/internal/gobstream"
	"github.com/wafer-go/wafer/session"
)

// Files reads the sessions that gorilla's FilesystemStore keeps in dir, each in
// a file of its own, named by the id that its cookie holds, signed. An empty dir
// means that of temporary files, as there. The options are those of [Cookies]. A
// file is deleted when its session has been kept by the new backend, or is
// destroyed.
//
// A session whose file is missing is refused with [session.ErrUnknown]. A file
// that cannot be read or deleted for another reason fails the request.
func Files(dir string, pairs []Keys, opts *Options) session.Backend {
	if dir == "" {
		dir = os.TempDir()
	}
	return &backend{reader: newReader(pairs, opts), dir: dir, files: true}
}

// fileKeeper reads sessions whose cookie holds an id.
type fileKeeper struct {
	*keeper
	dir string
}

var _ session.Keeper = (*fileKeeper)(nil)

// Load reads the id, and the file that it names.
func (k *fileKeeper) Load(_ context.Context, value string) (session.Loaded, error) {
	named, err := read(&k.reader, value, decodeID)
	if err != nil {
		return session.Loaded{}, err
	}
	file := fileRecord{k: k, cookie: value, name: "session_" + named.value}
	text, err := file.read(k.reader.o.MaxLength)
	if err != nil {
		return session.Loaded{}, err
	}
	found, err := k.reader.read(text, k.reader.o.Decode)
	if err != nil {
		return session.Loaded{}, err
	}
	loaded, err := k.loaded(found)
	if err != nil {
		return session.Loaded{}, err
	}
	if cookie := k.reader.expiry(named.at); cookie.Before(loaded.ExpiresAt) {
		loaded.ExpiresAt = cookie
	}
	loaded.Record = &file
	return loaded, nil
}

// Drop deletes the file, if it is still there.
func (k *fileKeeper) Drop(_ context.Context, from session.Loaded) error {
	file, ok := from.Record.(*fileRecord)
	if !ok {
		return nil
	}
	root, err := os.OpenRoot(k.dir)
	if err != nil {
		return fmt.Errorf("gorilla: the sessions' folder: %w", err)
	}
	defer root.Close()
	if err := root.Remove(file.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("gorilla: the session's file cannot be deleted: %w", err)
	}
	return nil
}

// decodeID reads an id. It becomes a part of a file's name, so it may have no
// letters but those that gorilla gives it, base32's.
func decodeID(b []byte) (string, error) {
	checked, err := gobstream.Check(b)
	if err != nil {
		return "", err
	}
	var id string
	if err := gob.NewDecoder(bytes.NewReader(checked)).Decode(&id); err != nil {
		return "", err
	}
	if id == "" || len(id) > 128 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", errors.New("its id is none that gorilla makes")
	}
	return id, nil
}

// fileRecord is a session's file.
type fileRecord struct {
	k      *fileKeeper
	cookie string
	name   string
}

var _ session.Record = (*fileRecord)(nil)

// ID is a hash, since the id itself names a file.
func (f *fileRecord) ID() string {
	sum := sha256.Sum256([]byte(f.name))
	return hex.EncodeToString(sum[:])
}

// Reload reads the session again.
func (f *fileRecord) Reload(ctx context.Context) (session.Loaded, error) {
	return f.k.Load(ctx, f.cookie)
}

// read returns the file's text, of which it reads one byte more than the limit
// at most. No link leads it out of the folder.
func (f *fileRecord) read(limit int) (string, error) {
	file, err := os.OpenInRoot(f.k.dir, f.name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, folder := os.Stat(f.k.dir); folder != nil {
			return "", fmt.Errorf("gorilla: the sessions' folder: %w", folder) // not mounted, say: nobody is signed out for that
		}
		return "", session.ErrUnknown
	}
	if err != nil {
		return "", fmt.Errorf("gorilla: the session's file cannot be read: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return "", fmt.Errorf("gorilla: the session's file cannot be read: %w", err)
	}
	return string(text), nil
}
