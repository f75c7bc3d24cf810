package gobvalues

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

func payload(t *testing.T, values map[any]any, rules Rules) (string, error) {
	t.Helper()
	format, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	return Payload(format, values, rules)
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
		if !errors.Is(err, session.ErrBadPayload) || !errors.As(err, &named) || named.Key != "v" {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
}

func TestFlashesOfEachKindAreKept(t *testing.T) {
	rules := Rules{Flashes: map[string]string{"_flash": "message", "error": "error", "odd": ""}}
	got, err := payload(t, map[any]any{
		"_flash": []any{"one", template.HTML("<b>"), session.Message{Category: "info", Text: "three"}},
		"error":  "four", "odd": []any{"five"}, "_flashes": []session.Message{{Text: "six"}},
	}, rules)
	want := `{"_flashes":[["message","one"],["message",{"html":"<b>"}],["info","three"],["message","six"],["error","four"],["message","five"]]}`
	if err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	for what, value := range map[string]any{"none": nil, "an empty list": []any{}} {
		if got, err := payload(t, map[any]any{"_flash": value}, rules); err != nil || got != "{}" {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
}

func TestWhatASessionSaysItselfCounts(t *testing.T) {
	rules := Rules{Permanent: true, Created: time.Unix(1700000000, 0)}
	for what, tt := range map[string]struct {
		values map[any]any
		want   string
	}{
		"nothing said":   {map[any]any{"n": 1}, `{"_created":1700000000,"_permanent":true,"n":1}`},
		"said otherwise": {map[any]any{"_permanent": false, "_created": int64(7)}, `{"_created":7,"_permanent":false}`},
		"no values":      {nil, `{}`},
	} {
		if got, err := payload(t, tt.values, rules); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v; want %s", what, got, err, tt.want)
		}
	}
}
