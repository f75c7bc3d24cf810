// Package valuetest makes random Go types and values, and texts that are costly to decode, for the
// tests of codecs.
package valuetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// A Maker makes types and values. The zero Exact says that the last value may come back changed, as
// the codecs document, an int in an any as an int64 for example.
type Maker struct {
	Rand   *rand.Rand
	Leaves []reflect.Type
	Exact  bool
}

// New returns a Maker for a seed, with more types beside its own.
func New(seed uint64, more ...reflect.Type) *Maker {
	leaves := []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int64](),
		reflect.TypeFor[uint16](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
		reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[any](), reflect.TypeFor[struct{}](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[big.Int](), reflect.TypeFor[netip.Addr](),
		reflect.TypeFor[url.URL](), reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](),
		reflect.TypeFor[PointerJSON](), reflect.TypeFor[PointerText](), reflect.TypeFor[ValueJSON](), reflect.TypeFor[Lower](),
		reflect.TypeFor[WriteOnly](), reflect.TypeFor[ReadOnly](), reflect.TypeFor[Opaque](), reflect.TypeFor[Stamped](),
		reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[chan int](), reflect.TypeFor[func()](),
		reflect.TypeFor[complex128](), reflect.TypeFor[Loop](), reflect.TypeFor[Mixed](), reflect.TypeFor[Borrowed](),
	}
	return &Maker{Rand: rand.New(rand.NewPCG(seed, 1)), Leaves: append(leaves, more...)}
}

// Type returns a type that is nested up to depth levels deep.
func (m *Maker) Type(depth int) reflect.Type {
	if depth == 0 || m.Rand.IntN(3) == 0 {
		return m.Leaves[m.Rand.IntN(len(m.Leaves))]
	}
	switch m.Rand.IntN(6) {
	case 0:
		return reflect.SliceOf(m.Type(depth - 1))
	case 1:
		return reflect.ArrayOf(m.Rand.IntN(3), m.Type(depth-1))
	case 2:
		return reflect.PointerTo(m.Type(depth - 1))
	case 3:
		keys := []reflect.Type{
			reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[uint8](), reflect.TypeFor[netip.Addr](),
			reflect.TypeFor[PointerText](), reflect.TypeFor[Lower](), reflect.TypeFor[any](), reflect.TypeFor[float64](), reflect.TypeFor[string](),
		}
		return reflect.MapOf(keys[m.Rand.IntN(len(keys))], m.Type(depth-1))
	}
	tags := []reflect.StructTag{"", "", "", `json:"name"`, `json:",omitempty"`, `json:",omitzero"`, `json:",string"`, `json:" t"`, `json:"a\"b"`, `json:"name"`}
	fields := make([]reflect.StructField, m.Rand.IntN(4))
	for i := range fields {
		fields[i] = reflect.StructField{Name: string(rune('A'+i)) + "x", Type: m.Type(depth - 1), Tag: tags[m.Rand.IntN(len(tags))]}
	}
	return reflect.StructOf(fields)
}

var words = []string{"", "a", "é<&>\u2028", "\ufffd", `\ufffd`, "\xff", "\xed\xa0\x80", "\x00\"\\\n", " t", "null", "🍪", "123"}

// Value returns a value of the type t, settable.
func (m *Maker) Value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	m.fill(v)
	return v
}

func (m *Maker) fill(v reflect.Value) {
	r, t := m.Rand, v.Type()
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(r.Int64N(4e9), 0).UTC()
		return
	case *big.Int:
		p.Sub(new(big.Int).Lsh(big.NewInt(1), uint(r.IntN(100))), big.NewInt(5))
		return
	case *netip.Addr:
		*p = netip.AddrFrom4([4]byte{byte(r.IntN(3)), 2, 3, 4})
		return
	case *json.Number:
		*p = json.Number([]string{"1", "-0", "1.50", "1e5", "99999999999999999999", "", "1.2.3", "x"}[r.IntN(8)])
		m.Exact = m.Exact && *p != ""
		return
	case *json.RawMessage:
		*p = json.RawMessage([]string{`1`, `"\ufffd"`, `"\ud800"`, `[1,"a"]`, `{"a":1}`, ``, `{`, "\"\xff\""}[r.IntN(8)])
		m.Exact = false
		return
	case *error:
		if r.IntN(2) == 0 {
			*p = errors.New("secret")
		}
		return
	case *fmt.Stringer:
		if r.IntN(2) == 0 {
			*p = time.Second
		}
		return
	case *any:
		m.fillAny(p)
		return
	case interface{ Fill(*rand.Rand) }:
		p.Fill(r)
		return
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, -1, 100, math.MaxInt64, 1234567890123456789, math.MinInt64}[r.IntN(6)])
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint([]uint64{0, 1, 200, math.MaxUint64}[r.IntN(4)])
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, 1, math.Copysign(0, -1), 0.1, -1e300, 1e-9, 1e21, math.NaN(), math.Inf(1)}[r.IntN(9)])
		m.Exact = m.Exact && v.Float() == v.Float()
	case reflect.String:
		v.SetString(words[r.IntN(len(words))])
	case reflect.Pointer:
		if r.IntN(4) > 0 {
			v.Set(reflect.New(t.Elem()))
			m.fill(v.Elem())
			m.Exact = m.Exact && !isNil(v.Elem())
		}
	case reflect.Slice:
		if r.IntN(5) > 0 {
			v.Set(reflect.MakeSlice(t, r.IntN(3), 3))
			for i := range v.Len() {
				m.fill(v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			m.fill(v.Index(i))
		}
	case reflect.Map:
		if r.IntN(5) > 0 {
			v.Set(reflect.MakeMap(t))
			for range r.IntN(3) {
				key := m.Value(t.Key())
				if key.Kind() == reflect.Interface && (key.IsNil() || !key.Elem().Type().Comparable() || !key.Elem().Comparable()) {
					continue
				}
				v.SetMapIndex(key, m.Value(t.Elem()))
			}
		}
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			m.fill(v.Field(i))
			if strings.Contains(f.Tag.Get("json"), "omit") {
				m.Exact = false
			}
		}
	case reflect.Chan:
		v.Set(reflect.MakeChan(t, 0))
	}
}

func (m *Maker) fillAny(p *any) {
	switch m.Rand.IntN(5) {
	case 0:
		*p = nil
	case 1:
		*p = words[m.Rand.IntN(len(words))]
	case 2:
		*p = []any{int64(1234567890123456789), 1.0, map[string]any{"a": int64(-1), " t": []any{true}}}
	case 3:
		*p = map[string]any{"n": int64(math.MaxInt64)}
	default:
		v := m.Value(m.Type(2))
		m.Exact = false
		*p = v.Interface()
	}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}
