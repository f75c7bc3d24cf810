// Package devtools runs steps in a Chromium that a test has started.
package devtools

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience limits one step, on a machine with much else to do.
const Patience = time.Minute

// Get returns what an action finds on the page that is open.
func Get[T any](t testing.TB, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	found, err := chromedp.Run(ctx, action)
	for err != nil && strings.Contains(err.Error(), "No node with given id") && ctx.Err() == nil {
		found, err = chromedp.Run(ctx, action) // the node was found in a document that was still loading
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}
