package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/internal/integration/durations"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

const purgeStep = 1000 // records

// A spread is the median of some durations, and what 99 in 100 stay below.
type spread struct{ median, p99 time.Duration }

func (s spread) String() string {
	return fmt.Sprintf("%v (%v)", s.median.Round(time.Microsecond), s.p99.Round(10*time.Microsecond))
}

type costs struct{ load, change, create, owned, purge spread }

// measure has one caller ask, one question after another; samples is how often each operation is
// measured.
func measure(ctx context.Context, st *sqlstore.Store, db *sql.DB, samples int) (c costs, err error) {
	ids, err := someIDs(ctx, db, samples)
	if err != nil {
		return c, err
	}
	records := make(map[store.ID]store.Record)
	next := 0
	id := func() store.ID { next++; return ids[next%len(ids)] }
	if c.load, err = repeat(samples, func() error {
		id := id()
		r, err := st.Load(ctx, id)
		records[id] = r
		return err
	}); err != nil {
		return c, fmt.Errorf("load: %w", err)
	}
	if c.change, err = repeat(samples, func() error {
		id := id()
		r := records[id]
		r.Used, r.Expires = time.Now(), time.Now().Add(time.Hour)
		r.Version, err = st.Save(ctx, id, r)
		records[id] = r
		return err
	}); err != nil {
		return c, fmt.Errorf("change: %w", err)
	}
	if c.create, err = repeat(samples, func() error {
		_, err := st.Save(ctx, sha256.Sum256([]byte(rand.Text())), store.Record{
			Data: records[ids[0]].Data, Used: time.Now(), Expires: time.Now().Add(time.Hour), Owner: "a new owner",
		})
		return err
	}); err != nil {
		return c, fmt.Errorf("create: %w", err)
	}
	if c.owned, err = repeat(samples, func() error {
		found := 0
		for _, err := range st.Owned(ctx, records[id()].Owner) {
			if err != nil {
				return err
			}
			found++
		}
		if found == 0 {
			return errors.New("an owner has no session")
		}
		return nil
	}); err != nil {
		return c, fmt.Errorf("owned: %w", err)
	}
	steps := []time.Duration{}
	for {
		began := time.Now()
		purged, err := st.Purge(ctx, purgeStep)
		if err != nil {
			return c, fmt.Errorf("purge: %w", err)
		}
		if purged < purgeStep {
			break
		}
		steps = append(steps, time.Since(began))
	}
	c.purge = spreadOf(steps)
	return c, nil
}

// someIDs picks records that have not expired from all over the table.
func someIDs(ctx context.Context, db *sql.DB, samples int) (ids []store.ID, err error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT id FROM %s WHERE expires > %d ORDER BY random() LIMIT %d", table, time.Now().Unix(), samples))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		ids = append(ids, store.ID(raw))
	}
	return ids, rows.Err()
}

func repeat(times int, f func() error) (spread, error) {
	took := make([]time.Duration, 0, times)
	for range times {
		began := time.Now()
		if err := f(); err != nil {
			return spread{}, err
		}
		took = append(took, time.Since(began))
	}
	return spreadOf(took), nil
}

func spreadOf(took []time.Duration) spread {
	s := durations.Of(took)
	return spread{s.Median, s.P99}
}
