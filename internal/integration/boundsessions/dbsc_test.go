package boundsessions

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// backends are the ways to keep a session.
var backends = []struct {
	name string
	open func(secret.Key) session.Backend
}{
	{"store", func(secret.Key) session.Backend { return session.Stored(memstore.New(nil)) }},
	{"signed", func(key secret.Key) session.Backend { return session.Signed(key) }},
	{"sealed", func(key secret.Key) session.Backend { return session.Sealed(key) }},
}

// onEach runs a test on each backend.
func onEach(t *testing.T, test func(t *testing.T, s *site, v version)) {
	t.Helper()
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			key := secret.New()
			v := version{backend: backend.open(key), key: key}
			s := newSite(t)
			s.run(v)
			test(t, s, v)
		})
	}
}

// onOne runs a test on the first of them.
func onOne(t *testing.T, test func(t *testing.T, s *site, v version)) {
	t.Helper()
	t.Parallel()
	v := version{backend: backends[0].open(secret.Key{}), key: secret.New()}
	s := newSite(t)
	s.run(v)
	test(t, s, v)
}

// wantNever checks that none of the actions happened.
func (s *site) wantNever(actions ...string) {
	s.Helper()
	for _, action := range actions {
		if n := s.count(action); n > 0 {
			s.Errorf("%s happened %d times", action, n)
		}
	}
}

const signedIn = "200 ada true"

// slack is how much longer than its lifetime a bound cookie may be valid: a second of leeway, and
// whole seconds.
const slack = 2100 * time.Millisecond

// expire waits until the bound cookie has expired, in the browser and for the server.
func expire() { time.Sleep(lifetime + slack) }

// TestChromium_RegistersWithinASecond takes the quickest of some sign-ins, because the machine may
// have much else to do.
func TestChromium_RegistersWithinASecond(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, _ version) {
		b := start(t, s)
		least := patience
		for range 5 {
			began := time.Now()
			b.signIn(s)
			least = min(least, time.Since(began))
		}
		t.Logf("signed in and registered in %v", least)
		if least > time.Second {
			t.Errorf("no sign-in registered a key within a second: the quickest took %v", least)
		}
	})
}

func TestChromium_SeesNoSignOut(t *testing.T) {
	onEach(t, func(t *testing.T, s *site, _ version) {
		b := start(t, s)
		b.signIn(s)
		for round := range 3 {
			expire()
			for _, answer := range b.ask("GET", "/who", "", 5) {
				if answer != signedIn {
					t.Errorf("round %d: the answer is %q", round, answer)
				}
			}
		}
		if n := s.count("refreshed"); n < 3 || n > 9 {
			t.Errorf("the browser refreshed %d times", n)
		}
		s.wantNever("rejected", "ended", "skipped", "asked")
		b.want("POST", "/logout", "200")
		b.want("GET", "/who", "200  false")
		s.wait("ended", 1, patience)
		// A refresh beside the sign-out may leave a bound cookie, which is worth nothing.
		if left := b.cookies(); left["__Host-session"] != nil {
			t.Errorf("after the sign-out the browser keeps %q", slices.Collect(maps.Keys(left)))
		}
		b.signIn(s)
		b.want("GET", "/who", signedIn)
	})
}

// TestChromium_AStolenProfileIsRefused copies the cookies into a second browser.
func TestChromium_AStolenProfileIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, s *site, _ version) {
		b := start(t, s)
		b.signIn(s)
		expire()
		b.want("GET", "/who", signedIn)
		expire() // the grace after the first refresh
		thief := start(t, s)
		b.want("GET", "/who", signedIn)
		thief.copy(s, b)
		thief.want("GET", "/who", signedIn)
		b.want("GET", "/who", signedIn)
		expire()
		thief.want("GET", "/who", "403 Forbidden")
		b.want("GET", "/who", signedIn)
		// Opening a page signs the thief out: nothing of the session is left there.
		if status := thief.open(s.url + "/who"); status != http.StatusForbidden {
			t.Errorf("the page of the thief has the status %d", status)
		}
		if left := thief.cookies(); left["__Host-session"] != nil {
			t.Errorf("the thief keeps %q", slices.Collect(maps.Keys(left)))
		}
		b.want("GET", "/who", signedIn)
	})
}

// copy copies the cookies of another browser, and nothing of its keys.
func (b *browser) copy(s *site, from *browser) {
	b.t.Helper()
	for _, c := range from.cookies() {
		get(b, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
			return cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{
				Name: c.Name, Value: c.Value, URL: s.url, Path: c.Path, Secure: &c.Secure, HTTPOnly: &c.HTTPOnly, SameSite: c.SameSite,
			})
		})
	}
}

// TestChromium_TheSlowPageLosesNothing has the page after the sign-in answer after the registration.
func TestChromium_TheSlowPageLosesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, s *site, v version) {
		v.lifetime = 4 * lifetime // the next request has to come before it is over, on a busy machine too
		s.run(v)
		b := start(t, s)
		get(b, chromedp.Evaluate[string](`fetch("/login", {method: "POST"}).then(r => fetch("/slow")).then(r => r.text())`, chromedp.EvalAwaitPromise))
		s.wait("registered", 1, patience)
		b.want("GET", "/who", signedIn)
		time.Sleep(v.lifetime + slack)
		b.want("GET", "/who", signedIn)
		s.wantNever("rejected", "ended")
	})
}

// TestChromium_ARestartSignsNobodyOut has the server begin again, with the same keys.
func TestChromium_ARestartSignsNobodyOut(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, v version) {
		b := start(t, s)
		b.signIn(s)
		s.run(v)
		b.want("GET", "/who", signedIn)
		expire()
		s.run(v)
		b.want("GET", "/who", signedIn)
		s.wantNever("rejected", "ended", "skipped", "asked")
	})
}

// onAClock runs a test on the first backend, with a browser that has signed in and a server whose
// clock can be set ahead, or back.
func onAClock(t *testing.T, test func(t *testing.T, s *site, b *browser, ahead *atomic.Int64)) {
	onOne(t, func(t *testing.T, s *site, v version) {
		var ahead atomic.Int64
		v.clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		s.run(v)
		b := start(t, s)
		b.signIn(s)
		expire()
		b.want("GET", "/who", signedIn)
		s.settle("refreshed") // Chromium also refreshes by itself, and must not do so while the clock is set
		test(t, s, b, &ahead)
		s.wantNever("rejected", "ended", "skipped")
	})
}

// TestChromium_AClockThatIsAnHourOff sets the server's clock forward, and has requests with a body
// asked for a proof.
func TestChromium_AClockThatIsAnHourOff(t *testing.T) {
	onAClock(t, func(t *testing.T, s *site, b *browser, ahead *atomic.Int64) {
		ahead.Store(int64(time.Hour))
		if got := b.ask("POST", "/who", "the body", 1)[0]; got != signedIn+" the body" {
			t.Errorf("an hour ahead the answer is %q", got)
		}
		s.wait("asked", 1, 0)
		expire()
		b.want("GET", "/who", signedIn)
		if status := b.open(s.url + "/who"); status != http.StatusOK {
			t.Errorf("an hour ahead a page has the status %d", status)
		}
	})
}

// TestChromium_AClockThatGoesBack sets the server's clock back by an hour, and then forward again.
func TestChromium_AClockThatGoesBack(t *testing.T) {
	onAClock(t, func(t *testing.T, s *site, b *browser, ahead *atomic.Int64) {
		ahead.Store(-int64(time.Hour))
		if got := b.ask("POST", "/who", "the body", 1)[0]; got != signedIn+" the body" {
			t.Errorf("an hour back the answer is %q", got)
		}
		s.wait("asked", 1, 0) // nothing that the clock said before counts
		for range 3 {
			expire()
			b.want("GET", "/who", signedIn)
		}
		ahead.Store(0)
		b.want("GET", "/who", signedIn)
	})
}

// TestChromium_KeysRotateUnderLoad changes the key of the sessions and that of their bindings while
// pages ask.
func TestChromium_KeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(current secret.Key, accept ...secret.Key) session.Backend{"signed": session.Signed, "sealed": session.Sealed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := secret.New(), secret.New()
			s := newSite(t)
			s.run(version{backend: open(first), key: first})
			b := start(t, s)
			b.signIn(s)
			for _, v := range []version{
				{backend: open(first, second), key: first, accept: []secret.Key{second}},
				{backend: open(second, first), key: second, accept: []secret.Key{first}},
			} {
				stop := make(chan bool)
				done := make(chan bool)
				go func() {
					defer close(done)
					time.Sleep(lifetime / 2)
					s.run(v)
					<-stop
				}()
				for deadline := time.Now().Add(2 * lifetime); time.Now().Before(deadline); time.Sleep(lifetime / 50) {
					for _, answer := range b.ask("GET", "/who", "", 3) {
						if answer != signedIn {
							t.Errorf("the answer is %q", answer)
						}
					}
				}
				close(stop)
				<-done
			}
			s.wantNever("rejected", "ended", "skipped")
		})
	}
}

// A failingStore fails while it is told to.
type failingStore struct {
	*memstore.Store
	down atomic.Bool
}

func (f *failingStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if f.down.Load() {
		return store.Record{}, errors.New("the store is down")
	}
	return f.Store.Load(ctx, id)
}

// TestChromium_AStoreThatIsGone fails requests and signs nobody out.
func TestChromium_AStoreThatIsGone(t *testing.T) {
	t.Parallel()
	st := &failingStore{Store: memstore.New(nil)}
	s := newSite(t)
	s.run(version{backend: session.Stored(st), key: secret.New()})
	b := start(t, s)
	b.signIn(s)
	expire()
	st.down.Store(true)
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if got := b.ask("GET", "/who", "", 1)[0]; !strings.HasPrefix(got, "503 ") {
			t.Errorf("without the store the answer is %q", got)
		}
	}
	st.down.Store(false)
	for deadline := time.Now().Add(patience); b.ask("GET", "/who", "", 1)[0] != signedIn; time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			t.Fatal("the visitor is not signed in again after the store is back")
		}
		s.wantNever("ended")
	}
}

// TestChromium_RequireAsksForAFreshProof has a form wait for it.
func TestChromium_RequireAsksForAFreshProof(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, _ version) {
		b := start(t, s)
		b.signIn(s)
		expire()
		if got := b.ask("POST", "/grave", "the form", 1)[0]; got != signedIn+" the form" {
			t.Errorf("the answer is %q", got)
		}
	})
}
