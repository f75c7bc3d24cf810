package flasksession_test

import (
	"crypto/md5"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
)

// Folders are what cachelib makes: a file named after the key's MD5, with four bytes of expiry.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	for key, data := range map[string]string{
		"session:lasts": "\x00\x00\x00\x00}.", "session:later": "\xff\xff\xff\x7f}.", "session:over": "\x01\x00\x00\x00}.", "session:short": "\x00", "session:bare": "\x05\x00\x00\x00",
	} {
		name := md5.Sum([]byte(key))
		if err := os.WriteFile(filepath.Join(folder, hex.EncodeToString(name[:])), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := flasksession.Files(folder)
	for key, want := range map[string]string{"session:lasts": "}.", "session:later": "}.", "session:over": "}.", "session:short": "", "session:bare": ""} {
		r, err := files.Load(t.Context(), key)
		if err != nil || r.Data == nil || string(r.Data) != want {
			t.Errorf("%s has %q (%v)", key, r.Data, err)
		}
		ends := map[string]int64{"session:later": 1 << 31, "session:over": 2, "session:bare": 6}[key] // the last second counts
		if r.Expires.IsZero() != (ends == 0) || ends != 0 && r.Expires.Unix() != ends {
			t.Errorf("%s expires at %v", key, r.Expires)
		}
	}
	if r, err := files.Load(t.Context(), "session:none"); err != nil || r.Data != nil {
		t.Errorf("there is %q (%v)", r.Data, err)
	}
	if err := files.Swap(t.Context(), "session:lasts", []byte("}."), flasksession.Record{}); err == nil {
		t.Error("Swap succeeded")
	}
	for range 2 {
		if err := files.Delete(t.Context(), "session:lasts"); err != nil {
			t.Error(err)
		}
	}
	if r, err := files.Load(t.Context(), "session:lasts"); err != nil || r.Data != nil {
		t.Errorf("after Delete there is %q (%v)", r.Data, err)
	}
	if _, err := flasksession.Files(filepath.Join(folder, "\x00")).Load(t.Context(), "x"); err == nil {
		t.Error("a folder that cannot be opened looks like an empty one")
	}
}
