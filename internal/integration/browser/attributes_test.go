package browser

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// tried is one session cookie that New accepts.
type tried struct {
	session.Cookie
	m *session.Manager
}

// accepted returns what New accepts of all that the fields of a Cookie can say together.
func accepted(t *testing.T) (all []tried) {
	t.Helper()
	logger, sites := slog.New(slog.NewTextHandler(io.Discard, nil)), []http.SameSite{0, http.SameSiteDefaultMode, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode}
	try := func(c session.Cookie) {
		c.Name += fmt.Sprint("-", len(all)) // one page can set many
		if m, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: c, Logger: logger}); err == nil {
			all = append(all, tried{c, m})
		}
	}
	for _, name := range []string{"session", "__Host-session", "__Secure-session", "__Http-session", "__Host-Http-session", "__host-session"} {
		for _, domain := range []string{"", "app.localhost", "localhost", ".app.localhost"} {
			for _, path := range []string{"/", "/at"} {
				for _, site := range sites {
					for flags := range 8 {
						try(session.Cookie{
							Name: name, Domain: domain, Path: path, SameSite: site,
							Partitioned: flags&1 != 0, Insecure: flags&2 != 0, ReadableByScripts: flags&4 != 0,
						})
					}
				}
			}
		}
	}
	for _, path := range []string{
		"/at/", "/%41", "/%20", "/a b", "/a ", "/a\"b", "/a#b", "/a?b", "/a<b", "/a>b", "/a\\b", "/a^b", "/a`b", "/a{b", "/a}b", "/a|b", "/a[b]", "/a'b",
		"/a,b", "/a=b", "/a/../b", "/a/./b", "/a/..", "/..", "/a//b", "/a:b", "/a&b", "/~a", "/a*b", "/a$b", "/a!b", "/(a)", "/a@b", "/a+b", "/%", "/a/%2e%2e/b", "/%2E",
	} {
		try(session.Cookie{Name: "session", Path: path})
	}
	return all
}

// Each cookie that New accepts is kept by Chromium and sent back, over https and from http://app.localhost.
func TestCookie_EachThatNewAcceptsIsKept(t *testing.T) {
	t.Parallel()
	all := accepted(t)
	const step = 60 // a host keeps 180 cookies at most
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var first int
		_, _ = fmt.Sscan(r.URL.Query().Get("first"), &first)
		do := r.URL.Query().Get("do")
		for i, c := range all[first:min(first+step, len(all))] {
			s, err := c.m.Load(r)
			if err != nil {
				t.Error(err)
			}
			switch {
			case do == "set":
				s.Set("a", i)
			case do == "delete":
				s.Destroy()
			case s.IsNew() && (c.Path == "/" || do == c.Path):
				_, _ = fmt.Fprintf(w, "%+v\n", c.Cookie)
				continue
			default:
				continue
			}
			if err := c.m.Commit(w, r, s); err != nil {
				t.Error(err)
			}
		}
		_, _ = io.WriteString(w, "done")
	})
	b := newBrowser(t)
	call(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	for scheme, start := range map[string]func(*httptest.Server){"https": (*httptest.Server).StartTLS, "http": (*httptest.Server).Start} {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		start(server)
		t.Cleanup(server.Close)
		origin := scheme + "://app.localhost" + server.URL[strings.LastIndexByte(server.URL, ':'):]
		for first := 0; first < len(all); first += step {
			b.visit(fmt.Sprintf("%s/?do=set&first=%d", origin, first))
			var paths []string
			for _, c := range all[first:min(first+step, len(all))] {
				if !slices.Contains(paths, c.Path) {
					paths = append(paths, c.Path)
				}
			}
			for _, path := range paths {
				// The page's own script asks for the path, as a link would.
				lost := get(b, chromedp.Evaluate[string](fmt.Sprintf(
					`(() => { const x = new XMLHttpRequest(); x.open("GET", %q + "?first=%d&do=" + encodeURIComponent(%q), false); x.send(); return x.responseText })()`,
					strings.TrimSuffix(path, "/")+"/", first, path)))
				if lost != "done" {
					t.Errorf("%s%s: Chromium does not send back\n%s", origin, path, strings.TrimSuffix(lost, "done"))
				}
			}
			b.visit(fmt.Sprintf("%s/?do=delete&first=%d", origin, first))
		}
	}
}
