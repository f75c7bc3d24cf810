package measure

import (
	"context"
	"time"
)

// A Task is a thing to be measured beside others.
type Task struct {
	Serve   func() // one operation
	Samples []Sample

	n int
}

// Rounds measures the tasks in turn, a slice of about d each, rounds times. Each
// round begins with another task, so that none always follows the same one. The
// search for the size of a slice warms them up.
func Rounds(ctx context.Context, tasks []*Task, rounds int, d time.Duration) error {
	for _, t := range tasks {
		var err error
		if t.n, err = calibrate(t.Serve, d); err != nil {
			return err
		}
	}
	for round := range rounds {
		for i := range tasks {
			if err := ctx.Err(); err != nil {
				return err
			}
			t := tasks[(i+round)%len(tasks)]
			s, err := slice(t.Serve, t.n)
			if err != nil {
				return err
			}
			t.Samples = append(t.Samples, s)
		}
	}
	return nil
}
