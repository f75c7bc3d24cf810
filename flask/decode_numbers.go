package flask

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// integerText reads an integer. A float is none, whatever its value.
func (d *decoder) integerText(t reflect.Type) (string, error) {
	if c := d.Peek(); c != '-' && (c < '0' || c > '9') {
		return "", d.mismatch(t)
	}
	start := d.At
	text, float, err := d.NumberText()
	if err == nil && float || err != nil && d.Word("-Infinity") {
		d.At = start
		return "", d.mismatch(t)
	}
	return text, err
}

func (d *decoder) integer(v reflect.Value) error {
	text, err := d.integerText(v.Type())
	if err != nil {
		return err
	}
	if v.CanInt() {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && !v.OverflowInt(n) {
			v.SetInt(n)
			return nil
		}
	} else {
		if text == "-0" {
			text = "0"
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil && !v.OverflowUint(n) {
			v.SetUint(n)
			return nil
		}
	}
	return fmt.Errorf("it is an integer that does not fit %s", v.Type())
}

// float reads a float or, as Python would, an integer.
func (d *decoder) float(v reflect.Value) error {
	d.Peek()
	if f, ok := d.SpecialFloat(); ok {
		v.SetFloat(f)
		return nil
	}
	if c := d.Peek(); c != '-' && (c < '0' || c > '9') {
		return d.mismatch(v.Type())
	}
	text, float, err := d.NumberText()
	if err != nil {
		return err
	}
	f := parseFloat(text)
	if v.OverflowFloat(f) || !float && math.IsInf(f, 0) {
		return fmt.Errorf("it is a number that does not fit %s", v.Type())
	}
	v.SetFloat(f)
	return nil
}
