package rawjson_test

import (
	"errors"
	"math"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// A picky codec cannot hold messages of the category "refused", or any data.
type picky struct{ driver.Codec }

func (picky) Name() string { return "picky" }

func (p picky) AppendMessage(dst []byte, m driver.Message) ([]byte, error) {
	if m.Category == "refused" || m.Data != nil {
		return append(dst, "half a message"...), errors.New("a message that this codec cannot hold")
	}
	return p.Codec.AppendMessage(dst, m)
}

func TestTranslate_MessagesThatCannotBeHeldAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		from    driver.Codec
		payload string
		newest  int
		want    string
		dropped int
	}{
		{flask.Codec, `{"_flashes":[{" t":["a","1"]},{" t":["b","2"]}],"n":1}`, math.MaxInt, `{"_flashes":[["a","1"],["b","2"]],"n":1}`, 0},
		{flask.Codec, `{"_flashes":[{" t":["a","1"]},{" t":["b","2"]},{" t":["c","3"]}]}`, 2, `{"_flashes":[["b","2"],["c","3"]]}`, 1},
		{driver.JSON, `{"_flashes":[["refused","1"],["a","2"],["refused","3"],["b","4"],["refused","5"]]}`, math.MaxInt, `{"_flashes":[["a","2"],["b","4"]]}`, 3},
		{driver.JSON, `{"_flashes":[["refused","1"],["refused","2"],["a","3"]]}`, 2, `{"_flashes":[["a","3"]]}`, 2},
		{driver.JSON, `{"_flashes":[["refused",{"text":"1","data":2}],["a",{"text":"3","data":{"n":4}}],["b","5"]]}`, math.MaxInt, `{"_flashes":[["a","3"],["b","5"]]}`, 1},
		{driver.JSON, `{"_flashes":null}`, math.MaxInt, `{"_flashes":[]}`, 0},
		{driver.JSON, `{"_flashes":[]}`, math.MaxInt, `{"_flashes":[]}`, 0},
		{driver.JSON, `{"_flashes":"of another shape"}`, math.MaxInt, `{"_flashes":[["message","of another shape"]]}`, 0},
		{driver.JSON, `{"_flashes":[NaN,["a","1"]]}`, math.MaxInt, `{"_flashes":[["a","1"]]}`, 1},
	} {
		got, dropped, err := rawjson.Translate(c.payload, c.from, picky{driver.JSON}, c.newest)
		if err != nil || got != c.want || dropped != c.dropped {
			t.Errorf("%s is translated to\n%s (%d dropped, %v), want\n%s (%d)", c.payload, got, dropped, err, c.want, c.dropped)
		}
	}
}
