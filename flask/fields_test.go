package flask

import (
	"html/template"
	"strings"
	"testing"
	"time"
)

type address struct {
	City string `json:"city"`
	Name string // shadowed by user's
}

type Audit struct {
	Seen time.Time `json:"seen"`
	By   string    `json:"by"`
}

type user struct {
	Name    string            `json:"name"`
	Age     int               `json:"age,omitempty"`
	Joined  time.Time         `json:"joined,omitzero"`
	Avatar  []byte            `json:"avatar"`
	Bio     template.HTML     `json:"bio,omitempty"`
	Tags    map[string]string `json:"tags,omitempty"`
	ID      UUID              `json:"id,omitzero"`
	Count   int               `json:"count,string"`
	Ratio   float64
	Skipped string `json:"-"`
	private string
	address
	*Audit
}

func TestStructIsWrittenByItsJSONTags(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{
			"zero values",
			user{},
			`{"Name":"","Ratio":0.0,"avatar":null,"city":"","count":"0","name":""}`,
		},
		{
			"all values",
			&user{
				Name: "ada", Age: 36, Joined: leapDay, Avatar: []byte{255}, Bio: "<b>", Tags: map[string]string{" t": "x"},
				ID: exampleUUID, Count: 7, Ratio: 1, Skipped: "s", private: "p",
				address: address{City: "London", Name: "home"}, Audit: &Audit{Seen: leapDay, By: "bob"},
			},
			`{"Name":"home","Ratio":1.0,"age":36,"avatar":{" b":"/w=="},"bio":{" m":"<b>"},"by":"bob","city":"London",` +
				`"count":"7","id":{" u":"12345678123456781234567812345678"},"joined":{" d":"Thu, 29 Feb 2024 12:34:56 GMT"},` +
				`"name":"ada","seen":{" d":"Thu, 29 Feb 2024 12:34:56 GMT"},"tags":{" di":{" t__":"x"}}}`,
		},
		{"struct whose only member is a tag", struct {
			T int `json:" t"`
			U int `json:" u,omitempty"`
		}{T: 1}, `{" di":{" t__":1}}`},
		{"empty struct", struct{}{}, `{}`},
		{"scalars in quotes", struct {
			Bool  bool    `json:",string"`
			Float float64 `json:",string"`
			Text  string  `json:",string"`
			To    *int    `json:",string"`
		}{true, 1, "t", ptr(7)}, `{"Bool":"true","Float":"1.0","Text":"\"t\"","To":"7"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := encoded(t, c.v); got != c.want {
				t.Errorf("wrote\n%s, want\n%s", got, c.want)
			}
		})
	}
}

type left struct {
	Same  string
	Plain string
}

type right struct {
	Same   string
	Winner string `json:"Plain"`
}

func TestOfTwoFieldsOfOneNameTheTaggedCountsAndElseNeither(t *testing.T) {
	type both struct {
		left
		right
	}
	v := both{left{}, right{"", "tagged"}}
	if got, want := encoded(t, v), `{"Plain":"tagged"}`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	for _, v := range []both{{left{"l", ""}, right{}}, {left{}, right{"r", ""}}, {left{"", "untagged"}, right{}}} {
		if out, err := (codec{}).AppendValue(nil, v); err == nil || !strings.Contains(err.Error(), "would be lost") {
			t.Errorf("%+v is written %s (%v), and a part of it is lost", v, out, err)
		}
	}
}

func TestOfTwoFieldsOfOneNameTheLessDeepCounts(t *testing.T) {
	type within struct {
		Name   string
		Tagged string `json:"Plain"`
	}
	for _, v := range []any{
		struct {
			within
			Name, Plain string
		}{within{}, "ada", "p"},
		struct {
			Name, Plain string
			within
		}{"ada", "p", within{}},
	} {
		if got, want := encoded(t, v), `{"Name":"ada","Plain":"p"}`; got != want {
			t.Errorf("wrote %s, want %s", got, want)
		}
	}
}

type node struct {
	*node
	Value int
}

func TestStructThatEmbedsItselfHasItsFieldsOnce(t *testing.T) {
	if got, want := encoded(t, node{nil, 1}), `{"Value":1}`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	if out, err := (codec{}).AppendValue(nil, node{&node{Value: 2}, 1}); err == nil {
		t.Errorf("the inner one is lost: %s", out)
	}
}

func TestStructIsReadByItsJSONTags(t *testing.T) {
	want := user{
		Name: "ada", Age: 36, Joined: leapDay, Avatar: []byte{255}, Bio: "<b>", Tags: map[string]string{" t": "x"},
		ID: exampleUUID, Count: 7, Ratio: 1, address: address{City: "London"},
		Audit: &Audit{Seen: leapDay, By: "bob"},
	}
	var got user
	if err := (codec{}).DecodeValue(encoded(t, want), &got); err != nil {
		t.Fatal(err)
	}
	if a, b := encoded(t, got), encoded(t, want); a != b {
		t.Errorf("read\n%s, want\n%s", a, b)
	}
}

func TestFieldNameMayDifferInCaseAlone(t *testing.T) {
	var got struct{ Items []string }
	if err := (codec{}).DecodeValue(`{"items":["tea"],"unknown":{"x":[1]}}`, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 1 || got.Items[0] != "tea" {
		t.Errorf("read %+v", got)
	}
}

type hidden struct{ Value int }

func TestFieldBehindUnexportedPointerIsAnError(t *testing.T) {
	var got struct{ *hidden }
	if err := (codec{}).DecodeValue(`{"Value":1}`, &got); err == nil {
		t.Error("no error, and nothing could be set")
	}
}
