package flask

import (
	"reflect"
	"strings"
	"testing"
)

type (
	octet   uint8
	weekday uint8
	endless *endless
)

func (d weekday) MarshalText() ([]byte, error) { return []byte("day" + string('0'+rune(d))), nil }

func (d *weekday) UnmarshalText(text []byte) error {
	*d = weekday(text[len(text)-1] - '0')
	return nil
}

func TestSlicesOfNamedBytesComeBack(t *testing.T) {
	for _, tt := range []struct {
		value any
		raw   string
	}{{[]octet{1, 255}, `{" b":"Af8="}`}, {[]weekday{1, 2}, `["day1","day2"]`}, {[]byte{1}, `{" b":"AQ=="}`}} {
		raw, err := codec{}.AppendValue(nil, tt.value)
		if err != nil || string(raw) != tt.raw {
			t.Errorf("%#v is written %s (%v), want %s", tt.value, raw, err, tt.raw)
		}
		into := reflect.New(reflect.TypeOf(tt.value))
		if err := (codec{}).DecodeValue(string(raw), into.Interface()); err != nil || !reflect.DeepEqual(into.Elem().Interface(), tt.value) {
			t.Errorf("%s is read %#v (%v), want %#v", raw, into.Elem(), err, tt.value)
		}
	}
}

func TestAPointerToItselfIsAnError(t *testing.T) {
	var into endless
	if err := (codec{}).DecodeValue(`1`, &into); err == nil || !strings.Contains(err.Error(), "without end") {
		t.Errorf("the error is %v", err)
	}
}
