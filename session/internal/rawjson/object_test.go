package rawjson

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A member is found whether there are few or many, and whether it was read or set.
func TestObject_Get_FindsEachKeyAndNoOther(t *testing.T) {
	for count := range 2*fewSlots + 2 {
		doc := make([]string, count)
		for i := range doc {
			doc[i] = fmt.Sprintf(`"k%02d":%d`, 2*i, i)
		}
		v, err := Parse("{"+strings.Join(doc, ",")+"}", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < count; i += 3 {
			v.Set(&Member{Key: fmt.Sprintf("k%02d", 2*i), Raw: fmt.Sprint(i)})
		}
		for i := range count {
			m, ok := v.Get(fmt.Sprintf("k%02d", 2*i))
			if !ok || m.Raw != fmt.Sprint(i) || m.Key != fmt.Sprintf("k%02d", 2*i) {
				t.Errorf("of %d members, at %d there is %v (%t)", count, i, m, ok)
			}
		}
		for i := range count + 1 {
			for _, key := range []string{fmt.Sprintf("k%02d", 2*i-1), fmt.Sprintf("k%02d0", 2*i), ""} {
				if m, ok := v.Get(key); ok || v.Has(key) || v.Delete(key) {
					t.Errorf("of %d members, %q is %v", count, key, m)
				}
			}
		}
		if v.Len() != count {
			t.Errorf("of %d members, %d are left", count, v.Len())
		}
	}
}

func TestObject_Int_IsAnIntegerOf64BitsAndNothingElse(t *testing.T) {
	v, err := Parse(`{"most":9223372036854775807,"least":-9223372036854775808,"more":9223372036854775808,"float":1.0,"text":"1"}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.Set(&Member{Key: "set", Raw: "5"})
	v.Set(&Member{Key: "failed", Raw: "5", Err: errors.New("of another type")})
	for key, want := range map[string]int64{"most": 1<<63 - 1, "least": -1 << 63, "set": 5} {
		if n, ok := v.Int(key); !ok || n != want {
			t.Errorf("%s is %d (%t), want %d", key, n, ok, want)
		}
	}
	for _, key := range []string{"more", "float", "text", "failed", "missing"} {
		if n, ok := v.Int(key); ok {
			t.Errorf("%s is %d", key, n)
		}
	}
}
