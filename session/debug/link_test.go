package debug_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

func TestTheLinkOpensThePageInOneBrowser(t *testing.T) {
	i := debug.New(signed(t), quiet)
	link := i.Link("/debug/session")
	first := serve(i, ask("GET", "", link))
	if first.Code != http.StatusSeeOther || first.Header().Get("Location") != "./session" || first.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d %v", first.Code, first.Header())
	}
	cookie := first.Result().Cookies()[0]
	if w := serve(i, ask("GET", cookie.Name+"="+cookie.Value)); w.Code != http.StatusOK {
		t.Errorf("the browser that used the link is answered %d %s", w.Code, w.Body)
	}
	if w := serve(i, ask("GET", "", link)); w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("the link opens the page again: %d %v", w.Code, w.Header())
	}
	if again := i.Link("/debug/session"); again == link || serve(i, ask("GET", "", again)).Code != http.StatusSeeOther {
		t.Error("there is no other link")
	}
}

func TestLinkIsTheSameUntilItIsUsed(t *testing.T) {
	i := debug.New(signed(t), quiet)
	link := i.Link("http://localhost/debug/session")
	if again := i.Link("http://localhost/debug/session"); again != link {
		t.Errorf("%s, then %s", link, again)
	}
	if asked := i.Link("/d?a=b"); !strings.HasPrefix(asked, "/d?a=b&open=") {
		t.Errorf("beside a query the link is %s", asked)
	}
	for _, wrong := range []string{"", "?open=", "?open=A", "?open=" + strings.Repeat("A", 26)} {
		if w := serve(i, ask("GET", "", "/debug/session"+wrong)); w.Code != http.StatusForbidden {
			t.Errorf("%q is answered %d", wrong, w.Code)
		}
	}
	if w := serve(i, ask("HEAD", "", i.Link("/debug/session"))); w.Code != http.StatusForbidden {
		t.Errorf("HEAD is answered %d", w.Code)
	}
	remote := ask("GET", "", i.Link("/debug/session"))
	remote.RemoteAddr = "192.0.2.1:1"
	if w := serve(i, remote); w.Code != http.StatusForbidden {
		t.Errorf("another machine is answered %d", w.Code)
	}
	if w := serve(i, ask("GET", "", i.Link("/debug/session"))); w.Code != http.StatusSeeOther {
		t.Errorf("after those the link is answered %d", w.Code)
	}
}

func TestALinkThatWasUsedGoesOutOfTheAddress(t *testing.T) {
	i := debug.New(signed(t), quiet)
	cookie := admitted(t, i, i)
	if w := serve(i, ask("GET", cookie, i.Link("/debug/session"))); w.Code != http.StatusSeeOther || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("a browser that has the page is answered %d %v", w.Code, w.Header())
	}
}

// TestWhatAPlainProxyPassBringsIsRefused has a proxy on this machine that adds no header and asks
// for its upstream's name, as nginx's proxy_pass does by itself.
func TestWhatAPlainProxyPassBringsIsRefused(t *testing.T) {
	var log bytes.Buffer
	i := debug.New(signed(t), &debug.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	program := httptest.NewServer(i)
	t.Cleanup(program.Close)
	upstream, _ := url.Parse(program.URL)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) }})
	t.Cleanup(proxy.Close)
	res, err := http.Get(proxy.URL + "/debug/session")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("a visitor behind the proxy is answered %d %v", res.StatusCode, res.Header)
	}
	// Who reads the log opens the page without the proxy.
	link := regexp.MustCompile(regexp.QuoteMeta(program.URL) + `/debug/session\?open=\w+`).FindString(log.String())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err = client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("the link in the log is answered %d: %s", res.StatusCode, log.String())
	}
}

func TestTheLogHasTheLinkOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		i := debug.New(signed(t), &debug.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Hosts: []string{"::1"}})
		lines := func(r *http.Request) []string {
			log.Reset()
			serve(i, r)
			return regexp.MustCompile(`link="?([^"\s]+)`).FindStringSubmatch(log.String())
		}
		first := lines(ask("GET", ""))
		if len(first) == 0 || first[1] != i.Link("http://localhost:8080/debug/session") {
			t.Fatalf("the log has %q", log.String())
		}
		if again := lines(ask("GET", "")); again != nil {
			t.Errorf("the second time at once: %q", again)
		}
		time.Sleep(time.Minute)
		if again := lines(ask("GET", "")); len(again) == 0 || again[1] != first[1] {
			t.Errorf("a minute later: %q", again)
		}
		admitted(t, i, i)
		r := ask("GET", "", "/debug/a%2Fb?x=1")
		r.Host, r.TLS = "[::1]", &tls.ConnectionState{}
		if next := lines(r); len(next) == 0 || !strings.HasPrefix(next[1], "https://[::1]/debug/a%2Fb?open=") {
			t.Errorf("once it was used: %q", next)
		}
		remote := ask("GET", "")
		remote.RemoteAddr = "192.0.2.1:1"
		time.Sleep(time.Hour)
		if line := lines(remote); line != nil {
			t.Errorf("for another machine: %q", line)
		}
	})
}

func TestACookieThatWasNotMadeHereOpensNothing(t *testing.T) {
	key := secret.New()
	i := debug.New(signed(t), &debug.Options{Key: key, Logger: quiet.Logger})
	cookie := admitted(t, i, i)
	name, value, _ := strings.Cut(cookie, "=")
	id, proof, _ := strings.Cut(value, ".")
	for _, planted := range []string{"", ".", id, id + ".", "." + proof, "A" + id + "." + proof, id + "." + proof[1:], strings.Repeat("A", 26) + "." + proof} {
		if w := serve(i, ask("GET", name+"="+planted)); w.Code != http.StatusForbidden {
			t.Errorf("%q is answered %d", planted, w.Code)
		}
	}
	if w := serve(i, ask("GET", name+"=planted; "+cookie)); w.Code != http.StatusOK {
		t.Errorf("beside a planted one the cookie is answered %d", w.Code)
	}
	if w := serve(debug.New(signed(t), &debug.Options{Key: key, Logger: quiet.Logger}), ask("GET", cookie)); w.Code != http.StatusOK {
		t.Errorf("after a new start with the same key it is answered %d", w.Code)
	}
	for name, opts := range map[string]*debug.Options{"no": quiet, "another": {Key: secret.New(), Logger: quiet.Logger}} {
		if w := serve(debug.New(signed(t), opts), ask("GET", cookie)); w.Code != http.StatusForbidden {
			t.Errorf("after a new start with %s key it is answered %d", name, w.Code)
		}
	}
}

func TestTheInspectorsCookieIsTheHostsAloneAndHidden(t *testing.T) {
	insecure := manager(t, session.Signed(secret.New()), session.Options{Cookie: session.Cookie{Name: "sid", Insecure: true}})
	for name, tt := range map[string]struct {
		m      *session.Manager
		opts   *debug.Options
		tls    bool
		prefix string
		suffix string
	}{
		"http, from which WebKit keeps no Secure cookie": {signed(t), quiet, false, "wafer-inspector-session=", "; Path=/; HttpOnly; SameSite=Strict"},
		"https":                                {signed(t), quiet, true, "__Host-wafer-inspector-session=", "; Path=/; HttpOnly; Secure; SameSite=Strict"},
		"remote":                               {signed(t), &debug.Options{InsecureAllowRemote: true}, false, "__Host-wafer-inspector-session=", "; Path=/; HttpOnly; Secure; SameSite=Strict"},
		"remote, beside a cookie for http too": {insecure, &debug.Options{InsecureAllowRemote: true}, false, "wafer-inspector-sid=", "; Path=/; HttpOnly; SameSite=Strict"},
	} {
		i := debug.New(tt.m, tt.opts)
		r := ask("GET", "", i.Link("/debug/session"))
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if set := serve(i, r).Header().Get("Set-Cookie"); !strings.HasPrefix(set, tt.prefix) || !strings.HasSuffix(set, tt.suffix) {
			t.Errorf("%s: set %s", name, set)
		}
	}
}

// quiet are the defaults, without a log.
var quiet = &debug.Options{Logger: slog.New(slog.DiscardHandler)}
