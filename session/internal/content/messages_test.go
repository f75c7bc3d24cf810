package content_test

import (
	"slices"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

func parsed(t *testing.T, payload string, newest int) content.Content {
	t.Helper()
	c, err := content.Parse(&driver.Snapshot{Payload: payload}, newest)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLimits_Newest_AsManyAsMayWait(t *testing.T) {
	list := []string{"four", "five5", "six666"} // 15 bytes
	for limits, want := range map[content.Limits]int{
		{Count: 3, Bytes: 15}: 3, {Count: 4, Bytes: 99}: 3, {Count: 2, Bytes: 99}: 2, {Count: 1, Bytes: 99}: 1, {Count: 0, Bytes: 99}: 0,
		{Count: 9, Bytes: 14}: 2, {Count: 9, Bytes: 11}: 2, {Count: 9, Bytes: 10}: 1, {Count: 9, Bytes: 6}: 1, {Count: 9, Bytes: 5}: 0,
	} {
		if got := limits.Newest(list); !slices.Equal(got, list[3-want:]) {
			t.Errorf("of %q, %v are %q", list, limits, got)
		}
	}
}

func TestContent_MessagesThatAreSetAsAValueReplaceTheOthers(t *testing.T) {
	c := parsed(t, `{"_flashes":["a"]}`, 0)
	if got := c.Flashes(); !slices.Equal(got, []string{`"a"`}) {
		t.Fatalf("the messages are %q", got)
	}
	c.Set(&rawjson.Member{Key: driver.FlashesKey, Raw: `["b","c"]`})
	if got := c.Flashes(); !slices.Equal(got, []string{`"b"`, `"c"`}) {
		t.Errorf("after Set they are %q", got)
	}
	c.Delete(driver.FlashesKey)
	if got := c.Flashes(); len(got) != 0 {
		t.Errorf("after Delete they are %q", got)
	}
}

// Messages that nobody has read, because there are too many, are counted once.
func TestContent_TakeOlder_CountsOnce(t *testing.T) {
	c := parsed(t, `{"_flashes":["a","b","c"]}`, 1)
	c.SetFlashes(append(slices.Clone(c.Flashes()), `"d"`))
	if first, again := c.TakeOlder(), c.TakeOlder(); first != 2 || again != 0 {
		t.Errorf("%d are older than those that were read, and then %d", first, again)
	}
	if got, _ := c.Get(driver.FlashesKey); got.Raw != `["c","d"]` {
		t.Errorf("the messages become %s", got.Raw)
	}
}

func TestContent_AddFlash_DropsTheOldestThatAreOverALimit(t *testing.T) {
	for limits, want := range map[content.Limits]string{
		{Count: 3, Bytes: 99}: `["22","333","4444"]`, {Count: 9, Bytes: 15}: `["22","333","4444"]`, {Count: 9, Bytes: 14}: `["333","4444"]`,
		{Count: 9, Bytes: 6}: `["4444"]`, {Count: 9, Bytes: 5}: ``, {Count: 0, Bytes: 99}: ``,
	} {
		c := parsed(t, `{"_flashes":["a"]}`, 0)
		for _, raw := range []string{`"1"`, `"22"`, `"333"`, `"4444"`} {
			c.AddFlash(raw, limits)
		}
		if got, _ := c.Get(driver.FlashesKey); got.Raw != want {
			t.Errorf("with %v %s wait, want %s", limits, got.Raw, want)
		}
	}
}

func TestWithout_EachElementAsOftenAsItIsThere(t *testing.T) {
	list := []string{"a", "b", "a", "c", "a"}
	for _, tt := range []struct{ less, want []string }{
		{nil, list},
		{[]string{"x"}, list},
		{[]string{"a"}, []string{"b", "a", "c", "a"}},
		{[]string{"b", "a"}, []string{"a", "c", "a"}},
		{[]string{"c", "a", "a"}, []string{"b", "a"}},
		{[]string{"a", "b", "a", "c"}, []string{"a"}},
		{[]string{"b", "a", "a", "a", "a"}, []string{"c"}},
		{list, nil},
	} {
		if got := content.Without(list, tt.less); !slices.Equal(got, tt.want) {
			t.Errorf("%q without %q is %q, want %q", list, tt.less, got, tt.want)
		}
	}
}
