package flasksessions

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// The guide's programs read the sessions of real Flask programs.
func TestGuide_ProgramsReadFlasksSessions(t *testing.T) {
	db := must(sql.Open("pgx", variable("WAFER_POSTGRES")))
	t.Cleanup(func() { _ = db.Close() })
	lite, _ := open(t, "SQLite")
	memcached := memcache.New(must(url.Parse(variable("WAFER_MEMCACHED"))).Host)
	for name, c := range map[string]struct {
		place string
		half  func() (*session.Manager, error)
	}{
		"redisHalf":     {"Redis", func() (*session.Manager, error) { return redisHalf(redisClient()) }},
		"olderHalf":     {"Redis", func() (*session.Manager, error) { return olderHalf(redisClient()) }},
		"memcachedHalf": {"memcached", func() (*session.Manager, error) { return memcachedHalf(memcached) }},
		"sqlHalf":       {"PostgreSQL", func() (*session.Manager, error) { return sqlHalf(db) }},
		"sqliteHalf":    {"SQLite", func() (*session.Manager, error) { return sqliteHalf(sqliteFile(lite)) }},
		"airflowHalf":   {"as in Airflow", func() (*session.Manager, error) { return airflowHalf(db, secretKey) }},
		"alone":         {"Redis", func() (*session.Manager, error) { return alone(memstore.New(nil), redisClient()) }},
	} {
		t.Run(name, func(t *testing.T) {
			_, flask := open(t, c.place)
			half := must(c.half())
			v := newVisitor(t, flask, "")
			v.do("POST", flask+"/login?user=ada")
			v.goHalf = flask // the same host
			cookie := v.cookie()
			for range 2 { // the second finds what the first wrote
				r := httptest.NewRequest("GET", "https://example.com/", nil)
				r.Header.Set("Cookie", cookie)
				w := httptest.NewRecorder()
				half.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					if who, _ := user.Get(s); who != "ada" {
						t.Errorf("the session has %q", s.Keys())
					}
					s.Set("seen", true)
				})).ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Errorf("it was answered %d: %s", w.Code, w.Body)
				}
				for _, c := range w.Result().Cookies() {
					cookie = c.Name + "=" + c.Value
				}
			}
		})
	}
}

// What a slow request of Flask read, it writes back: also a session that was signed out since.
func TestGuide_FlaskBringsBackWhatItRead(t *testing.T) {
	p, flask := open(t, "Redis")
	v := newVisitor(t, flask, startGo(t, p))
	v.do("POST", flask+"/login?user=ada")
	cookie := v.cookie()
	slow := make(chan error)
	go func() {
		_, err := send(v.client, "POST", flask+"/slow", cookie)
		slow <- err
	}()
	v.do("GET", flask+"/slow-has-read")
	v.do("POST", v.goHalf+"/logout")
	if got := newVisitorWith(t, v, cookie).session(v.goHalf); got["user"] != nil {
		t.Errorf("after the sign-out Go has %v", got)
	}
	v.do("POST", flask+"/slow-may-write")
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
	if got := newVisitorWith(t, v, cookie).session(v.goHalf); got["user"] != "ada" {
		t.Errorf("after the slow request Go has %v: the guide says that Flask brings the session back", got)
	}
}

// A session that Go alone uses, and only reads, does not end while the visitor comes back.
func TestGuide_GoKeepsASessionAlive(t *testing.T) {
	p, flask := open(t, "Redis")
	now := time.Now()
	o := flasksession.Defaults()
	o.Clock = func() time.Time { return now }
	half := must(session.New(must(p.backend(p.records)), o))
	v := newVisitor(t, flask, flask)
	v.do("POST", flask+"/login?user=ada")
	cookie := v.cookie()
	left := func() time.Duration {
		return redisClient().TTL(t.Context(), "session:"+cookie[len("session="):]).Val()
	}
	read := func() {
		r := httptest.NewRequest("GET", "https://example.com/", nil)
		r.Header.Set("Cookie", cookie)
		half.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if who, _ := user.Get(session.From(r)); who != "ada" {
				t.Error("the visitor is signed out")
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	before := left()
	read()
	if after := left(); after > before {
		t.Errorf("a session that was just saved had %v left, and after it was read %v", before, after)
	}
	now = now.Add(10 * 24 * time.Hour)
	read()
	if after := left(); after < before+9*24*time.Hour {
		t.Errorf("ten days later it has %v left after it was read, not %v", after, before+10*24*time.Hour)
	}
}
