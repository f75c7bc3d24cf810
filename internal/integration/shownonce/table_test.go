package shownonce

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/internal/integration/browsers"
)

var update = flag.Bool("update", false, "write the table into the evidence")

const (
	begin = "<!-- written by internal/integration/shownonce -->\n"
	end   = "<!-- end -->\n"
)

// TestEachMessageIsSeenInOnePageView visits a program with each browser, with its sessions in the cookie
// and in a store. The evidence has its table.
func TestEachMessageIsSeenInOnePageView(t *testing.T) {
	var cells sync.Map
	t.Run("browsers", func(t *testing.T) { // ends when all of them have
		for _, k := range browsers.Kinds {
			t.Run(k.Name, func(t *testing.T) {
				t.Parallel()
				b := browsers.Start(t, k)
				b.Mux.HandleFunc("GET /test/pay", pay)
				for _, s := range scenarios {
					for _, backend := range backends {
						t.Run(s.name+"/"+backend.name, func(t *testing.T) {
							if b.Stuck {
								t.Fatal("the browser is at a page that does not obey")
							}
							cells.Store(s.name+k.Name+backend.name, s.in(newProgram(t, b, s.name+"-"+backend.name, backend.open())))
						})
					}
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	var table bytes.Buffer
	row := func(first, cell string, cellOf func(k browsers.Kind) string) {
		fmt.Fprintf(&table, "| %s |", first)
		for _, k := range browsers.Kinds {
			fmt.Fprintf(&table, cell, cellOf(k))
		}
		table.WriteByte('\n')
	}
	row("", " %s |", func(k browsers.Kind) string { return k.Name })
	row("---", "%s", func(browsers.Kind) string { return "---|" })
	for _, s := range scenarios {
		row(s.what, " %s |", func(k browsers.Kind) string {
			cookie, _ := cells.Load(s.name + k.Name + "cookie")
			store, _ := cells.Load(s.name + k.Name + "store")
			if cookie == store {
				return fmt.Sprint(cookie)
			}
			return fmt.Sprintf("cookie: %v; store: %v", cookie, store)
		})
	}
	compare(t, table.String())
}

// in visits the program, and returns how the messages were seen.
func (s scenario) in(p *program) string {
	note := s.visit(p)
	cell := "once"
	for _, m := range s.messages {
		n := p.ViewsOf(p.path, m)
		if s.browsers && n > 1 {
			cell = "again"
		} else if n != 1 {
			p.Errorf("%q was seen in %d page views", m, n)
		}
	}
	if note != "" {
		cell += ", " + note
	}
	return cell
}

// compare checks the table of the evidence, or writes it there.
func compare(t *testing.T, table string) {
	t.Helper()
	text, err := os.ReadFile(evidence)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	switch {
	case !found || !closed:
		t.Fatalf("%s has no place for the table:\n%s%s%s", evidence, begin, table, end)
	case *update:
		if err := os.WriteFile(evidence, []byte(before+begin+table+end+after), 0o644); err != nil { //nolint:gosec // as it was
			t.Fatal(err)
		}
	case old != table:
		t.Errorf("the table of %s is not what the browsers do; look at it, and run this test with -update:\n%s", evidence, table)
	}
}
