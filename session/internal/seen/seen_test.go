package seen_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/seen"
)

func TestSeen_First_OnceForEachOfAFewHosts(t *testing.T) {
	var s seen.Seen
	if s.Logged(inspect.TwoManagers) {
		t.Error("a mistake was logged before there was one")
	}
	for _, step := range []struct {
		code inspect.Warning
		host string
		want bool
	}{
		{inspect.TwoManagers, "a", true},
		{inspect.TwoManagers, "a", false},
		{inspect.TwoManagers, "b", true},
		{inspect.OutsidePath, "a", true},
		{inspect.TwoManagers, "c", false}, // one more than two
		{inspect.OutsidePath, "c", true},
	} {
		if got := s.First(step.code, step.host, 2); got != step.want {
			t.Errorf("%v for %s is the first: %t, want %t", step.code, step.host, got, step.want)
		}
	}
	if !s.Logged(inspect.TwoManagers) || s.Logged(inspect.LateRead) {
		t.Error("Logged is wrong")
	}
}

func TestSeen_Accepted_OnceForEachName(t *testing.T) {
	var s seen.Seen
	if !s.Accepted("key 8dfe") || s.Accepted("key 8dfe") || !s.Accepted("key 8dff") {
		t.Error("a name is new once")
	}
}

// Anyone can send cookies that other managers must be asked about.
func TestSeen_AskOthers_64TimesAndThenOnceInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s seen.Seen
		asked := 0
		for range 100 {
			if s.AskOthers() {
				asked++
			}
		}
		if asked != 64 {
			t.Errorf("%d are asked about at once, want 64", asked)
		}
		time.Sleep(10*time.Second - time.Nanosecond)
		if s.AskOthers() {
			t.Error("another one, before ten seconds")
		}
		time.Sleep(time.Nanosecond)
		if !s.AskOthers() || s.AskOthers() {
			t.Error("after ten seconds it is not one more")
		}
	})
}

func TestSeen_CookieSet_NoneOfFiftyComesBack(t *testing.T) {
	var s, returned seen.Seen
	returned.CookieReturned()
	for n := 1; n <= 60; n++ {
		if never := s.CookieSet(); never != (n >= 50) {
			t.Errorf("after %d cookies, none comes back: %t", n, never)
		}
		if returned.CookieSet() {
			t.Errorf("after %d cookies, none comes back, and one did", n)
		}
	}
}
