package bench

import (
	"errors"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
	"github.com/wafer-go/wafer/store/redisstore"
)

// Wafers are Wafer's backends.
func Wafers() []*Subject {
	return []*Subject{
		wafer("wafer-signed", true, named(), func() (session.Backend, error) { return session.Signed(secret.New()), nil }),
		wafer("wafer-sealed", true, named(), func() (session.Backend, error) { return session.Sealed(secret.New()), nil }),
		wafer("wafer-flask", true, flask.Defaults(), func() (session.Backend, error) {
			return flask.Cookies("b9db378c28e3f1e6ccaa46f7d48fec2ea6a288f28fd78ddb", nil)
		}),
		wafer("wafer-memory", false, named(), func() (session.Backend, error) { return session.Stored(memstore.New(nil)), nil }),
		wafer("wafer-redis", false, named(), redisBackend),
	}
}

// named returns the defaults except the cookie's name, which is the other
// libraries' too.
func named() *session.Options {
	return &session.Options{Cookie: session.Cookie{Name: cookieName}}
}

func redisBackend() (session.Backend, error) {
	url := os.Getenv("WAFER_REDIS")
	if url == "" {
		return nil, errors.New("WAFER_REDIS names no Redis server, such as redis://127.0.0.1:6379/0; run it through `make bench`")
	}
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	s, err := redisstore.New(redis.NewClient(opts), nil)
	if err != nil {
		return nil, err
	}
	return session.Stored(s), nil
}

func wafer(name string, inCookie bool, opts *session.Options, backend func() (session.Backend, error)) *Subject {
	return inside(Subject{Name: name, Cookie: inCookie}, func() (func(http.Handler) http.Handler, func(http.ResponseWriter, *http.Request) waferValues, error) {
		b, err := backend()
		if err != nil {
			return nil, nil, err
		}
		m, err := session.New(b, opts)
		if err != nil {
			return nil, nil, err
		}
		return m.Handler, func(_ http.ResponseWriter, r *http.Request) waferValues { return waferValues{session.From(r)} }, nil
	})
}

const visitsField = session.Field[int](visitsKey)

type waferValues struct{ s *session.Session }

func (v waferValues) Fill(p Pair)     { v.s.Set(p.Key, p.Value) }
func (v waferValues) SetNumber(n int) { visitsField.Set(v.s, n) }
func (v waferValues) Flash()          { v.s.Flash(message) }
func (v waferValues) Save()           {}

func (v waferValues) Text(key string) string {
	text, _ := session.Field[string](key).Get(v.s)
	return text
}

func (v waferValues) Number() int {
	n, _ := visitsField.Get(v.s)
	return n
}

func (v waferValues) Flashes(into []string) []string {
	for _, m := range v.s.Flashes() {
		into = append(into, m.Text)
	}
	return into
}
