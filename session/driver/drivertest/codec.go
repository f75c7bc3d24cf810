package drivertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// Codec checks that a codec obeys the contract of [driver.Codec], a subtest a rule. [Run] does it
// for the driver's own.
func Codec(t *testing.T, codec driver.Codec) {
	t.Helper()
	for _, r := range codecRules {
		t.Run(r.name, func(t *testing.T) {
			c := &codecChecker{T: t, says: r.says, codec: codec}
			defer func() {
				if p := recover(); p != nil {
					c.broken("it panicked: %v", p)
				}
			}()
			r.run(c)
		})
	}
}

// A codecRule is one that a codec may break.
type codecRule struct {
	name string
	says string
	run  func(c *codecChecker)
}

type codecChecker struct {
	*testing.T
	says  string
	codec driver.Codec
}

func (c *codecChecker) broken(format string, args ...any) {
	c.Helper()
	c.Errorf("The codec breaks the rule: %s\n%s", c.says, fmt.Sprintf(format, args...))
}

// deep is JSON nested n levels deep.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

var codecRules = []codecRule{
	{"Name", "Name is a text without a colon that does not change", func(c *codecChecker) {
		name := c.codec.Name()
		if name == "" || strings.Contains(name, ":") || c.codec.Name() != name {
			c.broken("Name returned %q, and then %q", name, c.codec.Name())
		}
	}},
	{"Key", "AppendKey appends a JSON string that is the key", func(c *codecChecker) {
		for _, key := range []string{"", "a", "é ü", "😀", "a\"b\\c", "\n\t\x00\x1f\x7f", "<&>", "\u2028", " t", " t__", "\ufffd"} {
			got := c.codec.AppendKey([]byte("own;"), key)
			quoted, ok := strings.CutPrefix(string(got), "own;")
			var back string
			if err := json.Unmarshal([]byte(quoted), &back); !ok || err != nil || back != key {
				c.broken("AppendKey of %q appended %s, which is %q (%v)", key, quoted, back, err)
			}
		}
	}},
	{"KeysDiffer", "keys with lone surrogates, in three bytes each, stay apart", func(c *codecChecker) {
		seen := map[string]string{}
		for _, key := range []string{"\ufffd", "\xed\xa0\x80", "\xed\xa0\xbd", "\xed\xbf\xbf", "\xed\xbf\xbf\xed\xa0\x80", "\U0001f600"} {
			got := string(c.codec.AppendKey(nil, key))
			if other, twice := seen[got]; twice || !json.Valid([]byte(got)) {
				c.broken("AppendKey of %q appended %s, which is not JSON, or is that of %q too", key, got, other)
			}
			seen[got] = key
		}
	}},
	{"ValueRoundTrip", "what AppendValue writes, DecodeValue reads into a variable of the same type; what cannot come back is an error", func(c *codecChecker) {
		for _, v := range values() {
			c.comesBack(v)
		}
	}},
	{"PlainValues", "texts, whole numbers, booleans, lists and maps can be kept", func(c *codecChecker) {
		for _, v := range []any{"", "ada", "é😀\"\\\n", true, 0, -7, int64(1) << 62, 1.5, []string{"a"}, []int{1, 2}, map[string]int{"a": 1}, map[string]any{"k": []any{nil}}} {
			if raw, err := c.codec.AppendValue(nil, v); err != nil || !json.Valid(raw) {
				c.broken("AppendValue of %#v appended %s, with the error %v", v, raw, err)
			}
		}
	}},
	{"ValueIsCompact", "AppendValue appends compact JSON", func(c *codecChecker) {
		for _, v := range []any{[]any{1, "a b", map[string]any{"k": nil, "l": []int{1}}}, json.RawMessage("{ \"a\" : [ 1 ,\n2 ] }")} {
			raw, err := c.codec.AppendValue(nil, v)
			if err == nil && strings.ContainsAny(strings.ReplaceAll(string(raw), "a b", ""), " \n\t\r") && !strings.Contains(string(raw), `{" `) {
				c.broken("AppendValue appended %s", raw)
			}
		}
	}},
	{"ErrorLeavesDst", "on an error of AppendValue, dst's own bytes are unchanged and nothing follows them", func(c *codecChecker) {
		for _, v := range []any{func() {}, make(chan int), []any{1, func() {}}, map[string]any{"a": 1, "b": make(chan int)}, struct {
			A int
			F func()
		}{1, func() {}}} {
			dst := append(make([]byte, 0, 4096), "own;"...)
			got, err := c.codec.AppendValue(dst, v)
			if err == nil || string(got) != "own;" || string(dst) != "own;" {
				c.broken("AppendValue of %T returned the error %v and left %q in dst", v, err, got)
			}
		}
	}},
	{"NumbersInAny", "wherever there is an any, a whole number is an int64 in it, or a json.Number if that is too small", func(c *codecChecker) {
		for number, want := range map[string]any{"7": int64(7), "-9007199254740993": int64(-9007199254740993), "18446744073709551616": json.Number("18446744073709551616"), "1.5": 1.5} {
			var bare any
			var list []any
			var object map[string]any
			var nested map[string][]map[string]any
			var holder struct{ A, B any }
			for raw, into := range map[string]any{
				number: &bare, `[` + number + `]`: &list, `{"k":` + number + `}`: &object,
				`{"k":[{"l":` + number + `}]}`: &nested, `{"A":` + number + `,"B":[` + number + `]}`: &holder,
			} {
				if err := c.codec.DecodeValue(raw, into); err != nil {
					c.broken("DecodeValue of %s into %T failed: %v", raw, into, err)
					return
				}
			}
			inner, _ := holder.B.([]any)
			if len(list) != 1 || len(inner) != 1 || len(nested["k"]) != 1 {
				c.broken("a list of one number is read as %v, %v or %v", list, inner, nested)
				return
			}
			for where, got := range map[string]any{"bare": bare, "in a list": list[0], "in a map": object["k"], "in a nested map": nested["k"][0]["l"], "in a struct": holder.A, "in a list in a struct": inner[0]} {
				if got != want {
					c.broken("%s is %T(%v) %s, not %T(%v)", number, got, got, where, want, want)
				}
			}
		}
	}},
	{"WordsInAny", "in an any, null is nil, and booleans, texts, lists and objects are bool, string, []any and map[string]any", func(c *codecChecker) {
		var v any
		if err := c.codec.DecodeValue(`[null,true,"a",[],{}]`, &v); err != nil {
			c.broken("DecodeValue failed: %v", err)
			return
		}
		if got := fmt.Sprintf("%#v", v); got != `[]interface {}{interface {}(nil), true, "a", []interface {}{}, map[string]interface {}{}}` {
			c.broken("DecodeValue returned %s", got)
		}
	}},
	{"WrongText", "a text or a type that does not fit is an error, which does not quote the text", func(c *codecChecker) {
		for _, one := range []struct {
			raw  string
			into any
		}{
			{`"s3cr3t"`, new(int)},
			{`"s3cr3t"`, new(bool)},
			{`"s3cr3t"`, new([]string)},
			{`["s3cr3t"]`, new([]int)},
			{`["s3cr3t"]`, new(string)},
			{`{"s3cr3t":"s3cr3t"}`, new(map[string]int)},
			{`{"s3cr3t":1}`, new(string)},
			{`1`, new(string)},
			{`300`, new(int8)},
			{`1.5`, new(int)},
			{`"s3cr3t`, new(string)},
			{`"s3cr3t"x`, new(string)},
			{`s3cr3t`, new(any)},
			{`["s3cr3t"`, new(any)},
			{``, new(any)},
			{``, new(string)},
			{`{"s3cr3t"`, new(any)},
			{`"s3cr3t" "s3cr3t"`, new(any)},
			{`null`, new(string)},
			{`null`, new(int)},
			{deep(100_000), new(any)},
			{strings.Repeat("[", 100_000), new(any)},
		} {
			if err := c.codec.DecodeValue(one.raw, one.into); err == nil || strings.Contains(err.Error(), "s3cr3t") {
				c.broken("DecodeValue of %.30s into %T returned the error %v", one.raw, one.into, err)
			}
		}
	}},
	{"Message", "a message comes back as it was, or AppendMessage returns an error", func(c *codecChecker) { c.messages() }},
	{"PlainMessage", "a message of category and text can be kept, with markup or without", func(c *codecChecker) {
		for _, m := range []driver.Message{{Category: "info", Text: "Saved"}, {Category: "error", Text: "<b>no</b>", Markup: true}} {
			if _, err := c.codec.AppendMessage(nil, m); err != nil {
				c.broken("AppendMessage failed: %v", err)
			}
		}
	}},
	{"MessageErrorLeavesDst", "on an error of AppendMessage, dst's own bytes are unchanged and nothing follows them", func(c *codecChecker) {
		dst := append(make([]byte, 0, 4096), "own;"...)
		got, err := c.codec.AppendMessage(dst, driver.Message{Category: "info", Text: "x", Data: json.RawMessage(`{"broken`)})
		if err == nil || string(got) != "own;" {
			c.broken("AppendMessage of Data that is not JSON returned the error %v and left %q in dst", err, got)
		}
	}},
	{"StrangeMessage", "a message of an unknown shape is returned as text that a visitor can read, never as markup", func(c *codecChecker) { c.strangeMessages() }},
	{"BrokenMessage", "what is not JSON is an error of DecodeMessage, which does not quote it", func(c *codecChecker) {
		for _, raw := range []string{``, `[`, `"s3cr3t`, `["info","s3cr3t"`, `{"s3cr3t"`, `s3cr3t`, deep(100_000)[:150_000], strings.Repeat(`{"a":`, 100_000)} {
			if _, err := c.codec.DecodeMessage(raw); err == nil || strings.Contains(err.Error(), "s3cr3t") {
				c.broken("DecodeMessage of %.30s returned the error %v", raw, err)
			}
		}
	}},
	{"CodecIsConcurrent", "a codec is safe for concurrent use", func(c *codecChecker) {
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for n := range 50 {
					text := fmt.Sprint(i, " ", n)
					raw, err := c.codec.AppendValue(c.codec.AppendKey(nil, text)[:0], map[string]any{"k": text})
					var back map[string]any
					if err == nil {
						err = c.codec.DecodeValue(string(raw), &back)
					}
					if err != nil || back["k"] != text {
						c.broken("beside others, %q comes back as %v (%v)", text, back, err)
						return
					}
				}
			})
		}
		group.Wait()
	}},
}
