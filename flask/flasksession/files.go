package flasksession

import (
	"context"
	"crypto/md5" // #nosec G501 -- cachelib names its files so
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Files reads the records of a Flask program with SESSION_TYPE="filesystem", or of a cachelib
// FileSystemCache, from their folder. It cannot write them: cachelib has no way to compare a file
// with what was read before it is replaced. Use it as the second argument of [session.Migrate],
// which moves each session to another place as soon as it is saved, and removes its file.
func Files(folder string) Records { return fileRecords(folder) }

type fileRecords string

var _ Records = fileRecords("")

var errReadOnly = errors.New("flasksession: Files are only read; give session.Migrate another backend to write to, and this one to read from")

// name returns the file of a record.
func (dir fileRecords) name(key string) string {
	sum := md5.Sum([]byte(key)) // #nosec G401 -- see above
	return filepath.Join(string(dir), hex.EncodeToString(sum[:]))
}

func (dir fileRecords) Load(_ context.Context, key string) (Record, error) {
	f, err := os.Open(dir.name(key))
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, nil
	}
	if err != nil {
		return Record{}, fmt.Errorf("flasksession: Files: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	const header = 4                 // bytes: when it expires, in Unix seconds, or 0
	data, err := io.ReadAll(io.LimitReader(f, header+maxRecord+1))
	if err != nil {
		return Record{}, fmt.Errorf("flasksession: Files: %w", err)
	}
	if len(data) < header {
		return Record{Data: []byte{}}, nil
	}
	r := Record{Data: data[header:]}
	if at := binary.LittleEndian.Uint32(data); at != 0 {
		r.Expires = time.Unix(int64(at)+1, 0) // the last second counts
	}
	return r, nil
}

// Swap fails.
func (fileRecords) Swap(context.Context, string, []byte, Record) error { return errReadOnly }

// Retire removes the file, and leaves no word.
func (dir fileRecords) Retire(ctx context.Context, key string, _ []byte, _ string, _ Record) error {
	return dir.Delete(ctx, key)
}

func (dir fileRecords) Delete(_ context.Context, key string) error {
	if err := os.Remove(dir.name(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("flasksession: Files: %w", err)
	}
	return nil
}
