package scs_test

import (
	"bytes"
	"encoding/gob"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/migrate/scs"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

const token = "F35LDwpFEsxZnvTxUVCqLrwQ7fXBNE3h2Rk6xgsJK0w"

// oldProgram stands for a store of scs's, which has Commit, with the record of one visitor.
type oldProgram struct {
	mu      sync.Mutex
	records map[string][]byte
}

func newOldProgram(t *testing.T, values map[string]any) *oldProgram {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(struct {
		Deadline time.Time
		Values   map[string]any
	}{time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC), values}); err != nil {
		t.Fatal(err)
	}
	return &oldProgram{records: map[string][]byte{token: b.Bytes()}}
}

func (p *oldProgram) Find(token string) ([]byte, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.records[token]
	return b, ok, nil
}

func (p *oldProgram) Delete(token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.records, token)
	return nil
}

func (p *oldProgram) Commit(token string, record []byte, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.records[token] = record
	return nil
}

// ask sends a request with a cookie to a handler of a manager, and returns the answer's status and the
// cookie that the browser has then.
func ask(t *testing.T, m *session.Manager, cookie string, handler func(s *session.Session)) (status int, value string) {
	t.Helper()
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.AddCookie(&http.Cookie{Name: "session", Value: cookie})
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
	value = cookie
	for _, c := range w.Result().Cookies() {
		if value = c.Value; c.MaxAge < 0 {
			value = ""
		}
	}
	return w.Code, value
}

func manager(t *testing.T, to session.Backend, old scs.Store, o session.Options) *session.Manager {
	t.Helper()
	o.Cookie.Name = "session"
	o.Logger = slog.New(slog.DiscardHandler)
	m, err := session.New(session.Migrate(to, scs.Records(old, nil)), &o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func backends() map[string]session.Backend {
	return map[string]session.Backend{
		"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "stored": session.Stored(memstore.New(nil)),
	}
}

func name(s *session.Session) string {
	name, _ := session.Field[string]("name").Get(s)
	return name
}

// A thief who holds a request open must not outlive the logout in scs's own program.
func TestMigrate_ALogoutInTheOldProgramHolds(t *testing.T) {
	for what, to := range backends() {
		old := newOldProgram(t, map[string]any{"name": "ada"})
		m := manager(t, to, old, session.Options{})
		status, cookie := ask(t, m, token, func(s *session.Session) {
			if name(s) != "ada" {
				t.Errorf("%s: the session was not read", what)
			}
			_ = old.Delete(token)
			s.Set("seen", true)
		})
		if status == http.StatusOK {
			t.Errorf("%s: a request that was under way is answered with %d", what, status)
		}
		for _, value := range []string{token, cookie} {
			ask(t, m, value, func(s *session.Session) {
				if name(s) != "" {
					t.Errorf("%s: the session is there again with the cookie %s", what, value)
				}
			})
		}
		if len(old.records) != 0 {
			t.Errorf("%s: the old record is there again", what)
		}
	}
}

// Requests that the browser sent before it had the first answer find the session, and change nothing.
func TestMigrate_ARequestWithTheOldTokenAfterTheMove(t *testing.T) {
	for what, to := range backends() {
		old := newOldProgram(t, map[string]any{"name": "ada"})
		m := manager(t, to, old, session.Options{})
		_, cookie := ask(t, m, token, func(s *session.Session) { s.Set("name", "eve") })
		_, late := ask(t, m, token, func(s *session.Session) {
			if name(s) != "eve" {
				t.Errorf("%s: it reads %q", what, name(s))
			}
		})
		if late != token {
			t.Errorf("%s: it sets the cookie %s", what, late)
		}
		ask(t, m, cookie, func(s *session.Session) {
			if name(s) != "eve" {
				t.Errorf("%s: the new cookie reads %q", what, name(s))
			}
		})
	}
}

// scs's records have no time of the last use: the limits count from the first load.
func TestMigrate_LimitsCountFromTheFirstLoad(t *testing.T) {
	for what, o := range map[string]session.Options{
		"IdleTimeout": {IdleTimeout: 30 * time.Minute, ReissueOnRead: true},
		"Lifetime":    {Lifetime: 30 * time.Minute, ReissueOnRead: true},
	} {
		for where := range backends() {
			synctest.Test(t, func(t *testing.T) {
				m := manager(t, backends()[where], newOldProgram(t, map[string]any{"name": "ada"}), o)
				_, cookie := ask(t, m, token, func(s *session.Session) {
					if name(s) != "ada" {
						t.Errorf("%s, %s: the session was not read", what, where)
					}
				})
				time.Sleep(29 * time.Minute)
				if what == "IdleTimeout" {
					_, cookie = ask(t, m, cookie, func(s *session.Session) {
						if name(s) != "ada" {
							t.Errorf("%s, %s: it is gone too early", what, where)
						}
					})
				}
				time.Sleep(32 * time.Minute)
				for _, value := range []string{cookie, token} {
					ask(t, m, value, func(s *session.Session) {
						if name(s) != "" {
							t.Errorf("%s, %s: it is still there", what, where)
						}
					})
				}
			})
		}
	}
}
