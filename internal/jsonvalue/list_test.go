package jsonvalue

import (
	"strings"
	"testing"
)

func TestGrowList_HasRoomForWhatFollowsAndLittleMore(t *testing.T) {
	for name, element := range map[string]string{
		"numbers": `0`, "strings with brackets": `"]\"["`, "lists": `[0,0]`, "objects": `{"a":[],"b":","}`, "long": `"` + strings.Repeat("x", 200) + `"`,
	} {
		seen := len(element) < lookAhead // a list then sees as many elements ahead as it has
		for _, count := range []int{lookFrom + 1, 5000} {
			text := strings.TrimSuffix(strings.Repeat(element+",", count), ",") + "],[" + strings.Repeat("0,", count)
			var list []any
			allocated := 0
			for i := range count {
				if len(list) == cap(list) {
					list = GrowList(list, text[i*(len(element)+1):])
					allocated += cap(list)
				}
				list = append(list, nil)
			}
			if most := 5 * count; cap(list) > count*3/2+1 || allocated > most || seen && cap(list) != count {
				t.Errorf("%s: a list of %d has room for %d, and %d were allocated", name, count, cap(list), allocated)
			}
		}
	}
}
