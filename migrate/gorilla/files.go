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
	"github.com/wafer-go/wafer/session/driver"
)

// Files reads the sessions that gorilla's FilesystemStore keeps in dir, each in a file of its own,
// named by the id that its cookie holds, signed. An empty dir means that of temporary files, as
// there. The options are those of [Cookies]. A session that has been kept by the new backend leaves
// its file during one minute to the requests that have the old cookie; the next of them deletes it.
// The file of a destroyed session is deleted at once.
//
// A session whose file is missing is refused with [driver.ErrUnknown]. A file
// that cannot be read or deleted for another reason fails the request.
func Files(dir string, pairs []Keys, opts *Options) driver.Backend {
	if dir == "" {
		dir = os.TempDir()
	}
	return &backend{reader: newReader(pairs, opts), dir: dir, files: true}
}

// files is the driver of sessions whose cookie holds an id.
type files struct {
	cookies
	dir string
}

var (
	_ driver.Driver  = (*files)(nil)
	_ driver.Retirer = (*files)(nil)
)

// folder is where sessions are, to be compared with another driver's.
type folder string

// Info is that of cookies, with a folder.
func (d *files) Info() driver.Info {
	return driver.Info{Name: "gorilla files", Codec: driver.JSON, Store: folder(d.dir)}
}

// Load reads the id, and the file that it names.
func (d *files) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	named, err := read(&d.reader, value, decodeID)
	if err != nil {
		return driver.Snapshot{}, err
	}
	if err := driver.Spend(ctx); err != nil {
		return driver.Snapshot{}, err
	}
	file := &fileRecord{d: d, cookie: value, name: "session_" + named.value}
	if file.text, err = file.read(d.reader.o.MaxLength); err != nil {
		return driver.Snapshot{}, err
	}
	found, err := d.reader.read(file.text, d.reader.o.Decode)
	if err != nil {
		return driver.Snapshot{}, err
	}
	s, err := d.judge(found)
	if errors.Is(err, driver.ErrEnded) {
		if removed := d.remove(file.name); removed != nil {
			err = removed
		}
	}
	if err != nil {
		return driver.Snapshot{}, err
	}
	if cookie := d.reader.expiry(named.at); !cookie.IsZero() && cookie.Before(s.ExpiresAt) {
		s.ExpiresAt = cookie
	}
	s.Record = file
	return s, nil
}

// Delete deletes the file, if it is still there.
func (d *files) Delete(_ context.Context, from driver.Snapshot) error {
	if file, ok := from.Record.(*fileRecord); ok {
		return d.remove(file.name)
	}
	return nil
}

func (d *files) remove(name string) error {
	root, err := d.root()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("gorilla: the session's file cannot be deleted: %w", err)
	}
	return nil
}

// root opens the folder, out of which no name and no link leads.
func (d *files) root() (*os.Root, error) {
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return nil, fmt.Errorf("gorilla: the sessions' folder: %w", err)
	}
	return root, nil
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

// fileRecord is a session's file, as it was loaded.
type fileRecord struct {
	d      *files
	cookie string
	name   string
	text   string
}

var _ driver.Record = (*fileRecord)(nil)

// ID is a hash, since the id itself names a file.
func (f *fileRecord) ID() string {
	sum := sha256.Sum256([]byte(f.name))
	return hex.EncodeToString(sum[:])
}

// Reload reads the session again.
func (f *fileRecord) Reload(ctx context.Context) (driver.Snapshot, error) {
	return f.d.Load(ctx, f.cookie)
}

// read returns the file's text, of which it reads one byte more than the limit
// at most. No link leads it out of the folder.
func (f *fileRecord) read(limit int) (string, error) {
	file, err := os.OpenInRoot(f.d.dir, f.name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, folder := os.Stat(f.d.dir); folder != nil {
			return "", fmt.Errorf("gorilla: the sessions' folder: %w", folder) // not mounted, for example: visitors stay signed in
		}
		return "", driver.ErrUnknown
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
