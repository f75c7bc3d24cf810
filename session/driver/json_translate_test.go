package driver_test

import (
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
)

func TestJSON_TranslateAppendsAllOrNothing(t *testing.T) {
	codec := driver.JSON.(jsonvalue.Translator)
	for raw, want := range map[string]string{
		`{"a":[1,"é",null]}`: `x{"a":[1,"é",null]}`,
		`{"a":[1,"é",null]`:  "x", `1 2`: "x", ``: "x",
	} {
		got, err := jsonvalue.Translate([]byte("x"), raw, codec, codec)
		if string(got) != want || (err == nil) != (want != "x") {
			t.Errorf("%s is translated to %s, %v, want %s", raw, got, err, want)
		}
	}
}
