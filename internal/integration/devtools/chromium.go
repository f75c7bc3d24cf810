package devtools

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// A Chromium runs once for several tests, because starting it costs more than most of them do. Each
// test has a window of its own, without a past: like private windows, they share no cookies, caches
// or keys.
type Chromium struct {
	// Options are added to those that all tests need.
	Options []chromedp.ExecAllocatorOption

	mu  sync.Mutex
	ctx context.Context
}

// Start starts another Chromium for a test, which has it alone.
func Start(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, err := start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // waits until it has ended
	return ctx
}

func start(options []chromedp.ExecAllocatorOption) (context.Context, error) {
	program := os.Getenv("WAFER_CHROMIUM")
	if program == "" {
		return nil, fmt.Errorf("WAFER_CHROMIUM names no Chromium; run the tests with `make test`, which sets what they need")
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(append(
		options,
		chromedp.ExecPath(program),
		// Root and containers cannot have the sandbox; the pages are our own.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)...))
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	return ctx, nil
}

// Window opens a window, which is closed when the test ends.
func (c *Chromium) Window(t testing.TB) context.Context {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		ctx, err := start(c.Options)
		if err != nil {
			t.Fatal(err)
		}
		c.ctx = ctx
	}
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	return ctx
}

// Stop stops the Chromium if it was started, and waits until it has ended. A TestMain calls it.
func (c *Chromium) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		return nil
	}
	defer func() { c.ctx = nil }()
	return chromedp.Cancel(c.ctx)
}
