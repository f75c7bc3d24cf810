package interop

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session/driver"
)

// Flask has no place for a message's title and data. It shows the title before the text, and does
// not see the rest.
func TestFlaskShowsMessagesWithTitleAndDataAsText(t *testing.T) {
	p := startPython(t)
	payload := []byte(`{"_flashes":[`)
	for i, m := range []driver.Message{
		{Category: "info", Title: "Déjà <1>", Text: "gone", Data: json.RawMessage(`{"undo":[1.50,{" t":2}]}`)},
		{Category: "info", Title: "<2>", Text: "<b>gone</b>", Markup: true},
		{Category: "info", Text: "gone", Data: json.RawMessage(`null`)},
	} {
		if i > 0 {
			payload = append(payload, ',')
		}
		var err error
		if payload, err = flask.Codec.AppendMessage(payload, m); err != nil {
			t.Fatal(err)
		}
	}
	payload = append(payload, `]}`...)

	eachCase(t, 1, func(t *testing.T, r *random, _ counts) {
		sign := r.flaskSigning()
		var made struct {
			Token string `json:"token"`
		}
		p.must(t, map[string]any{"op": "sign_raw", "cfg": sign, "time": 1700000000, "payload": hex.EncodeToString(payload)}, &made)
		var read loaded
		p.must(t, map[string]any{"op": "load", "cfg": sign, "time": 1700000000, "max_age": 1, "token": made.Token}, &read)
		message := func(kind, text string) description {
			return description{Kind: "tuple", Items: []description{{Kind: "str", Text: "info"}, {Kind: kind, Text: escape(text)}}}
		}
		want := description{Kind: "dict"}.with("_flashes", description{Kind: "list", Items: []description{
			message("str", "Déjà <1>: gone"), message("markup", "&lt;2&gt;: <b>gone</b>"), message("str", "gone"),
		}})
		wantSame(t, "Flask reads", read.Value, want)
	})
}
