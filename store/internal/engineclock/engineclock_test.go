package engineclock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAheadOf(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		engine, resolution, took, want time.Duration
	}{
		{engine: 0},
		{engine: MaxSkew},
		{engine: -MaxSkew},
		{engine: -MaxSkew - time.Second, resolution: time.Second},
		{engine: -MaxSkew - 2*time.Second, resolution: time.Second, want: MaxSkew + time.Second},
		{engine: MaxSkew + time.Second, resolution: time.Second, want: -MaxSkew - time.Second},
		{engine: MaxSkew + time.Second, took: time.Second}, // it may have answered just now
		{engine: -MaxSkew - time.Second, took: time.Hour, want: MaxSkew + time.Second},
		{engine: 33 * 24 * time.Hour, want: -33 * 24 * time.Hour},
		{engine: -time.Hour, want: time.Hour},
	} {
		if got := aheadOf(now.Add(c.engine), c.resolution, now, now.Add(c.took)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// An engine's clock is off by a constant, and counts what it is asked.
type engine struct {
	off   time.Duration
	fails error
	asked int
}

func (e *engine) ask(context.Context) (time.Time, error) {
	e.asked++
	return time.Now().Add(e.off).Round(0), e.fails
}

func TestNow_AsksTheEngineRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := engine{off: time.Hour}
		var c Clock
		expect := func(off time.Duration, asked int) {
			t.Helper()
			now, err := c.Now(t.Context(), e.ask, 0)
			if got := time.Until(now); err != nil || got != off || e.asked != asked {
				t.Errorf("the engine's clock is %v ahead, error %v, asked %d times; it should be %v and %d", got, err, e.asked, off, asked)
			}
		}
		expect(time.Hour, 1)
		e.off = 2 * time.Hour // somebody sets it
		expect(time.Hour, 1)
		time.Sleep(lasts)
		expect(time.Hour, 1)
		time.Sleep(time.Second)
		expect(2*time.Hour, 2)
		expect(2*time.Hour, 2)
		e.off = -time.Hour
		if ahead, _, err := c.Read(t.Context(), e.ask, 0); err != nil || ahead != time.Hour {
			t.Errorf("Read says that this machine is %v ahead, error %v", ahead, err)
		}
		expect(-time.Hour, 3)
	})
}

func TestNow_LastReadingCountsIfTheEngineDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		e := engine{off: time.Hour, fails: down}
		var c Clock
		if _, err := c.Now(t.Context(), e.ask, 0); !errors.Is(err, down) {
			t.Errorf("without a reading Now returned %v", err)
		}
		e.fails = nil
		if _, err := c.Now(t.Context(), e.ask, 0); err != nil {
			t.Fatal(err)
		}
		e.fails = down
		time.Sleep(lasts + time.Second)
		for range 3 {
			now, err := c.Now(t.Context(), e.ask, 0)
			if off := time.Until(now); err != nil || off != time.Hour || e.asked != 3 {
				t.Errorf("%v ahead, error %v, asked %d times", off, err, e.asked)
			}
			time.Sleep(3 * time.Second)
		}
		e.fails = nil
		time.Sleep(retryAfter + time.Second)
		if _, err := c.Now(t.Context(), e.ask, 0); err != nil || e.asked != 4 {
			t.Errorf("error %v, asked %d times", err, e.asked)
		}
	})
}

// A second call does not wait for the one that asks.
func TestNow_OnlyOneCallAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := engine{off: time.Hour}
		var c Clock
		if _, err := c.Now(t.Context(), e.ask, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lasts + time.Second)
		slow := func(ctx context.Context) (time.Time, error) {
			time.Sleep(time.Minute)
			return time.Now(), ctx.Err()
		}
		go func() {
			if _, err := c.Now(t.Context(), slow, 0); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		began := time.Now()
		now, err := c.Now(t.Context(), e.ask, 0)
		if off := time.Until(now); err != nil || off != time.Hour || time.Since(began) != 0 || e.asked != 1 {
			t.Errorf("%v ahead after %v, error %v, asked %d times", off, time.Since(began), err, e.asked)
		}
		time.Sleep(2 * time.Minute)
	})
}

// The wall clock is set, or the machine is suspended, in which time the monotonic clock stops.
func TestNow_AsksAgainIfTheWallClockWasSet(t *testing.T) {
	for _, set := range []time.Duration{-time.Hour, -time.Second, 0, time.Second, time.Hour} {
		e := engine{off: time.Hour}
		var c Clock
		if _, err := c.Now(t.Context(), e.ask, 0); err != nil {
			t.Fatal(err)
		}
		r := *c.last.Load()
		r.wall = r.wall.Add(-set)
		c.last.Store(&r)
		want := 1
		if set.Abs() > MaxSkew {
			want = 2
		}
		for range 2 {
			if _, err := c.Now(t.Context(), e.ask, 0); err != nil || e.asked != want {
				t.Errorf("the wall clock was set by %v: error %v, asked %d times", set, err, e.asked)
			}
		}
	}
}

func TestInterrupted_MeansMoreThanMaxSkew(t *testing.T) {
	now := time.Now()
	for set, want := range map[time.Duration]bool{MaxSkew: false, -MaxSkew: false, MaxSkew + 1: true, -MaxSkew - 1: true} {
		if r := (&reading{at: now, wall: now.Round(0).Add(-set)}); r.interrupted(now) != want {
			t.Errorf("the wall clock was set by %v, and that is taken for an interruption: %v", set, !want)
		}
	}
}
