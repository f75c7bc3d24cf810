package fibersession_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// slow is a handler that uses its session until ended is closed, also while and after a timeout
// answers. It does not write to the response, because Fiber itself does not make that safe.
type slow struct{ began, ended, returned chan bool }

func newSlow() slow { return slow{make(chan bool, 1), make(chan bool), make(chan bool, 1)} }

func (s slow) handler() fiber.Handler {
	return func(c fiber.Ctx) error {
		defer func() { s.returned <- true }()
		s.began <- true
		for {
			fibersession.From(c).Has("x")
			session.FromContext(c.Context()).Has("x")
			select {
			case <-s.ended:
				return nil
			default:
			}
		}
	}
}

// timeout answers after the handler has begun, so that what was done before is ordered.
func (s slow) timeout() timeout.Config {
	return timeout.Config{Timeout: 10 * time.Millisecond, OnTimeout: func(c fiber.Ctx) error {
		<-s.began
		return c.Status(fiber.StatusRequestTimeout).SendString("too slow")
	}}
}

func TestTimeout_FromBesideIt(t *testing.T) {
	for _, outside := range []bool{false, true} {
		t.Run(fmt.Sprintf("outside %v", outside), func(t *testing.T) {
			m := newManager(t, session.Stored(memstore.New(nil)))
			app, h := fiber.New(), newSlow()
			if outside {
				next := func(c fiber.Ctx) error { return c.Next() }
				app.Get("/slow", timeout.New(next, h.timeout()), fibersession.Middleware(m), h.handler())
			} else {
				app.Get("/slow", fibersession.Middleware(m), timeout.New(h.handler(), h.timeout()))
			}
			v := visit(t, app)
			v.Get("/slow").Is(fiber.StatusRequestTimeout, "too slow")
			close(h.ended)
			<-h.returned
			v.Another().Get("/none").Is(404, "Not Found")
		})
	}
}

func TestTimeout_InsideHasTheCookie(t *testing.T) {
	app := newApp(t)
	app.Use(func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.Next()
	})
	h := newSlow()
	app.Get("/slow", timeout.New(h.handler(), h.timeout()))
	a := visit(t, app).Get("/slow")
	close(h.ended)
	<-h.returned
	a.Is(fiber.StatusRequestTimeout, "too slow")
	a.SetsCookies(1)
}

// What is added between a timeout and this middleware takes longer than the timeout, so that its
// answer is being sent when this middleware begins.
func TestTimeout_OutsideThatHasAnsweredIsLeftAlone(t *testing.T) {
	for _, name := range []string{"read", "changed"} {
		m := newManager(t, session.Stored(memstore.New(nil)))
		app, returned := fiber.New(), make(chan bool, 1)
		before := func(c fiber.Ctx) error {
			defer func() { returned <- true }()
			for !c.IsAbandoned() {
				time.Sleep(time.Millisecond)
			}
			return c.Next()
		}
		app.Get("/", timeout.New(before, timeout.Config{Timeout: time.Millisecond}), fibersession.Middleware(m), func(c fiber.Ctx) error {
			if s := fibersession.From(c); name == "changed" {
				username.Set(s, "ada")
			} else {
				username.Get(s)
			}
			return nil
		})
		a := ask(t, app, "/")
		a.Is(fiber.StatusRequestTimeout, "Request Timeout")
		a.SetsCookies(0)
		<-returned
	}
}

// The documentation says that Fiber's timeout and a handler in it race for the response, whatever
// middleware there is. The race detector ends the program that shows it.
func TestTimeout_OfFiberAloneRacesWithItsHandler(t *testing.T) {
	const again = "WAFER_FIBER_ALONE"
	if os.Getenv(again) != "" {
		app, ended := fiber.New(), make(chan bool)
		app.Get("/", timeout.New(func(c fiber.Ctx) error {
			c.Set("X-Begun", "yes")
			<-ended
			return nil
		}, timeout.Config{Timeout: 50 * time.Millisecond}))
		visit(t, app).Get("/").Is(fiber.StatusRequestTimeout, "Request Timeout")
		close(ended)
		return
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), again+"=1")
	out, err := c.CombinedOutput()
	info, _ := debug.ReadBuildInfo()
	detects := slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
	if raced := strings.Contains(string(out), "DATA RACE"); raced != detects || (err != nil) != detects {
		t.Errorf("it raced: %v; under the race detector: %v; it ended with %v:\n%s", raced, detects, err, out)
	}
}

// A timeout outside has answered by the time that the handlers return, and its answer is being
// sent.
func TestTimeout_AnswerOutsideIsLeftAlone(t *testing.T) {
	var cancel context.CancelFunc
	app := newApp(t, func(c fiber.Ctx) error {
		var ctx context.Context
		ctx, cancel = context.WithCancel(c.Context())
		c.SetContext(ctx)
		return c.Next()
	})
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		c.Abandon()
		c.RequestCtx().TimeoutError("too slow")
		cancel()
		return nil
	})
	a := ask(t, app, "/")
	a.Is(fiber.StatusRequestTimeout, "too slow")
	a.SetsCookies(0)
}
