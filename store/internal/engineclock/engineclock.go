// Package engineclock reads the clock of a store's engine, by which the engine judges what has
// expired.
package engineclock

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// MaxSkew is how far this machine's clock may be from an engine's before a store reports it.
// Answers under way and seconds that are cut off are less.
const MaxSkew = 5 * time.Second

const (
	// lasts is how long a reading counts. A store that purges reads the clock more often.
	lasts = 15 * time.Minute

	// retryAfter is how long the last reading counts on if the engine did not answer.
	retryAfter = 10 * time.Second
)

// An Ask asks an engine for its time.
type Ask func(ctx context.Context) (time.Time, error)

// A Clock keeps the last reading of an engine's clock. The zero value has none. It is safe for
// concurrent use by multiple goroutines.
type Clock struct {
	last atomic.Pointer[reading]

	// asking is held by the one call of Now that asks the engine again. The others have the last
	// reading.
	asking sync.Mutex
}

// A reading is what the engine's clock showed, and when it was asked: by this machine's monotonic
// clock and by its wall clock.
type reading struct {
	engine, at, wall time.Time

	due time.Time // when to ask again
}

func newReading(engine, at, due time.Time) *reading { return &reading{engine, at, at.Round(0), due} }

// Read asks an engine for its time, and keeps it. It returns how far this machine's clock is ahead
// of the engine's, at least, negative if it is behind; or 0 if that is at most MaxSkew. The engine
// cuts off what is less than resolution.
func (c *Clock) Read(ctx context.Context, ask Ask, resolution time.Duration) (ahead time.Duration, engine time.Time, err error) {
	asked := time.Now()
	if engine, err = ask(ctx); err != nil {
		return 0, engine, err
	}
	answered := time.Now()
	c.last.Store(newReading(engine, asked, answered.Add(lasts)))
	return aheadOf(engine, resolution, asked, answered), engine, nil
}

// aheadOf compares an engine's time with this machine's, when the engine was asked and when the
// answer came.
func aheadOf(engine time.Time, resolution time.Duration, asked, answered time.Time) (ahead time.Duration) {
	switch {
	case asked.After(engine.Add(resolution)):
		ahead = asked.Sub(engine.Add(resolution))
	case answered.Before(engine):
		ahead = answered.Sub(engine)
	}
	if ahead.Abs() <= MaxSkew {
		return 0
	}
	return ahead
}

// Now returns the engine's time: the last reading, and the time that has passed since. It asks the
// engine if there is no reading, if the last one is 15 minutes old, and if this machine's clock was
// set or the machine was suspended since. If the engine does not answer, the last reading counts.
func (c *Clock) Now(ctx context.Context, ask Ask, resolution time.Duration) (time.Time, error) {
	r := c.last.Load()
	if r == nil {
		_, engine, err := c.Read(ctx, ask, resolution)
		return engine, err
	}
	if now := time.Now(); (now.After(r.due) || r.interrupted(now)) && c.asking.TryLock() {
		defer c.asking.Unlock()
		if _, engine, err := c.Read(ctx, ask, resolution); err == nil {
			return engine, nil
		}
		c.last.CompareAndSwap(r, newReading(r.engine.Add(now.Sub(r.at)), now, now.Add(retryAfter)))
	}
	return r.engine.Add(time.Since(r.at)), nil
}

// interrupted reports whether the wall clock and the monotonic clock have advanced differently
// since the engine was asked: the latter stops while the machine is suspended.
func (r *reading) interrupted(now time.Time) bool {
	return (now.Round(0).Sub(r.wall) - now.Sub(r.at)).Abs() > MaxSkew
}
