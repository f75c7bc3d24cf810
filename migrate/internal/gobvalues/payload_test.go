package gobvalues

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

func payload(t *testing.T, values map[any]any, rules Rules) (string, error) {
	t.Helper()
	return Payload(values, rules)
}

type name string

type account struct {
	Name   string
	Secret string    `json:"-"`
	Links  []url.URL `json:"links,omitempty"`
	inner  *url.URL
}

func TestValuesThatSurviveJSONAreKept(t *testing.T) {
	for what, tt := range map[string]struct {
		value any
		want  string
	}{
		"a text of its own":    {netip.MustParseAddr("::1"), `"::1"`},
		"JSON of its own":      {json.RawMessage(`[1]`), `[1]`},
		"a pointer":            {&account{Name: "ada"}, `{"Name":"ada"}`},
		"an unexported field":  {account{inner: new(url.URL)}, `{"Name":""}`},
		"an array":             {[2]bool{true, false}, `[true,false]`},
		"a map of structs":     {map[string]account{"a": {}}, `{"a":{"Name":""}}`},
		"a named string":       {name("ada"), `"ada"`},
		"nothing":              {nil, `null`},
		"a map of named texts": {map[any]any{name("k"): []any{nil}}, `{"k":[null]}`},
		"a duration":           {time.Second, `1000000000`},
	} {
		got, err := payload(t, map[any]any{name("v"): tt.value}, Rules{})
		if want := `{"v":` + tt.want + `}`; err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", what, got, err, want)
		}
	}
}

func TestWhatJSONWouldDropIsAnErrorAtAnyDepth(t *testing.T) {
	type node struct{ Next *node }
	circle := &node{}
	circle.Next = circle
	deep := any("x")
	for range 200 {
		deep = []any{deep}
	}
	link := url.URL{Host: "example.com"}
	for what, value := range map[string]any{
		"in a struct": account{Links: []url.URL{link}}, "in an array": [1]url.URL{link}, "in a map": map[string]*url.URL{"a": &link},
		"in a map of any": map[any]any{"a": map[string]any{"b": link}}, "a hidden field": []account{{Secret: "x"}},
		"a circle": circle, "very deep": deep, "two keys of one text": map[any]any{"a": 1, name("a"): 2},
		"a function": func() {}, "a channel": make(chan int),
	} {
		got, err := payload(t, map[any]any{"v": value}, Rules{})
		var named *session.ValueError
		if !errors.Is(err, driver.ErrBadPayload) || !errors.As(err, &named) || named.Key != "v" {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
}

func TestFlashesOfEachKindAreKept(t *testing.T) {
	rules := Rules{Flashes: map[string]string{"_flash": "message", "error": "error", "odd": ""}}
	got, err := payload(t, map[any]any{
		"_flash": []any{"one", template.HTML("<b>"), driver.Message{Category: "info", Text: "three"}},
		"error":  "four", "odd": []any{"five"},
	}, rules)
	want := `{"_flashes":[["message","one"],["message",{"html":"<b>"}],["info","three"],["error","four"],["message","five"]]}`
	if err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	for what, value := range map[string]any{"none": nil, "an empty list": []any{}} {
		if got, err := payload(t, map[any]any{"_flash": value}, rules); err != nil || got != "{}" {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
}

func TestPayload_WhatNoValueSays(t *testing.T) {
	rules := Rules{Permanent: true, Created: time.Unix(1700000000, 0)}
	if got, err := payload(t, map[any]any{"n": 1}, rules); err != nil || got != `{"_created":1700000000,"_permanent":true,"n":1}` {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := payload(t, nil, rules); err != nil || got != `{}` {
		t.Errorf("%s, %v", got, err)
	}
}

// own are values for the session's own keys, each in the form that Convert may give it.
func own() map[any]any {
	return map[any]any{"_permanent": false, "_created": int64(7), "_owner": "42", "_flashes": []driver.Message{{Text: "hi"}}}
}

// Another program's values must not become who signed in, and since when.
func TestPayload_AReservedKeyOfAnotherProgram(t *testing.T) {
	keep := func(key, value any) (string, any, bool) { return key.(string), value, true }
	for key, value := range own() {
		for what, convert := range map[string]func(any, any) (string, any, bool){"no Convert": nil, "a Convert that keeps it": keep} {
			got, err := payload(t, map[any]any{key: value}, Rules{Convert: convert})
			if !errors.Is(err, driver.ErrBadPayload) || !strings.Contains(err.Error(), key.(string)) || !strings.Contains(err.Error(), "Options.Convert") {
				t.Errorf("%s, %s: %s, %v", key, what, got, err)
			}
		}
	}
}

func TestPayload_ConvertGivesReservedKeys(t *testing.T) {
	values := make(map[any]any)
	for key, value := range own() {
		values["old"+key.(string)] = value
	}
	convert := func(key, value any) (string, any, bool) {
		return strings.TrimPrefix(key.(string), "old"), value, true
	}
	got, err := payload(t, values, Rules{Convert: convert, Permanent: true})
	if want := `{"_created":7,"_flashes":[["message","hi"]],"_owner":"42","_permanent":false}`; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	dropped := func(any, any) (string, any, bool) { return "", nil, false }
	if got, err := payload(t, own(), Rules{Convert: dropped}); err != nil || got != "{}" {
		t.Errorf("all dropped: %s, %v", got, err)
	}
	for key, value := range map[string]any{"_permanent": "yes", "_created": 7, "_owner": 42, "_flashes": 1} {
		if got, err := payload(t, map[any]any{"old" + key: value}, Rules{Convert: convert}); !errors.Is(err, driver.ErrBadPayload) {
			t.Errorf("%s of the type %T: %s, %v", key, value, got, err)
		}
	}
	if got, err := payload(t, map[any]any{"old_owner": strings.Repeat("x", 256)}, Rules{Convert: convert}); !errors.Is(err, driver.ErrBadPayload) {
		t.Errorf("an owner of 256 bytes: %s, %v", got, err)
	}
}

func TestPayload_AnOwnerOf255Bytes(t *testing.T) {
	owner := strings.Repeat("x", 255)
	convert := func(_, value any) (string, any, bool) { return "_owner", value, true }
	if got, err := payload(t, map[any]any{"user": owner}, Rules{Convert: convert}); err != nil || got != `{"_owner":"`+owner+`"}` {
		t.Errorf("%s, %v", got, err)
	}
}

type (
	lists []lists
	maps  map[string]maps
	links struct{ Next *links }
)

// What is nested too deeply is an error before the stack is used up, whatever it is nested in.
func TestPayload_NestingIsBoundedInEachKindOfValue(t *testing.T) {
	for kind, nest := range map[string]func(inner any) any{
		"any lists": func(inner any) any { return []any{inner} },
		"any maps":  func(inner any) any { return map[string]any{"a": inner} },
		"maps":      func(inner any) any { return map[any]any{"a": inner} },
		"lists":     func(inner any) any { list, _ := inner.(lists); return lists{list} },
		"own maps":  func(inner any) any { one, _ := inner.(maps); return maps{"a": one} },
		"structs":   func(inner any) any { next, _ := inner.(*links); return &links{next} },
	} {
		var value any
		for depth := 1; depth <= 200; depth++ {
			value = nest(value)
			if depth != 40 && depth != 200 {
				continue
			}
			if _, err := payload(t, map[any]any{"v": value}, Rules{}); (err == nil) != (depth == 40) {
				t.Errorf("%s, %d deep: %v", kind, depth, err)
			}
		}
	}
}

func TestPayload_NestedAHundredDeep(t *testing.T) {
	value := any("x")
	for depth := 1; depth <= 101; depth++ {
		value = []any{value}
		if _, err := payload(t, map[any]any{"v": value}, Rules{}); (err == nil) != (depth <= 100) {
			t.Errorf("%d deep: %v", depth, err)
		}
	}
}
