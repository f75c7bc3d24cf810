package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// maxFile is more than any file here has reason to be, in bytes.
const maxFile = 1 << 20

// checkFiles looks for what was committed by mistake, and for names that the
// go command cannot put into a module's zip.
func checkFiles(ctx context.Context, c *checks) (string, error) {
	out, err := git(ctx, c.tree.Root, "ls-files", "-z")
	if err != nil {
		return "", err
	}
	var wrong failures
	names := strings.Split(strings.TrimRight(out, "\x00"), "\x00")
	for _, name := range names {
		full := filepath.Join(c.tree.Root, filepath.FromSlash(name))
		info, err := os.Lstat(full)
		if err != nil {
			return "", err
		}
		if !info.Mode().IsRegular() {
			wrong.add("%s is no regular file; module zips leave those out, so replace it by a file", name)
			continue
		}
		if info.Size() > maxFile {
			wrong.add("%s has %d bytes, more than %d; every user downloads it, so take it out with git rm", name, info.Size(), maxFile)
		}
		if kind, err := binaryKind(full); err != nil {
			return "", err
		} else if kind != "" && !mayBeBinary(name) {
			wrong.add("%s is %s; take it out with git rm, and have .gitignore name it", name, kind)
		}
	}
	for _, m := range c.tree.Released() {
		subdir := m.Dir
		if subdir == "." {
			subdir = ""
		}
		version := modpath.Version{Path: m.Path(), Version: firstVersion}
		if err := zip.CreateFromVCS(io.Discard, version, c.tree.Root, "HEAD", subdir); err != nil {
			wrong.add("rename the file, since no zip can be made of %s as it is: %v", m.Path(), err)
		}
	}
	return fmt.Sprintf("%d files, none a program, none over %d bytes, and all have names that module zips allow", len(names), maxFile), wrong.err()
}

// magics are the first bytes of what a build or an archiver leaves behind.
var magics = []struct{ start, kind string }{
	{"\x7fELF", "a program or library for Linux"},
	{"MZ", "a program for Windows"},
	{"\xcf\xfa\xed\xfe", "a program for macOS"},
	{"\xca\xfe\xba\xbe", "a program for macOS, or a Java class"},
	{"!<arch>", "a library archive"},
	{"PK\x03\x04", "a zip archive"},
	{"\x1f\x8b", "a gzip archive"},
	{"SQLite format 3\x00", "a database"},
}

// binaryKind tells what a file is by its first bytes; nothing for a text.
func binaryKind(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 8000) // as many as git looks at
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	for _, magic := range magics {
		if bytes.HasPrefix(head[:n], []byte(magic.start)) {
			return magic.kind, nil
		}
	}
	if bytes.IndexByte(head[:n], 0) >= 0 {
		return "not a text", nil
	}
	return "", nil
}

// mayBeBinary allows pictures, and the bytes that tests read.
func mayBeBinary(name string) bool {
	pictures := []string{".png", ".webp", ".ico", ".jpg", ".gif", ".woff2"}
	return slices.Contains(pictures, path.Ext(name)) || inTestdata(name)
}
