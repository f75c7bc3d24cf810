package record

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
)

// clockTolerance is how far two clocks may be apart and count as one: more than seconds that are
// cut off and answers under way, and the same as the stores warn of.
const clockTolerance = 5 * time.Second

// until returns when a record is to expire by the store's clock that is to expire at end by the
// manager's. If the manager's is behind, the record would be gone too early, or at once, and a
// login with it. If it is ahead, the manager judges the session's age itself.
func (d *stored) until(ctx context.Context, end time.Time) time.Time {
	clock, ok := d.store.(store.Clock)
	if !ok {
		return end
	}
	now, err := clock.Now(ctx)
	if err != nil {
		return end
	}
	behind := now.Sub(d.now())
	if behind <= clockTolerance {
		behind = 0
	}
	d.behind.Store(int64(behind))
	return end.Add(behind)
}

// lasts returns how long a record was to last when it was saved, or up to some seconds less.
func (d *stored) lasts(r store.Record) time.Duration {
	lifetime := r.Expires.Sub(r.Used)
	if behind := time.Duration(d.behind.Load()); behind > 0 {
		return lifetime - behind - clockTolerance
	}
	return lifetime
}
