package session_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// flashModel is what a visitor's messages are to be, as category:text.
type flashModel struct {
	waiting        []string
	read           bool
	list           []string // what was read and is neither discarded nor, yet, kept
	all            bool     // kept
	some           map[string]bool
	takes, returns bool // what reading does in this request
}

func category(m string) string { c, _, _ := strings.Cut(m, ":"); return c }

func (f *flashModel) flashes() {
	if f.read || !f.returns {
		f.read = true
		return
	}
	f.read = true
	f.list = slices.Clone(f.waiting)
	if f.takes && !f.all {
		f.waiting = nil
	} else {
		f.list = nil // nothing to give back: they are there
	}
}

func (f *flashModel) discard(c string) {
	drop := func(m string) bool { return c == "" || category(m) == c }
	f.waiting, f.list = slices.DeleteFunc(f.waiting, drop), slices.DeleteFunc(f.list, drop)
}

func (f *flashModel) end(shown bool) {
	back := slices.DeleteFunc(f.list, func(m string) bool { return shown && !f.all && !f.some[category(m)] })
	f.waiting = append(back, f.waiting...)
}

// TestFlashes_DoWhatAModelSays sends requests of random steps, and compares what waits after each.
func TestFlashes_DoWhatAModelSays(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		for seed := range uint64(150) {
			random := rand.New(rand.NewPCG(seed, 0))
			v.cookies = nil
			v.with(func(s *session.Session) { s.Set("kept", 1) })
			var model flashModel
			var done []string
			for n := range 12 {
				before := model
				before.waiting = slices.Clone(model.waiting)
				model = flashModel{waiting: model.waiting, some: make(map[string]bool), takes: true, returns: true}
				method, headers, status := "GET", map[string]string{}, 200
				switch random.IntN(8) {
				case 0:
					method, model.takes = "HEAD", false
				case 1:
					headers["Sec-Purpose"], model.returns = "prefetch", false
				case 2:
					headers["Sec-Fetch-Dest"], model.takes = "image", false
				case 3:
					status = http.StatusNotModified
				}
				fails := ""
				func() {
					defer func() { _ = recover() }()
					v.request(method, headers, func(w http.ResponseWriter, s *session.Session) {
						for range random.IntN(6) {
							c := []string{"a", "b", ""}[random.IntN(3)]
							step := random.IntN(9)
							switch {
							case step < 2 && c != "":
								m := fmt.Sprint("m", random.IntN(3)) // texts repeat
								s.FlashAs(c, m)
								model.waiting = append(model.waiting, c+":"+m)
							case step < 4:
								s.Flashes()
								model.flashes()
							case step < 5 && c == "":
								s.KeepFlashes()
								model.all = true
							case step < 5:
								s.KeepFlashes(c)
								model.some[c] = true
							case step < 6 && c == "":
								s.DiscardFlashes()
								model.discard("")
							case step < 6:
								s.DiscardFlashes(c)
								model.discard(c)
							case step < 7:
								s.Renew()
							case step < 8:
								s.Set("kept", random.IntN(100))
							case random.IntN(4) == 0:
								fails = []string{"failed", "panicked"}[random.IntN(2)]
							}
							done = append(done, fmt.Sprint(n, ".", step, c))
						}
						switch fails {
						case "failed":
							s.Set("x", func() {})
						case "panicked":
							panic("a bug")
						}
						w.WriteHeader(status)
					})
				}()
				done = append(done, fmt.Sprint(method, headers, status, fails, ";"))
				if fails != "" {
					model = before
				} else {
					model.end(status == 200 && model.takes && model.returns)
				}
				var waiting []string
				v.request("HEAD", nil, func(_ http.ResponseWriter, s *session.Session) {
					for _, m := range s.Flashes() {
						waiting = append(waiting, m.Category+":"+m.Text)
					}
				})
				want := slices.Sorted(slices.Values(model.waiting))
				if slices.Sort(waiting); !slices.Equal(waiting, want) {
					t.Fatalf("seed %d, request %d: %q wait, want %q: %s", seed, n, waiting, want, strings.Join(done, " "))
				}
			}
		}
	})
}
