package driver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/session/driver"
)

type profile struct {
	Name string    `json:"name"`
	Tags []string  `json:"tags,omitempty"`
	Seen time.Time `json:"seen"`
	More any       `json:"more"`
}

const large = 1234567890123456789 // which no float64 holds

// comesBack writes v and reads it into a variable of its type.
func comesBack(t *testing.T, v any) any {
	t.Helper()
	raw, err := driver.JSON.AppendValue(nil, v)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	if !json.Valid(raw) {
		t.Fatalf("%T is written as %s, which is not JSON", v, raw)
	}
	into := reflect.New(reflect.TypeOf(v))
	if err := driver.JSON.DecodeValue(string(raw), into.Interface()); err != nil {
		t.Fatalf("%s does not decode into %T: %v", raw, v, err)
	}
	return into.Elem().Interface()
}

func TestJSON_ValueKeepsItsType(t *testing.T) {
	moment := time.Date(2024, 1, 2, 3, 4, 5, 600, time.UTC)
	number := *big.NewInt(large)
	for _, v := range []any{
		"", "ada", "a\"b\\c\n\x00\u2028é😀<&>", true, 0, -7, int64(math.MinInt64), uint64(math.MaxUint64), 1.5, 2.0, float32(0.1),
		math.Copysign(0, -1),
		[]byte{0, 255},
		[]byte{},
		[]byte(nil), []string(nil),
		[]string{},
		map[string]int(nil),
		map[string]int{},
		(*int)(nil),
		map[string]int{"b": 2, "a": 1},
		profile{"ada", []string{"x"}, moment, int64(large)},
		moment, 3 * time.Second,
		[2]bool{true, false},
		struct{}{},
		number, &number,
		map[string]big.Int{"n": number},
		[]big.Int{number},
		[1]big.Int{number},
		map[string][1]big.Int{"n": {number}},
		map[string]any{"n": int64(large), "f": 1.0, "l": []any{int64(large)}},
		[]any{int64(large)},
		map[string][]any{"k": {int64(large), nil}},
		struct{ A *any }{new(any(int64(large)))},
		json.Number("1.50"),
		[]json.Number{"99999999999999999999"},
		url.URL{Scheme: "https", Host: "example.com"},
		json.RawMessage(`"\ufffd"`),
		map[string]json.RawMessage{"t": json.RawMessage(`"\ufffd"`)},
		"\ufffd",
		[]string{`\ufffd`, `\\ufffd`, "\ufffd"},
		map[string]string{"\ufffd": `x\\\ufffd`},
		map[uintptr]bool{7: true},
		map[valuetest.Lower]int{"lower": 1},
	} {
		if got := comesBack(t, v); !reflect.DeepEqual(got, v) {
			t.Errorf("%#v came back as %#v", v, got)
		}
	}
}

// What would be lost is an error, which names the type and where it is, and quotes no value.
func TestJSON_WhatCannotComeBackIsAnError(t *testing.T) {
	type node struct{ Next *node }
	loop := &node{}
	loop.Next = loop
	list := []any{nil}
	list[0] = list
	var self any
	self = &self
	wide := make([]any, 2000)
	for i := range wide {
		wide[i] = new(int)
	}
	wide[1999] = self
	deep := any(1)
	for range 701 {
		deep = []any{deep}
	}
	type inner struct{ Name string }
	type embedsPointer struct{ *inner }
	type A struct{ X string }
	type B struct{ X string }
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"channel":                       {make(chan int), "chan int"},
		"function in a list":            {[]any{1, func() {}}, "at [1]: func()"},
		"complex number":                {1i, "complex128"},
		"NaN":                           {map[string]float64{"f": math.NaN()}, `at ["f"]: it is NaN or an infinity`},
		"infinity":                      {float32(math.Inf(-1)), "infinity"},
		"error":                         {errors.New("secret"), "errors.errorString has no exported field"},
		"error in an any":               {map[string]any{"err": errors.New("secret")}, `at ["err"]: errors.errorString`},
		"unexported fields":             {valuetest.Opaque{}, "valuetest.Opaque has no exported field"},
		"unexported fields, deeper":     {map[string][]*valuetest.Opaque{"k": {nil, {}}}, `at ["k"][1]: valuetest.Opaque`},
		"interface with methods":        {[]fmt.Stringer{time.Second}, "at [0]: it is in fmt.Stringer"},
		"keys of any type":              {map[any]int{}, "these are interface {}"},
		"keys that are floats":          {map[float64]int{1: 1}, "these are float64"},
		"no way back":                   {[]valuetest.WriteOnly{{N: 5}}, "at [0]: valuetest.WriteOnly could not be read back"},
		"another way back":              {valuetest.ReadOnly(-5), "would not come back as it is"},
		"another way back for a key":    {map[valuetest.Lower]int{"SECRET": 1}, "a key of the type valuetest.Lower would not come back"},
		"time that swallows its struct": {valuetest.Stamped{Time: time.Unix(0, 0), Name: "secret"}, "all its other fields would be lost"},
		"two fields of one name": {struct {
			A
			B
		}{A{"secret"}, B{}}, "the field X of struct"},
		"methods of an embedded pointer": {valuetest.Borrowed{PointerJSON: new(valuetest.PointerJSON)}, "panics if the value is new"},
		"embedded unexported pointer":    {embedsPointer{&inner{"secret"}}, "cannot be set again"},
		"url with a password":            {url.URL{User: url.UserPassword("u", "secret")}, `at ["User"]: url.Userinfo`},
		"json.Number that is none":       {json.Number("secret"), "a json.Number that is not a number"},
		"RawMessage that is not JSON":    {json.RawMessage("secret"), "is not JSON"},
		"RawMessage that is not UTF-8":   {json.RawMessage("\"\xff\""), "not valid UTF-8"},
		"RawMessage that is deep":        {json.RawMessage(strings.Repeat("[", 701) + strings.Repeat("]", 701)), "700 levels deep"},
		"string that is not UTF-8":       {"secret\xff", "keep bytes as []byte"},
		"string in a struct":             {profile{Tags: []string{"\xff"}}, `at ["tags"][0]: a string in it is not valid UTF-8`},
		"string after a backslash":       {[]string{"\\\xff"}, "not valid UTF-8"},
		"key that is not UTF-8":          {map[string]int{"\xff": 1}, "not valid UTF-8"},
		"text that is not UTF-8":         {[]any{new(badText)}, "MarshalText of driver_test.badText"},
		"lone surrogate":                 {"\xed\xa0\x80", "not valid UTF-8"},
		"struct that contains itself":    {loop, "does it contain itself?"},
		"list that contains itself":      {list, "does it contain itself?"},
		"any that points to itself":      {self, "does it contain itself?"},
		"any beside a thousand pointers": {wide, "does it contain itself?"},
		"too deep":                       {deep, "700 levels deep"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := driver.JSON.AppendValue([]byte("x"), c.v)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(strings.ToLower(err.Error()), "secret") {
				t.Errorf("it is written as %s, with the error %v, want one that says %q", raw, err, c.want)
			}
			if string(raw) != "x" {
				t.Errorf("it leaves %q in the buffer", raw)
			}
		})
	}
}

type badText struct{}

func (*badText) MarshalText() ([]byte, error) { return []byte("\xff"), nil }

// One decoder: a number in an any has the same type wherever the any is.
func TestJSON_AnyHasTheTypeOfItsJSONAtAnyDepth(t *testing.T) {
	for raw, want := range map[string]any{
		`null`: nil, `true`: true, `"a"`: "a", `3`: int64(3), `-0`: math.Copysign(0, -1), `1.0`: 1.0, `2.5e3`: 2500.0,
		`1234567890123456789`: int64(large), `18446744073709551616`: json.Number("18446744073709551616"), `1e999`: json.Number("1e999"),
		`[1,{"a":2}]`: []any{int64(1), map[string]any{"a": int64(2)}},
	} {
		sameAnywhere(t, 0, raw)
		var got any
		if err := driver.JSON.DecodeValue(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v (%v), want %#v", raw, got, err, want)
		}
	}
	type Embedded struct{ E any }
	var deep struct {
		Embedded
		P **any
		S [][1]any
		M map[string]map[int]any
		N json.Number
		F float64
	}
	if err := driver.JSON.DecodeValue(`{"E":1,"P":1,"S":[[1]],"M":{"a":{"7":1}},"N":1,"F":1}`, &deep); err != nil {
		t.Fatal(err)
	}
	for _, got := range []any{deep.E, **deep.P, deep.S[0][0], deep.M["a"][7]} {
		if got != any(int64(1)) {
			t.Errorf("1 is read as %#v", got)
		}
	}
	if deep.N != "1" || deep.F != 1 {
		t.Errorf("declared numbers are read as %q and %v", deep.N, deep.F)
	}
}

func TestJSON_WrongTextIsAnErrorThatDoesNotQuoteIt(t *testing.T) {
	for _, c := range []struct {
		raw  string
		into any
	}{
		{`"4711"`, new(int)},
		{`4711`, new(string)},
		{`1.0`, new(int)},
		{`true`, new(string)},
		{`null`, new(string)},
		{`null`, new(int)},
		{`null`, new(profile)},
		{`[4711]`, new([]string)},
		{`4711`, new(int8)},
		{`NaN`, new(float64)},
		{`NaN`, new(any)},
		{`"4711`, new(string)},
		{`4711 2`, new(any)},
		{`4711 2`, new(float64)},
		{``, new(any)},
		{``, new(int)},
		{`-`, new(int)},
		{`"4711"b"`, new(string)},
		{"\"a\nb\"", new(string)},
		{"\"a\x1fb\"", new(string)},
		{`+4711`, new(int)},
		{`04711`, new(int)},
		{`4711x`, new(any)},
		{"\"\xff\"", new(string)},
		{"\"\x80\"", new(string)},
		{"\"\xff\"", new(any)},
		{`"4711"`, new(time.Time)},
		{`{"seen":"4711"}`, new(profile)},
		{`{"4711":{"name":4711}}`, new(map[string]profile)},
		{`{"x4711":1}`, new(map[int]string)},
		{`"4711"`, new(valuetest.PointerText)},
		{`{"4711":1}`, new(map[valuetest.PointerText]int)},
		{`{"S":"x4711"}`, new(struct {
			S int `json:",string"`
		})},
		{`4711`, nil},
		{`4711`, profile{}},
		{`4711`, (*int)(nil)},
		{`4711`, (*int64)(nil)},
		{`true`, (*bool)(nil)},
		{`"4711"`, (*string)(nil)},
		{`4711`, (*any)(nil)},
		{strings.Repeat("[", 701) + strings.Repeat("]", 701), new(any)},
		{strings.Repeat("[", 1e6), new([]any)},
		{strings.Repeat(`{"a":`, 10000), new(profile)},
	} {
		var before any
		if v := reflect.ValueOf(c.into); v.Kind() == reflect.Pointer && !v.IsNil() {
			before = v.Elem().Interface()
		}
		err := driver.JSON.DecodeValue(c.raw, c.into)
		if err == nil || strings.Contains(err.Error(), "4711") {
			t.Errorf("%.40q into %T: the error %v", c.raw, c.into, err)
		}
		if v := reflect.ValueOf(c.into); before != nil && !reflect.DeepEqual(before, v.Elem().Interface()) {
			t.Errorf("%.40q into %T left %#v", c.raw, c.into, v.Elem())
		}
	}
}

func TestJSON_WrongTextIsAnErrorThatSaysWhere(t *testing.T) {
	for raw, want := range map[string]string{
		`{"name":7}`: "at name: it is a JSON number that does not fit string",
		`7`:          "it is a JSON number that does not fit driver_test.profile",
	} {
		if err := driver.JSON.DecodeValue(raw, new(profile)); err == nil || err.Error() != want {
			t.Errorf("%s: the error is %v, want %s", raw, err, want)
		}
	}
}

func TestJSON_NullFitsWhatCanBeNil(t *testing.T) {
	for _, into := range []any{new(*int), new([]string), new(map[string]int), new(any)} {
		if err := driver.JSON.DecodeValue(`null`, into); err != nil {
			t.Errorf("null into %T: %v", into, err)
		}
	}
}

func TestJSON_KeyKeepsLoneSurrogatesApart(t *testing.T) {
	for key, want := range map[string]string{"": `""`, "é\"\n": `"é\"\n"`, "\xed\xa0\xbd": `"\ud83d"`, "a\xffb": `"a` + "\ufffd" + `b"`} {
		if got := string(driver.JSON.AppendKey([]byte(","), key)); got != ","+want {
			t.Errorf("AppendKey(%q) = %s, want ,%s", key, got, want)
		}
	}
}
