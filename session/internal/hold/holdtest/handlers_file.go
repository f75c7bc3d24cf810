package holdtest

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing/fstest"
)

// file calls f with a file of n bytes.
func file(x exchange, n int, f func(*os.File)) {
	on, err := os.CreateTemp("", "holdtest")
	if err != nil {
		Note(x.r, err)
		return
	}
	defer func() {
		_ = on.Close()
		_ = os.Remove(on.Name())
	}()
	_, err = on.WriteString(strings.Repeat("0123456789abcde\n", n/16) + strings.Repeat("x", n%16))
	if err == nil {
		_, err = on.Seek(0, io.SeekStart)
	}
	if err != nil {
		Note(x.r, err)
		return
	}
	f(on)
}

func (x exchange) copyFile(n int) {
	file(x, n, func(f *os.File) {
		n, err := io.Copy(x.ResponseWriter, f)
		Note(x.r, "Copy", n, err)
	})
}

// readers are handlers that copy.
func readers() []Handler {
	return []Handler{
		handle("a copy", func(x exchange) { x.copy(strings.NewReader("page")) }),
		handle("a copy between writes", func(x exchange) {
			x.write("<html>")
			x.copy(io.MultiReader(strings.NewReader("a"), strings.NewReader("b")))
			x.write("</html>")
		}),
		handle("a status and a copy", func(x exchange) { x.WriteHeader(202); x.copy(strings.NewReader("page")) }),
		handle("a copy of nothing", func(x exchange) { x.copy(strings.NewReader("")) }),
		handle("a copy of nothing, then 404", func(x exchange) { x.copy(strings.NewReader("")); x.WriteHeader(404) }),
		handle("a copy of 511 bytes", func(x exchange) { x.copy(strings.NewReader(strings.Repeat("x", 511))) }),
		handle("a copy of 512 bytes", func(x exchange) { x.copy(strings.NewReader(strings.Repeat("x", 512))) }),
		handle("a copy of 513 bytes, then a header", func(x exchange) {
			x.copy(strings.NewReader(strings.Repeat("x", 513)))
			x.set("X-Late", "1")
			x.write("more")
		}),
		handle("a copy of 100 KiB", func(x exchange) { x.copy(strings.NewReader(strings.Repeat("page", 25<<10))) }),
		handle("3000 bytes and a copy", func(x exchange) { x.lines(3000); x.copy(strings.NewReader("end")) }),
		handle("a flush and a copy", func(x exchange) { x.flush(); x.copy(strings.NewReader("page")); x.write("end") }),
		handle("a copy that breaks at once", func(x exchange) { x.copy(broken(0)); http.Error(x, "sorry", 500) }),
		handle("a copy that breaks", func(x exchange) { x.copy(broken(10)); http.Error(x, "sorry", 500) }),
		handle("a copy that breaks after 600 bytes", func(x exchange) { x.copy(broken(600)); http.Error(x, "sorry", 500) }),
		handle("a copy that breaks, then a panic", func(x exchange) { x.copy(broken(600)); panic(http.ErrAbortHandler) }),
		handle("a file", func(x exchange) { x.copyFile(5000) }),
		handle("a file with its length", func(x exchange) { x.set("Content-Length", "300000"); x.copyFile(300_000) }),
		handle("a file that is too long", func(x exchange) { x.set("Content-Length", "100"); x.copyFile(5000) }),
		handle("a file that is too short", func(x exchange) { x.set("Content-Length", "6000"); x.copyFile(5000) }),
		handle("a file after a write", func(x exchange) { x.write("head "); x.copyFile(5000) }),
		handle("304 and a file", func(x exchange) { x.WriteHeader(304); x.copyFile(5000) }),
	}
}

// files are handlers of net/http that serve contents.
func files() []Handler {
	content := func(n int) http.HandlerFunc {
		text := []byte(strings.Repeat("0123456789", n/10))
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"v1"`)
			http.ServeContent(w, r, "digits.txt", modified, bytes.NewReader(text))
		}
	}
	tree := http.FS(fstest.MapFS{
		"index.html":  {Data: []byte("<p>index"), ModTime: modified},
		"large.txt":   {Data: bytes.Repeat([]byte("large"), 50_000), ModTime: modified},
		"dir/one.txt": {Data: []byte("one"), ModTime: modified},
	})
	at := func(path string) http.HandlerFunc {
		files := http.FileServer(tree)
		return func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = path
			files.ServeHTTP(w, r)
		}
	}
	return []Handler{
		{"10 digits", content(10)},
		{"200,000 digits", content(200_000)},
		{"an index", at("/")},
		{"a large file of a tree", at("/large.txt")},
		{"a folder", at("/dir/")},
		{"a folder without its slash", at("/dir")},
		{"a file that is missing", at("/missing")},
		handle("a file served", func(x exchange) {
			file(x, 100_000, func(f *os.File) { http.ServeContent(x.ResponseWriter, x.r, "f.txt", modified, f) })
		}),
	}
}

// requestBodies are handlers that read before they write.
func requestBodies() []Handler {
	return []Handler{
		handle("an echo", func(x exchange) { x.write(x.readBody()) }),
		handle("an echo by copy", func(x exchange) {
			b := new(bytes.Buffer)
			n, err := b.ReadFrom(x.r.Body)
			Note(x.r, n, err)
			x.set("Content-Length", strconv.FormatInt(n, 10))
			x.copy(b)
		}),
		handle("a byte read", func(x exchange) {
			n, err := io.ReadFull(x.r.Body, make([]byte, 1))
			Note(x.r, n, err)
			x.WriteHeader(202)
		}),
		handle("a body closed", func(x exchange) { Note(x.r, x.r.Body.Close()); x.write("page") }),
		handle("413", func(x exchange) { x.WriteHeader(413) }),
		handle("413 and close", func(x exchange) {
			x.set("Connection", "close")
			http.Error(x, "too large", http.StatusRequestEntityTooLarge)
		}),
		handle("a body read after a flush", func(x exchange) { x.flush(); x.write(x.readBody()) }),
		handle("a form", func(x exchange) { Note(x.r, x.r.ParseForm()); x.write(x.r.Form.Encode()) }),
	}
}
