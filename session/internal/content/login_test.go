package content_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// leaving is a login that does something to the values when a request leaves.
type leaving func(v driver.Values)

var _ driver.Login = leaving(nil)

func (leaving) Owner(driver.Values) string                                       { return "" }
func (leaving) Arrive(*http.Request, driver.Values)                              {}
func (leaving) SignIn(*http.Request, driver.Values, string, time.Time) error     { return nil }
func (leaving) SignOut(*http.Request, driver.Values)                             {}
func (l leaving) Leave(_ *http.Request, v driver.Values, _ time.Time) (c string) { l(v); return "" }

func TestLogin_ToLeave_OnlyAnotherValueIsAChange(t *testing.T) {
	failed := rawjson.Member{Key: "failed", Raw: `1`, Err: content.ErrOvertaken}
	for what, tt := range map[string]struct {
		leave func(v driver.Values)
		want  bool
	}{
		"nothing":                          {func(driver.Values) {}, false},
		"the value that is there":          {func(v driver.Values) { v.Set("n", 1) }, false},
		"another value":                    {func(v driver.Values) { v.Set("n", 2) }, true},
		"a value of another type":          {func(v driver.Values) { v.Set("n", "1") }, true},
		"a new value":                      {func(v driver.Values) { v.Set("m", 1) }, true},
		"one that cannot be encoded":       {func(v driver.Values) { v.Set("n", func() {}) }, true},
		"instead of one that failed":       {func(v driver.Values) { v.Set("failed", 1) }, true},
		"two, of which the first is there": {func(v driver.Values) { v.Set("n", 1); v.Set("m", 1) }, true},
		"two, of which the last is there":  {func(v driver.Values) { v.Set("m", 1); v.Set("n", 1) }, true},
		"a value deleted":                  {func(v driver.Values) { v.Delete("n"); v.Delete("m") }, true},
		"one that is not there deleted":    {func(v driver.Values) { v.Delete("m") }, false},
	} {
		c := parsed(t, `{"n":1}`, 0)
		c.Set(&failed)
		var cookie string
		edit := content.Login{By: leaving(tt.leave), Codec: driver.JSON}.ToLeave(time.Now(), &cookie)
		if changed, err := edit.Apply(&c); changed != tt.want || err != nil {
			t.Errorf("%s: changed %t, %v; want %t", what, changed, err, tt.want)
		}
	}
}

func TestLogin_ToLeave_AValueThatDoesNotFitIsNotThere(t *testing.T) {
	c := parsed(t, `{"text":"a","number":1}`, 0)
	c.Set(&rawjson.Member{Key: "failed", Raw: `"b"`, Err: content.ErrOvertaken})
	var seen int
	look := leaving(func(v driver.Values) {
		seen = v.Len()
		for key, want := range map[string]bool{"text": true, "number": false, "failed": false, "missing": false} {
			var text string
			if got := v.Get(key, &text); got != want || got && text != "a" {
				t.Errorf("%s: %t, %q", key, got, text)
			}
		}
	})
	var cookie string
	edit := content.Login{By: look, Codec: driver.JSON}.ToLeave(time.Now(), &cookie)
	if _, err := edit.Apply(&c); err != nil || seen != 3 {
		t.Errorf("there are %d values, %v", seen, err)
	}
}
