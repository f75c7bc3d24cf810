package faults

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/wafer-go/wafer/internal/integration/between"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

const (
	// renewers is how many visitors renew their sessions at once.
	renewers = 12

	// shortPatience is how long a store may take in this test, so that many calls fail.
	shortPatience = 200 * time.Millisecond
)

// failures returns how many renewals have to fail before a test is content.
func failures() int64 {
	if n, err := strconv.ParseInt(os.Getenv("WAFER_RENEWALS"), 10, 64); err == nil && n > 0 {
		return n
	}
	return 60
}

// A renewer is a visitor with a session that it renews again and again.
type renewer struct {
	name   string
	cookie string
	failed int // renewals in a row

	past []string // the last answers
}

// A renewing is a site and its renewers.
type renewing struct {
	site     http.Handler
	visitors []*renewer

	renewed, failed atomic.Int64

	mu        sync.Mutex
	signedOut []string
}

func newRenewing(t *testing.T, st store.Store) *renewing {
	t.Helper()
	sessions, err := session.New(session.Stored(st), &session.Options{
		BackendTimeout: shortPatience, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		text, _ := kept.Get(session.From(r))
		_, _ = w.Write([]byte(text))
	})
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn(r.URL.Query().Get("name"))
		kept.Set(s, r.URL.Query().Get("name"))
	})
	mux.HandleFunc("POST /renew", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Renew() })
	return &renewing{site: sessions.Handler(mux)}
}

// ask sends a visitor's request, and keeps the cookie that the answer sets, as a browser does
// whatever its status is.
func (v *renewer) ask(site http.Handler, method, path string) (code int, body string) {
	r := httptest.NewRequestWithContext(context.Background(), method, "https://site.example"+path, nil)
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	if set := w.Header().Get("Set-Cookie"); set != "" {
		v.cookie, _, _ = strings.Cut(set, ";")
	}
	if len(v.past) == 12 {
		v.past = v.past[1:]
	}
	v.past = append(v.past, fmt.Sprintf("%s %s: %d, %.100s, cookie %.120s", time.Now().Format("05.000"), path, w.Code, strings.TrimSpace(w.Body.String()), v.cookie))
	return w.Code, w.Body.String()
}

// look reports whether the visitor is still signed in, as soon as the site can tell.
func (v *renewer) look(site http.Handler) (in, told bool) {
	code, body := v.ask(site, http.MethodGet, "/")
	return body == v.name, code == http.StatusOK
}

// run renews until the context is done. A visitor who is signed out signs in again.
func (r *renewing) run(ctx context.Context, v *renewer) {
	for ctx.Err() == nil {
		code, _ := v.ask(r.site, http.MethodPost, "/renew")
		if code == http.StatusOK {
			r.renewed.Add(1)
		} else {
			r.failed.Add(1)
			v.failed++
		}
		if in, told := v.look(r.site); told {
			r.judge(v, in, code)
		}
		time.Sleep(rest)
	}
}

func (r *renewing) judge(v *renewer, in bool, code int) {
	if !in {
		r.mu.Lock()
		r.signedOut = append(r.signedOut, fmt.Sprintf("%s, after a %d and %d failures:\n%s\n", v.name, code, v.failed, strings.Join(v.past, "\n")))
		r.mu.Unlock()
		r.login(v)
	}
	v.failed = 0
}

// login signs a visitor in, which may take some requests.
func (r *renewing) login(v *renewer) {
	for code, tries := 0, 0; code != http.StatusOK && tries < 1000; tries++ {
		v.cookie = ""
		code, _ = v.ask(r.site, http.MethodPost, "/login?name="+v.name)
		time.Sleep(rest)
	}
}

// A harm is done to an engine while sessions are renewed; it lasts until it returns.
type harm struct {
	name string
	do   func(t *testing.T, v victim, n *between.Network)
}

var harms = []harm{
	{"answers are lost", func(_ *testing.T, _ victim, n *between.Network) {
		n.LoseAnswers(0.3)
		time.Sleep(calm)
		n.LoseAnswers(0)
	}},
	{"connections are cut", func(_ *testing.T, _ victim, n *between.Network) {
		for range 25 {
			time.Sleep(calm / 25)
			n.Cut()
		}
	}},
	{"the server is silent", func(t *testing.T, v victim, _ *between.Network) {
		if err := v.pause(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * shortPatience)
		if err := v.resume(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(calm / 4)
	}},
	{"rows are locked", func(t *testing.T, v victim, _ *between.Network) {
		if v.lock == nil {
			return
		}
		release := v.lock(t)
		time.Sleep(4 * shortPatience)
		release()
	}},
	{"the server is killed", func(t *testing.T, v victim, _ *between.Network) {
		if v.forgets {
			return
		}
		if err := v.kill(); err != nil {
			t.Fatal(err)
		}
		if err := v.revive(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(calm)
	}},
}

// Told that a renewal failed, a visitor is still signed in; told that it succeeded, too.
func TestNoFailedRenewalSignsAVisitorOut(t *testing.T) {
	onEach(t, func(t *testing.T, e engine) {
		v := e.renewed(t)
		network := new(between.Network)
		st, end, err := between.Open(t.Context(), network, v.url, "renewals", shortPatience)
		if err != nil {
			t.Fatal(err)
		}
		r := newRenewing(t, st)
		for i := range renewers {
			one := &renewer{name: "visitor-" + strconv.Itoa(i)}
			r.login(one)
			r.visitors = append(r.visitors, one)
		}
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for _, one := range r.visitors {
			group.Go(func() { r.run(ctx, one) })
		}
		report := make(map[string]int64)
		few := func() bool { return r.failed.Load() < failures() || r.renewed.Load() < renewers }
		for round := 0; round < 1 || few() && round < 1000; round++ {
			for _, h := range harms {
				before := r.failed.Load()
				h.do(t, v, network)
				report[h.name] += r.failed.Load() - before
			}
		}
		stop()
		group.Wait()
		time.Sleep(calm) // what is under way to the engine arrives
		for _, one := range r.visitors {
			in, told := one.look(r.site)
			for range 50 {
				if told {
					break
				}
				time.Sleep(calm / 10)
				in, told = one.look(r.site)
			}
			if !told {
				t.Fatal("the site does not serve after the faults")
			}
			r.judge(one, in, 0)
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		network.Close()
		fmt.Printf("%s: %d renewals succeeded, %d failed %v, %d visitors were signed out\n",
			t.Name(), r.renewed.Load(), r.failed.Load(), report, len(r.signedOut))
		if len(r.signedOut) > 0 {
			t.Errorf("%d visitors were signed out: %v", len(r.signedOut), r.signedOut[:min(5, len(r.signedOut))])
		}
		if few() {
			t.Errorf("%d renewals failed, and %d were to; %d succeeded, and %d were to", r.failed.Load(), failures(), r.renewed.Load(), renewers)
		}
	})
}

// locker returns what locks all rows of the table, by a connection of its own.
func locker(driver, dsn string, text string) func(t *testing.T) (release func()) {
	return func(t *testing.T) func() {
		t.Helper()
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// patient is a Redis Cluster in which a server that is silent for a moment is not replaced: what its
// replica does not have yet would be lost.
var patient = engine{start: clusterOf(time.Minute)}

// renewed returns the engine for this test.
func (e engine) renewed(t *testing.T) victim {
	t.Helper()
	if e.survivesAKill {
		v := patient.victim(t)
		v.forgets = true
		return v
	}
	v := e.victim(t)
	v.forgets = e.mayLose != "" // so killing it would sign everyone out
	switch {
	case strings.HasPrefix(v.url, "postgres:"):
		v.lock = locker("pgx", v.url, `SELECT * FROM renewals FOR UPDATE`)
	case strings.HasPrefix(v.url, "mysql:"):
		v.lock = locker("mysql", mysqlDSN(t, v.url), `UPDATE renewals SET used = used`)
	}
	return v
}

func mysqlDSN(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	return config.FormatDSN()
}
