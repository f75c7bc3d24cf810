// Package browser drives the example programs with Chromium, as their users
// would.
package browser

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/wafer-go/wafer/internal/integration/devtools"
)

// patience is how long one step may take, on a machine with much else to do.
const patience = devtools.Patience

// browser is a Chromium without a past.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// chromium is what the tests share.
var chromium devtools.Chromium

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{t, chromium.Window(t)}
}

// newBrowserWith starts a Chromium for one test.
func newBrowserWith(t *testing.T, options ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	return &browser{t, devtools.Start(t, options...)}
}

// get returns what an action finds on the page that is open.
func get[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	return devtools.Get(b.t, b.ctx, action)
}

// call sends Chromium a command.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	return get(b, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
}

// leave does what leads to another page, waits until that has loaded, and
// returns the status it came with.
func (b *browser) leave(action chromedp.Action[chromedp.Void]) (status int64) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.Status
}

func (b *browser) visit(url string) {
	b.t.Helper()
	if status := b.leave(chromedp.Navigate(url)); status != http.StatusOK {
		b.t.Fatalf("%s answers %d", url, status)
	}
}

func (b *browser) reload() {
	b.t.Helper()
	b.leave(chromedp.Reload())
}

// press presses the button with the label, and returns the status of the page
// that it leads to.
func (b *browser) press(label string) (status int64) {
	b.t.Helper()
	return b.leave(chromedp.Click(`//button[normalize-space()="` + label + `"]`))
}

// click presses the button with the label, where that leads to no other page,
// also if something lies over it.
func (b *browser) click(label string) {
	b.t.Helper()
	get(b, chromedp.Evaluate[any](`Array.from(document.querySelectorAll("button")).find(e => (e.getAttribute("aria-label") ?? e.innerText) === `+strconv.Quote(label)+`).click()`))
}

// logIn fills in the form of the page that is open.
func (b *browser) logIn(name string) {
	b.t.Helper()
	get(b, chromedp.SendKeys(chromedp.CSS("input[name=username]"), name))
	b.press("Log in")
}

func (b *browser) wantHeading(want string) {
	b.t.Helper()
	if heading := get(b, chromedp.Text(chromedp.CSS("h1"))); heading != want {
		b.t.Errorf("the page says %q, want %q", heading, want)
	}
}

// wantFlashes checks the messages on the page, all of them, found by the role
// that makes a screen reader tell them.
func (b *browser) wantFlashes(want ...string) {
	b.t.Helper()
	texts := get(b, chromedp.Evaluate[[]string](
		`Array.from(document.querySelectorAll("[role=status], [role=alert]"), e => e.querySelector("span").innerText)`))
	if !slices.Equal(texts, want) {
		b.t.Errorf("the messages are %q, want %q", texts, want)
	}
}

func (b *browser) url() string {
	b.t.Helper()
	return get(b, chromedp.Location())
}

// cookie returns the only cookie that Chromium keeps for the page.
func (b *browser) cookie() *network.Cookie {
	b.t.Helper()
	cookies := call(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	if len(cookies) != 1 {
		b.t.Fatalf("Chromium keeps %d cookies, want 1", len(cookies))
	}
	return cookies[0]
}

// replace gives the cookie another value, and leaves the rest of it.
func (b *browser) replace(c *network.Cookie, value string) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{
		Name: c.Name, Value: value, URL: b.url(), Path: c.Path,
		Secure: &c.Secure, HTTPOnly: &c.HTTPOnly, SameSite: c.SameSite,
	})
	if got := b.cookie().Value; got != value {
		b.t.Fatalf("Chromium keeps %q, want %q", got, value)
	}
}

// wantHidden checks that the page's scripts do not see the cookie.
func (b *browser) wantHidden() {
	b.t.Helper()
	if seen := get(b, chromedp.Evaluate[string]("document.cookie")); seen != "" {
		b.t.Errorf("document.cookie is %q", seen)
	}
}
