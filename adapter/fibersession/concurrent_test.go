package fibersession_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func withName(url, name string) *http.Request {
	r, _ := http.NewRequest("GET", url, nil)
	r.Header.Set("X-Name", name)
	return r
}

// fasthttp writes each request of a connection, and those of other visitors,
// into the same few buffers.
func TestNoVisitorSeesAnothersBytes(t *testing.T) {
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(secret.New()),
		"stored": session.Stored(memstore.New(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			m, said := newManager(t, backend, session.Options{})
			app := fiber.New()
			app.Use(fibersession.Middleware(m))
			var mu sync.Mutex
			held := make(map[string][]*session.Session) // by name, beyond their handlers
			app.Get("/set/:name", func(c fiber.Ctx) error {
				s := fibersession.From(c)
				username.Set(s, c.Params("name")) // strings in fasthttp's buffers
				s.Set("header", c.Get("X-Name"))
				s.FlashAs(c.Get("X-Name"), c.Get("X-Name"))
				return nil
			})
			app.Get("/", func(c fiber.Ctx) error {
				s := fibersession.From(c)
				who, _ := username.Get(s)
				mu.Lock()
				held[who] = append(held[who], s)
				mu.Unlock()
				var flashed string
				for _, message := range s.Flashes() {
					flashed = message.Category + " " + message.Text
				}
				return c.SendString(fmt.Sprint(who, " ", s.Value("header"), " ", flashed))
			})
			first := visit(t, app)
			var visits sync.WaitGroup
			for i := range 16 {
				v := first.another()
				visits.Go(func() {
					name := strings.Repeat(fmt.Sprint("visitor", i), 1+i%5)
					for range 10 {
						res, err := v.Do(withName(v.url+"/set/"+name, name))
						if err != nil {
							t.Error(err)
							return
						}
						_ = read(t, res)
						if _, got := v.get("/"); got != strings.Join([]string{name, name, name, name}, " ") {
							t.Errorf("%s is told %q", name, got)
						}
					}
				})
			}
			visits.Wait()
			for name, sessions := range held {
				for _, s := range sessions {
					if got, _ := username.Get(s); got != name || s.Value("header") != name {
						t.Errorf("a session of %s now says %s, %v", name, got, s.Value("header"))
					}
				}
			}
			if len(held) != 16 || said.String() != "" {
				t.Errorf("%d visitors; the log says %s", len(held), said)
			}
		})
	}
}

// A session that its handler has left alone is read from the request's copy,
// which must not have become another visitor's.
func TestASessionFirstReadAfterItsHandlerIsItsVisitors(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	var mu sync.Mutex
	held := make(map[string][]*session.Session)
	app.Get("/set/:name", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), c.Params("name"))
		return nil
	})
	app.Get("/hold/:name", func(c fiber.Ctx) error {
		name := strings.Clone(c.Params("name"))
		mu.Lock()
		defer mu.Unlock()
		held[name] = append(held[name], fibersession.From(c))
		return nil
	})
	first := visit(t, app)
	var visits sync.WaitGroup
	for i := range 8 {
		v, name := first.another(), fmt.Sprint("visitor", i)
		visits.Go(func() {
			v.get("/set/" + name)
			for range 10 {
				v.get("/hold/" + name)
			}
		})
	}
	visits.Wait()
	for name, sessions := range held {
		for _, s := range sessions {
			if got, _ := username.Get(s); got != name {
				t.Errorf("a session of %s says %q", name, got)
			}
		}
	}
	if len(held) != 8 {
		t.Errorf("%d visitors", len(held))
	}
}
