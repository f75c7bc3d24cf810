package flasklogin

import (
	"reflect"

	"github.com/wafer-go/wafer/session/driver"
)

// values are a session's values, as a test sees them.
type values map[string]any

var _ driver.Values = values{}

func (v values) Len() int { return len(v) }

func (v values) Get(key string, into any) bool {
	value, ok := v[key]
	target := reflect.ValueOf(into).Elem()
	if !ok || value == nil || !reflect.TypeOf(value).AssignableTo(target.Type()) {
		return false
	}
	target.Set(reflect.ValueOf(value))
	return true
}

func (v values) Set(key string, value any) { v[key] = value }

func (v values) Delete(key string) { delete(v, key) }
