package drivertest

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// unkept has fields that no codec can set.
type unkept struct{ secret int }

type person struct {
	Name string
	Tags []string
	Age  int
	Next *person
}

// values are what programs keep, and what they should not. Times have whole seconds, because
// Flask's have only these, as its codec's documentation says.
func values() []any {
	return []any{
		"", "ada", "a\"b\\c\n\x00\u2028é😀<&>\ufffd", "not \xff UTF-8", "lone \xed\xa0\x80", true, false, 0, -7, int8(-8), uint16(9),
		int64(math.MinInt64), uint64(math.MaxUint64), 1.5, 2.0, float32(0.1), math.Copysign(0, -1), math.NaN(), math.Inf(1), math.MaxFloat64,
		math.SmallestNonzeroFloat64,
		[]byte{0, 255},
		[]byte{},
		[]string{"a", ""},
		[]string{},
		[]int{1, 2},
		map[string]int{"b": 2, "a": 1},
		map[string]int{},
		map[int]string{7: "x"},
		[2]bool{true, false},
		person{"ada", []string{"x"}, 36, &person{Name: "bob"}},
		[]person{{}},
		map[string]person{"k": {}},
		struct{}{},
		unkept{7},
		&unkept{7},
		[]unkept{{7}},
		errors.New("secret"),
		map[string]error{"k": errors.New("x")},
		time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
		time.Time{},
		3 * time.Second,
		*big.NewInt(1 << 62),
		[]any{int64(1), "x", nil, 1.5, map[string]any{"k": true}},
		map[string]any{"n": int64(1) << 60, "l": []any{}},
		json.Number("1.50"), json.Number("99999999999999999999"), json.Number("no number"), json.RawMessage(`{"a":[1]}`), json.RawMessage(`{"a`),
		1i, func() {}, make(chan int),
		[]any{func() {}},
		map[any]int{1: 1},
		new("x"),
		map[string]*int{"k": new(1)},
		map[string]any{" t": []any{int64(1)}},
		map[string]any{" m": "<b>"},
		map[string]string{" t__": "x"},
		[][]any{{}, nil},
	}
}

// comesBack writes a value and reads it into a variable of its type.
func (c *codecChecker) comesBack(v any) {
	c.Helper()
	dst := append(make([]byte, 0, 4096), "own;"...)
	got, err := c.codec.AppendValue(dst, v)
	if err != nil {
		if string(got) != "own;" {
			c.broken("AppendValue of a %T failed and left %q in dst", v, got)
		}
		return
	}
	raw, ok := strings.CutPrefix(string(got), "own;")
	if !ok {
		c.broken("AppendValue of a %T overwrote dst's own bytes", v)
		return
	}
	into := reflect.New(reflect.TypeOf(v))
	if err := c.codec.DecodeValue(raw, into.Interface()); err != nil {
		c.broken("a %T is written as %s, which cannot be read back: %v", v, raw, err)
		return
	}
	if back := into.Elem().Interface(); !same(back, v) {
		c.broken("%#v is written as %s and comes back as %#v", v, raw, back)
	}
}

// same compares what was kept with what came back.
func same(back, v any) bool {
	switch v := v.(type) {
	case float64:
		back, ok := back.(float64)
		return ok && (math.Float64bits(back) == math.Float64bits(v) || math.IsNaN(back) && math.IsNaN(v))
	case time.Time:
		back, ok := back.(time.Time)
		return ok && back.Equal(v)
	}
	return reflect.DeepEqual(back, v)
}

// messages checks that messages come back.
func (c *codecChecker) messages() {
	for _, m := range []driver.Message{
		{},
		{Category: "message", Text: "Saved"},
		{Category: "info", Text: "é \"quoted\" <b> \n 😀"},
		{Category: "", Text: "x"},
		{Category: "info", Text: ""},
		{Category: "error", Text: "<b>x</b>", Markup: true},
		{Category: "info", Title: "Title", Text: "Text"},
		{Category: "info", Title: "a: b", Text: "c: d"},
		{Category: "info", Title: "Title"},
		{Category: "info", Text: "x", Data: json.RawMessage(`{"a":[1,null,"x"]}`)},
		{Category: "info", Text: "x", Data: json.RawMessage(`"x"`)},
		{Category: "error", Title: "<T>", Text: "<b>x</b>", Markup: true, Data: json.RawMessage(`[1]`)},
		{Category: " t", Text: " m"},
		{Category: strings.Repeat("c", 300), Text: strings.Repeat("t", 5000)},
	} {
		dst := append(make([]byte, 0, 16), "own;"...)
		got, err := c.codec.AppendMessage(dst, m)
		raw, ok := strings.CutPrefix(string(got), "own;")
		if err != nil {
			if raw != "" || !ok {
				c.broken("AppendMessage failed and left %q in dst", got)
			}
			continue
		}
		back, err := c.codec.DecodeMessage(raw)
		if err != nil || !ok {
			c.broken("the message %+v is written as %s, which cannot be read back: %v", m, raw, err)
			continue
		}
		if !sameMessage(back, m) {
			c.broken("the message %+v is written as %s and comes back as %+v", m, raw, back)
		}
	}
}

func sameMessage(back, m driver.Message) bool {
	var a, b any
	if len(m.Data) > 0 && (json.Unmarshal(m.Data, &a) != nil || json.Unmarshal(back.Data, &b) != nil) {
		return false
	}
	if !reflect.DeepEqual(a, b) || len(m.Data) == 0 && len(back.Data) > 0 {
		return false
	}
	back.Data, m.Data = nil, nil
	return reflect.DeepEqual(back, m)
}

// strangeMessages checks what another program may have kept as messages.
func (c *codecChecker) strangeMessages() {
	for raw, word := range map[string]string{
		`"a word"`: "word", `["info","a word","more"]`: "word", `["a word"]`: "word", `[["a word"]]`: "word", `{"message":"a word"}`: "word",
		`{"x":{"y":["a word"]}}`: "word", `["info",{"z":"a word"}]`: "word", `["info",["a word"]]`: "word", `["info","a <b>word</b>"]`: "word",
		`5`: "", `null`: "", `true`: "", `[]`: "", `{}`: "", `[null,null]`: "", `[[],{}]`: "", `[1,2,3]`: "", deep(300): "",
		`["info",{"html":5}]`: "", `{"html":"<b>word</b>"}`: "", `{"category":"info","text":"a word"}`: "word",
	} {
		m, err := c.codec.DecodeMessage(raw)
		if err != nil {
			c.broken("DecodeMessage of %.40s failed: %v", raw, err)
			continue
		}
		if m.Markup || !strings.Contains(m.Text, word) {
			c.broken("DecodeMessage of %.40s returned %+v", raw, m)
		}
	}
}
