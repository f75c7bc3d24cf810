package main

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/wafer-go/wafer/store"
)

// wholeBar is how many parts a bar has whose end is known.
const wholeBar = 1000

// progress shows on a terminal how far something is, and nothing elsewhere.
type progress struct {
	bar   *progressbar.ProgressBar
	known bool
}

// newProgress returns a bar, if it is known that ids come in their order, and
// else a count that goes up.
func newProgress(w io.Writer, what string, known bool) *progress {
	if !onTerminal(w) {
		return &progress{}
	}
	parts := -1
	options := []progressbar.Option{
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(40),
	}
	if known {
		parts = wholeBar
	} else {
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts())
	}
	return &progress{progressbar.NewOptions(parts, options...), known}
}

// add counts n more. The bar is an ornament: what fails about it is ignored.
func (p *progress) add(n int) {
	if p.bar != nil && !p.known {
		_ = p.bar.Add(n)
	}
}

// at says that the session with this id has its turn. Ids are hashes, so their
// first bits tell how many come before.
func (p *progress) at(id store.ID) {
	switch {
	case p.bar == nil:
	case p.known:
		_ = p.bar.Set(int(binary.BigEndian.Uint32(id[:4])) / (1 << 32 / wholeBar))
	default:
		_ = p.bar.Add(1)
	}
}

// clear makes room for a line of text.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
