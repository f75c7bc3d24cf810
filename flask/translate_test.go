package flask

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
)

func TestTranslate_AnIntegerThatPythonRefusesIsAnError(t *testing.T) {
	for digits, taken := range map[int]bool{maxDigits: true, maxDigits + 1: false} {
		raw := strings.Repeat("9", digits)
		got, err := jsonvalue.Translate(nil, raw, driver.JSON.(jsonvalue.Translator), codec{})
		if taken != (err == nil) || taken && string(got) != raw {
			t.Errorf("an integer of %d digits is written as %.20q, with the error %v", digits, got, err)
		}
	}
}
