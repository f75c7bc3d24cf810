package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/store"
)

// progressEvery is the time between two lines of progress.
const progressEvery = 200 * time.Millisecond

// A progress shows on a terminal how far something is, on one line, and nothing elsewhere.
type progress struct {
	w     io.Writer // nil if not at a terminal
	what  string
	known bool // whether IDs come in their order
	done  int
	shown time.Time
}

func newProgress(w io.Writer, what string, known bool) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, what: what, known: known}
}

// add counts n more.
func (p *progress) add(n int) {
	p.done += n
	p.show(strconv.Itoa(p.done))
}

// at says that the session with this ID has its turn. IDs are hashes, so their first bits tell how
// many come before.
func (p *progress) at(id store.ID) {
	p.done++
	state := strconv.Itoa(p.done)
	if p.known {
		state += fmt.Sprintf(", %d%%", uint64(binary.BigEndian.Uint32(id[:4]))*100>>32)
	}
	p.show(state)
}

func (p *progress) show(state string) {
	if p.w != nil && time.Since(p.shown) >= progressEvery {
		p.shown = time.Now()
		fmt.Fprintf(p.w, "\r\033[K%s %s", p.what, state)
	}
}

// clear makes room for a line of text, or for the end.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\033[K")
	}
}
