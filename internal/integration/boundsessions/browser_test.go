package boundsessions

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/wafer-go/wafer/internal/integration/devtools"
)

// patience is how long one step may take, on a machine with much else to do.
const patience = devtools.Patience

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// chromium is what the tests share. It keeps keys in software, because there is no other device here.
var chromium = devtools.Chromium{Options: []chromedp.ExecAllocatorOption{
	chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"),
	chromedp.Flag("password-store", "basic"),
	// Chromium signs no more than a few times in some minutes, which is plenty for cookies of ten
	// minutes and too little for those of two seconds.
	chromedp.Flag("disable-features", "DeviceBoundSessionSigningQuotaAndCaching"),
	chromedp.Flag("enable-features", "DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting"),
	chromedp.Flag("ignore-certificate-errors-spki-list", fingerprint),
}}

func TestMain(m *testing.M) {
	status := m.Run()
	if err := chromium.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "boundsessions:", err)
		status = 1
	}
	os.Exit(status)
}

// A browser is a window of Chromium that shares nothing with the others.
type browser struct {
	t      *testing.T
	ctx    context.Context
	prefix string // of the paths that ask is given
}

// start opens a window at the site.
func start(t *testing.T, s *site) *browser {
	t.Helper()
	b := &browser{t: t, ctx: chromium.Window(t)}
	b.open(s.url)
	return b
}

func get[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	return devtools.Get(b.t, b.ctx, action)
}

// open opens a page, and returns its status.
func (b *browser) open(url string) int64 {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Navigate(url))
	if err != nil {
		b.t.Fatal(err)
	}
	return res.Status
}

// ask has the page that is open ask several times at once, and returns what the answers are: status
// and text of each.
func (b *browser) ask(method, path, body string, times int) []string {
	b.t.Helper()
	init := `{method: "` + method + `"}`
	if body != "" {
		init = `{method: "` + method + `", body: "` + body + `"}`
	}
	one := `fetch("` + b.prefix + path + `", ` + init + `).then(async r => (r.status + " " + await r.text()).trim())`
	return get(b, chromedp.Evaluate[[]string](`Promise.all([`+strings.Repeat(one+",", times)+`])`, chromedp.EvalAwaitPromise))
}

// want asks once and checks the answer.
func (b *browser) want(method, path, want string) {
	b.t.Helper()
	if got := b.ask(method, path, "", 1)[0]; got != want {
		b.t.Errorf("%s %s answers %q, want %q", method, path, got, want)
	}
}

// signIn signs in, and waits until the browser has registered a key, and keeps the bound cookie if
// it had none before.
func (b *browser) signIn(s *site) {
	b.t.Helper()
	before, had := s.count("registered"), b.isBound(s)
	b.want("POST", "/login", "200")
	s.wait("registered", before+1, patience)
	for end := time.Now().Add(patience); !had && !b.isBound(s); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatal("the browser did not keep the bound cookie of its registration")
		}
	}
}

// isBound reports whether the browser keeps a bound cookie.
func (b *browser) isBound(s *site) bool {
	b.t.Helper()
	for name := range b.cookies(s.url + b.prefix + "/") {
		if strings.HasSuffix(name, "-bound") {
			return true
		}
	}
	return false
}

// cookies returns what the browser keeps for some addresses, or else for the open page.
func (b *browser) cookies(urls ...string) map[string]*network.Cookie {
	b.t.Helper()
	all := get(b, func(ctx context.Context, target *chromedp.Target) (network.GetCookiesResult, error) {
		return cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{URLs: urls})
	})
	found := make(map[string]*network.Cookie)
	for _, c := range all.Cookies {
		found[c.Name] = c
	}
	return found
}
