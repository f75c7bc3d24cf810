package age_test

import (
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

type record struct{ driver.Record }

var now = time.Unix(1_000_000, 0)

// ago is the time of so many seconds before now.
func ago(seconds int) time.Time { return now.Add(-time.Duration(seconds) * time.Second) }

// tenYears is how many seconds a session may last.
const tenYears = 10 * 365 * 86400

func TestLimits_Check(t *testing.T) {
	limits := age.Limits{
		Lifetime: 100 * time.Second, AbsoluteTimeout: 1000 * time.Second, ClockSkew: 30 * time.Second,
		Clock: func() time.Time { return now },
	}
	for name, tt := range map[string]struct {
		from    driver.Snapshot
		payload string
		want    error
	}{
		"as old as it may be":         {driver.Snapshot{SavedAt: ago(100)}, `{}`, nil},
		"a second older":              {driver.Snapshot{SavedAt: ago(101)}, `{}`, driver.ErrExpired},
		"longer by its own lifetime":  {driver.Snapshot{SavedAt: ago(500)}, `{"_lifetime":500}`, nil},
		"shorter by its own lifetime": {driver.Snapshot{SavedAt: ago(51)}, `{"_lifetime":50}`, driver.ErrExpired},
		"a lifetime that is none":     {driver.Snapshot{SavedAt: ago(100)}, `{"_lifetime":-5}`, nil},
		"a lifetime of no time":       {driver.Snapshot{SavedAt: ago(100)}, `{"_lifetime":0}`, nil},
		"centuries, after ten years":  {driver.Snapshot{SavedAt: ago(tenYears)}, `{"_lifetime":9223372036854775807,"_created":999999}`, nil},
		"centuries, a second later":   {driver.Snapshot{SavedAt: ago(tenYears + 1)}, `{"_lifetime":9223372036854775807,"_created":999999}`, driver.ErrExpired},
		"begun long ago":              {driver.Snapshot{SavedAt: ago(1)}, `{"_created":998999}`, driver.ErrExpired},
		"begun as long ago as it may": {driver.Snapshot{SavedAt: ago(1)}, `{"_created":999000}`, nil},
		"within the clocks' skew":     {driver.Snapshot{SavedAt: ago(-30)}, `{}`, nil},
		"from the future":             {driver.Snapshot{SavedAt: ago(-31)}, `{}`, age.ErrFromFuture},
		"a record from the future":    {driver.Snapshot{SavedAt: ago(-31), Record: record{}}, `{}`, nil},
		"at its end by its own word":  {driver.Snapshot{ExpiresAt: now}, `{}`, nil},
		"over by its own word":        {driver.Snapshot{ExpiresAt: ago(1)}, `{}`, driver.ErrExpired},
		"of unknown age":              {driver.Snapshot{}, `{}`, nil},
	} {
		values, err := rawjson.Parse(tt.payload, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := limits.Check(&tt.from, &values, limits.Clock().Unix()); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestLimits_TouchDueAfterATenth(t *testing.T) {
	limits := age.Limits{Lifetime: 100 * time.Second, IdleTimeout: 50 * time.Second, Clock: func() time.Time { return now }}
	for name, tt := range map[string]struct {
		from driver.Snapshot
		want bool
	}{
		"saved 4 s ago":               {driver.Snapshot{SavedAt: ago(4)}, false},
		"saved 5 s ago":               {driver.Snapshot{SavedAt: ago(5)}, true},
		"a record that ends in 46 s":  {driver.Snapshot{ExpiresAt: ago(-46), Record: record{}}, false},
		"a record that ends in 45 s":  {driver.Snapshot{ExpiresAt: ago(-45), Record: record{}}, true},
		"of another backend":          {driver.Snapshot{ExpiresAt: ago(-45), Record: record{}, Accepted: true}, false},
		"of which nothing is known":   {driver.Snapshot{}, false},
		"a cookie that ends in 1 s":   {driver.Snapshot{ExpiresAt: ago(-1)}, false},
		"saved in the future, by 5 s": {driver.Snapshot{SavedAt: ago(-5)}, false},
	} {
		var values rawjson.Object
		if got := limits.TouchDue(&tt.from, &values); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestLimits_EndIsTheEarliest(t *testing.T) {
	limits := age.Limits{Lifetime: 100 * time.Second, AbsoluteTimeout: 1000 * time.Second, Clock: func() time.Time { return now }}
	for payload, want := range map[string]time.Time{
		`{}`:                                ago(-90),
		`{"_lifetime":20}`:                  ago(-10),
		`{"_created":999050}`:               ago(-50),
		`{"_created":999500}`:               ago(-90),
		`{"_created":"of no use"}`:          ago(-90),
		`{"_lifetime":500,"_created":1000}`: time.Unix(2000, 0),
	} {
		values, err := rawjson.Parse(payload, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := limits.End(&driver.Snapshot{SavedAt: ago(10)}, &values); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", payload, got, want)
		}
		if got := limits.End(&driver.Snapshot{ExpiresAt: ago(-7)}, &values); !got.Equal(ago(-7)) {
			t.Errorf("%s, of a backend that knows the end: %v", payload, got)
		}
	}
}
