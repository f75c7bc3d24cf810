package driver_test

import (
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// What occurs most is read without memory of its own.
func TestJSON_PlainValuesAreReadWithoutMemory(t *testing.T) {
	for _, c := range []struct {
		into any
		raws []string
	}{
		{new(string), []string{`""`, `"ada"`, `" ~"`, `"[]!#"`, `"é"`}},
		{new(bool), []string{"true", "false"}},
		{new(int), []string{"0", "1", "9", "-1", "-90"}},
		{new(int64), []string{"0", "1", "9", "-1", "-90"}},
	} {
		for _, raw := range c.raws {
			n := testing.AllocsPerRun(10, func() {
				if err := driver.JSON.DecodeValue(raw, c.into); err != nil {
					t.Error(err)
				}
			})
			if n != 0 {
				t.Errorf("%s into %T needs memory %v times", raw, c.into, n)
			}
		}
	}
}
