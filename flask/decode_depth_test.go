package flask

import (
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// around returns a text in n others.
func around(n int, begin, text, end string) string {
	return strings.Repeat(begin, n) + text + strings.Repeat(end, n)
}

// Into any type a value can be as deep as into an any, and no deeper.
func TestDecodeValue_MaxDepthHoldsForEachType(t *testing.T) {
	for _, c := range []struct {
		begin, inner, end string
		levels            int // that begin opens
		into              any
	}{
		{`[`, `null`, `]`, 1, new(forest)},
		{`{" t":[`, `null`, `]}`, 2, new(forest)},
		{`{"a":`, `null`, `}`, 1, new(tree)},
		{`{" di":{" t__":`, `null`, `}}`, 2, new(tree)},
		{`{" t":[`, around(100, `[`, `null`, `]`), `]}`, 2, new(forest)},
		{`[`, around(50, `{" t":[`, `null`, `]}`), `]`, 1, new(forest)},
	} {
		n := (jsonvalue.MaxDepth - strings.Count(c.inner, "[") - strings.Count(c.inner, "{")) / c.levels
		for _, into := range []any{c.into, new(any)} {
			if err := (codec{}).DecodeValue(around(n, c.begin, c.inner, c.end), into); err != nil {
				t.Errorf("%d of %s are not read into %T: %v", n, c.begin, into, err)
			}
			if err := (codec{}).DecodeValue(around(n+1, c.begin, c.inner, c.end), into); err == nil {
				t.Errorf("%d of %s are read into %T", n+1, c.begin, into)
			}
		}
	}
}

func TestDecodeValue_ValuesBesideEachOtherAreNotDeep(t *testing.T) {
	for one, into := range map[string]any{
		`1`: new([]*int), `{" t":[1]}`: new([][]int), `{" m":"x"}`: new([]string), `{" di":{" t__":1}}`: new([]map[string]int), `[{" t":[]}]`: new(any),
	} {
		raw := `[` + strings.Repeat(one+`,`, jsonvalue.MaxDepth) + one + `]`
		if err := (codec{}).DecodeValue(raw, into); err != nil {
			t.Errorf("%d of %s are not read into %T: %v", jsonvalue.MaxDepth+1, one, into, err)
		}
	}
}

func TestDecodeValue_FollowsAsManyPointersAsMaxDepth(t *testing.T) {
	pointer := reflect.TypeFor[int]()
	for range jsonvalue.MaxDepth {
		pointer = reflect.PointerTo(pointer)
	}
	if err := (codec{}).DecodeValue(`1`, reflect.New(pointer).Interface()); err != nil {
		t.Error(err)
	}
	if err := (codec{}).DecodeValue(`1`, reflect.New(reflect.PointerTo(pointer)).Interface()); err == nil || !strings.Contains(err.Error(), "pointers without end") {
		t.Errorf("with one pointer more the error is %v", err)
	}
}
