package frameworks

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// home is a page in the guide's layout, part of which is streamed.
const home = `package main

templ home() {
	@layout("Home") {
		@templ.Flush() {
			<p>This part may be slow.</p>
		}
	}
}
`

// homes are the handlers that show it, and one that flashes.
const homes = `	mux.Handle("GET /buffered", templ.Handler(home()))
	mux.Handle("GET /streaming", templ.Handler(home(), templ.WithStreaming()))
	mux.HandleFunc("POST /flash", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).FlashAs("info", "1 < 2")
		session.From(r).FlashHTML("warning", "<b>bold</b>")
	})
`

func TestTempl_LayoutShowsTheFlashesOnce(t *testing.T) {
	g := guides["templ"]
	folder, key, run := g.begin(t)
	folder.Write("home.templ", home)
	const last = "\tlog.Print("
	folder.Write("main.go", docprogram.ReplaceOnce(t, folder.Read("main.go"), last, homes+last))
	folder.Sh(run)
	v := folder.Run(key)
	for _, path := range []string{"/buffered", "/streaming"} {
		v.Post("/flash")
		page := v.Get(path)
		for _, want := range []string{`<p role="status" class="info">1 &lt; 2</p>`, `<p role="status" class="warning"><b>bold</b></p>`, "<title>Home</title>", "may be slow"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s in %s", path, want, page)
			}
		}
		if page := v.Get(path); strings.Contains(page, "role=") {
			t.Errorf("%s: shown again: %s", path, page)
		}
	}
	if log := v.Stop(); strings.Contains(log, "WARN session:") {
		t.Errorf("the log says %s", log)
	}
}
