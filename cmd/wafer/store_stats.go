package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
)

// statTimes are the times within which sessions are counted, as users read them and as JSON names
// them.
var statTimes = []struct {
	text, name string
	time       time.Duration
}{{"1 hour", "1h", time.Hour}, {"1 day", "24h", 24 * time.Hour}, {"7 days", "168h", 168 * time.Hour}, {"30 days", "720h", 720 * time.Hour}}

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
		return inOnlyStore(args, func(ctx context.Context, s *stores.Store) error {
			st, err := statsOf(ctx, s, time.Now(), newProgress(cmd.ErrOrStderr(), "counting", s.Ordered))
			switch {
			case err != nil:
				return err
			case *asJSON:
				return writeJSONLine(cmd.OutOrStdout(), st)
			}
			writeRows(cmd.OutOrStdout(), "", st.rows())
			return nil
		})
	}
	return cmd
}

func statsOf(ctx context.Context, s *stores.Store, now time.Time, bar *progress) (stats, error) {
	st := stats{Used: map[string]int{}, Expires: map[string]int{}}
	for _, t := range statTimes {
		st.Used[t.name], st.Expires[t.name] = 0, 0
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
				st.Used[t.name]++
			}
			if e.Expires.Sub(now) <= t.time {
				st.Expires[t.name]++
			}
		}
	}
	return st, nil
}

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
		rows = append(rows, row{"within " + t.text, fmt.Sprintf("%d used, %d expire", st.Used[t.name], st.Expires[t.name])})
	}
	return rows
}
