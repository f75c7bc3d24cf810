package driver_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

func TestConfig_SizesAndScope(t *testing.T) {
	c := driver.Config{CookieName: "session", MaxCookieSize: 4096}
	if c.Room() != 4089 || c.MaxPayload() != 16384 {
		t.Errorf("there is room for %d bytes, and values may have %d", c.Room(), c.MaxPayload())
	}
	other := c
	other.Purpose = "other"
	if c.Scope() != "session" || other.Scope() != "session:other" {
		t.Errorf("the scopes are %q and %q", c.Scope(), other.Scope())
	}
}

func TestSpend_AsManyLookupsAsARequestHas(t *testing.T) {
	ctx := context.WithValue(context.Background(), driver.BudgetKey, new(driver.Budget))
	for n := 1; n <= driver.Lookups+1; n++ {
		if err := driver.Spend(ctx); errors.Is(err, driver.ErrTooManyLookups) != (n > driver.Lookups) {
			t.Errorf("question %d of %d: %v", n, driver.Lookups, err)
		}
		if err := driver.Spend(context.Background()); err != nil {
			t.Errorf("without a budget: %v", err)
		}
	}
}

func TestQuoteKey_AKeyThatIsNotPlainIsQuotedAndCut(t *testing.T) {
	long := strings.Repeat("k", 64)
	for key, want := range map[string]string{
		"user_id": "user_id", "é-1.2:/": "é-1.2:/", "": `""`, "a b": `"a b"`, " a": `" a"`, "a\nb": `"a\nb"`, long: long, long + "k": `"` + long + `"…`,
		long[1:] + "é": `"` + long[1:] + `"…`, long[1:] + " ": `"` + long[1:] + ` "`,
	} {
		if got := driver.QuoteKey(key); got != want {
			t.Errorf("%q is shown as %s, want %s", key, got, want)
		}
	}
}

func TestTooLargeError_NamesTheLargestValues(t *testing.T) {
	err := &driver.TooLargeError{
		Cookie: "session", Size: 5113, Limit: 4096, Values: 2, Largest: []driver.KeySize{{Key: "cart", Size: 4210}, {Key: "prefs", Size: 310}},
	}
	if text := err.Error(); !strings.Contains(text, "5113 bytes, over the limit of 4096; the largest values are cart (4210 bytes), prefs (310 bytes); keep") {
		t.Error(text)
	}
	err.Values = 3
	if text := err.Error(); !strings.Contains(text, "; the largest of its 3 values are cart (4210 bytes), prefs (310 bytes); keep") {
		t.Error(text)
	}
	if !errors.Is(err, driver.ErrTooLarge) || errors.Is(err, driver.ErrExpired) {
		t.Error("errors.Is is wrong about it")
	}
}
