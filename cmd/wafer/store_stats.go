package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
)

// statTimes are the times within which sessions are counted, as users read them.
var statTimes = []struct {
	text string
	time time.Duration
}{{"1 hour", time.Hour}, {"1 day", 24 * time.Hour}, {"7 days", 7 * 24 * time.Hour}, {"30 days", 30 * 24 * time.Hour}}

// A stats is what stats counts. Only live sessions count in the fields after Ended.
type stats struct {
	Live       int            `json:"live"`
	Owned      int            `json:"owned"`
	Superseded int            `json:"superseded"`
	Ended      int            `json:"ended"`
	Bytes      int64          `json:"bytes"`
	Largest    int            `json:"largest"`
	LargestID  string         `json:"largest_id"`
	Used       map[string]int `json:"used_within"`
	Expires    map[string]int `json:"expires_within"`
}

func newStoreStats() *cobra.Command {
	cmd := command("store-stats")
	asJSON := cmd.Flags().Bool("json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, err := onlyStore(args)
		if err != nil {
			return err
		}
		return inStore(l, func(ctx context.Context, s *stores.Store) error {
			st, err := statsOf(ctx, s, time.Now(), newProgress(cmd.ErrOrStderr(), "counting", s.Ordered))
			if err != nil {
				return err
			}
			if *asJSON {
				return writeJSONLine(cmd.OutOrStdout(), st)
			}
			return printRows(cmd.OutOrStdout(), st.rows())
		})
	}
	return cmd
}

func statsOf(ctx context.Context, s *stores.Store, now time.Time, bar *progress) (stats, error) {
	st := stats{Used: map[string]int{}, Expires: map[string]int{}}
	for _, t := range statTimes {
		st.Used[hours(t.time)], st.Expires[hours(t.time)] = 0, 0
	}
	entries, err := all(ctx, s)
	if err != nil {
		return st, err
	}
	defer bar.clear()
	for e, err := range entries {
		if err != nil {
			return st, partial("the counting ended after %s: %w", count(int64(bar.done), "record"), err)
		}
		bar.at(e.ID)
		switch state, _ := driver.ParseRecord(e.Data); state {
		case driver.Superseded:
			st.Superseded++
			continue
		case driver.Ended, driver.Moved:
			st.Ended++
			continue
		}
		st.Live++
		if e.Owner != "" {
			st.Owned++
		}
		st.Bytes += int64(len(e.Data))
		if len(e.Data) > st.Largest {
			st.Largest, st.LargestID = len(e.Data), e.ID.String()
		}
		for _, t := range statTimes {
			if now.Sub(e.Used) <= t.time {
				st.Used[hours(t.time)]++
			}
			if e.Expires.Sub(now) <= t.time {
				st.Expires[hours(t.time)]++
			}
		}
	}
	return st, nil
}

func hours(d time.Duration) string { return fmt.Sprintf("%dh", d/time.Hour) }

func (st stats) rows() []row {
	rows := []row{
		{"live", fmt.Sprintf("%d, %d with an owner", st.Live, st.Owned)},
		{"superseded", fmt.Sprint(st.Superseded)},
		{"ended", fmt.Sprint(st.Ended)},
		{"size", count(st.Bytes, "byte")},
	}
	if st.Live > 0 {
		rows[3].text += fmt.Sprintf(", %d on average; the largest, %s, has %d", st.Bytes/int64(st.Live), st.LargestID[:min(shownDigits, len(st.LargestID))], st.Largest)
	}
	for _, t := range statTimes {
		rows = append(rows, row{"within " + t.text, fmt.Sprintf("%d used, %d expire", st.Used[hours(t.time)], st.Expires[hours(t.time)])})
	}
	return rows
}
