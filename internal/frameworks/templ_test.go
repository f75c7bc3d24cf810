package frameworks

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/wafer-go/wafer/internal/frameworks/templ/layout"
	"github.com/wafer-go/wafer/session"
)

func TestALayoutOfTemplShowsTheFlashesOnce(t *testing.T) {
	for name, options := range map[string][]func(*templ.ComponentHandler){
		"buffered": nil, "streaming": {templ.WithStreaming()},
	} {
		sessions, said := newSessions(t)
		mux := http.NewServeMux()
		mux.HandleFunc("/flash", func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			s.FlashAs("info", "1 < 2")
			s.FlashHTML("warning", "<b>bold</b>")
		})
		mux.Handle("/", templ.Handler(layout.Home("ada"), options...))
		v := visit(t, sessions.Handler(mux))
		v.get("/flash")
		_, page := v.get("/")
		for _, want := range []string{`<p role="status" class="info">1 &lt; 2</p>`, `<p role="status" class="warning"><b>bold</b></p>`, "Hello, ada", "may be slow"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s in %s", name, want, page)
			}
		}
		if _, page := v.get("/"); strings.Contains(page, "role=") {
			t.Errorf("%s: shown again: %s", name, page)
		}
		if said.String() != "" {
			t.Errorf("%s: the log says %s", name, said)
		}
	}
}

func TestTemplGenerated_UpToDate(t *testing.T) {
	if out, err := exec.Command("go", "tool", "templ", "generate", "-check").CombinedOutput(); err != nil {
		t.Errorf("run `go tool templ generate` in internal/frameworks: %v\n%s", err, out)
	}
}
