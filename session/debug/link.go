package debug

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/secret"
)

const (
	linkParameter = "open"      // of the query
	logAgain      = time.Minute // a link that was not used
)

// A link opens the page once. Whoever has it can read what the program prints, which the visitors
// behind a proxy on this machine cannot.
type link struct {
	mu     sync.Mutex
	token  string
	logged time.Time // the token; zero if it was not
}

// Link returns the address of the page, such as "http://localhost:8080/debug/session", with a token
// that opens the page in one browser: print it when the program starts. Once the link was used, and
// if the page is asked for without it, Options.Logger receives another.
func (i *Inspector) Link(address string) string {
	i.link.mu.Lock()
	defer i.link.mu.Unlock()
	return i.link.add(address)
}

func (l *link) add(address string) string {
	if l.token == "" {
		l.token = rand.Text()
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + linkParameter + "=" + l.token
}

// use reports whether token is that of the link, which is then used up.
func (l *link) use(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(l.token)) == 0 {
		return false
	}
	l.token, l.logged = "", time.Time{}
	return true
}

// log logs the link to the page that r asks for, the same one once a minute at most.
func (l *link) log(logger *slog.Logger, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.logged.IsZero() && time.Since(l.logged) < logAgain {
		return
	}
	address := l.add(addressOf(r))
	l.logged = time.Now()
	logger.InfoContext(r.Context(), "session inspector: open this link once, in the browser whose session it is to show", "link", address)
}

// addressOf returns the address of the page as the browser has it, without the query. The host is
// one that refuse has let through.
func addressOf(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: hostname(r.Host), Path: r.URL.Path}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	_, port, _ := net.SplitHostPort(r.Host)
	if _, err := strconv.ParseUint(port, 10, 16); err == nil {
		u.Host = net.JoinHostPort(u.Host, port)
	} else if strings.Contains(u.Host, ":") {
		u.Host = "[" + u.Host + "]"
	}
	// Handlers such as http.StripPrefix change r.URL and leave RequestURI.
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil && asked.Host == "" {
		u.Path, u.RawPath = asked.Path, asked.RawPath
	}
	return u.String()
}

// clean redirects to the page without the query: the token is used up, and need not stay in the
// browser's address.
func clean(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	w.Header().Set("Location", "./"+path[strings.LastIndexByte(path, '/')+1:])
	w.WriteHeader(http.StatusSeeOther)
}

// access proves which cookies were made here: those of the browsers that may open the page. It is a
// function, so that no printer shows the key that is made of key.
type access func(id string) (proof string)

func newAccess(key secret.Key) access {
	if key.IsZero() {
		key = secret.New()
	}
	derived := mac(key.Bytes(), "wafer session inspector")
	return func(id string) string { return base64.RawURLEncoding.EncodeToString(mac(derived, id)) }
}

// grant returns the value of a cookie for a browser with a new id.
func (a access) grant() (id, value string) {
	id = rand.Text()
	return id, id + "." + a(id)
}

// verify returns the id in a cookie's value that grant made.
func (a access) verify(value string) (id string, ok bool) {
	id, proof, _ := strings.Cut(value, ".")
	return id, subtle.ConstantTimeCompare([]byte(proof), []byte(a(id))) == 1
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
