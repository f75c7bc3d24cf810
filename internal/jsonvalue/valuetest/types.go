package valuetest

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"time"
)

// PointerJSON has methods that only a pointer to it has.
type PointerJSON struct{ n int64 }

// Fill sets it to a random value.
func (p *PointerJSON) Fill(r *rand.Rand) { p.n = r.Int64() }

// MarshalJSON writes its number in an object.
func (p *PointerJSON) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]int64{"n": p.n})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *PointerJSON) UnmarshalJSON(text []byte) error {
	var v map[string]int64
	err := json.Unmarshal(text, &v)
	p.n = v["n"]
	return err
}

// PointerText is the same as text.
type PointerText struct{ s string }

// Fill sets it to a random value.
func (p *PointerText) Fill(r *rand.Rand) { p.s = words[r.IntN(len(words))] }

// MarshalText writes its text behind a mark.
func (p *PointerText) MarshalText() ([]byte, error) { return []byte("~" + p.s), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *PointerText) UnmarshalText(text []byte) error {
	s, ok := strings.CutPrefix(string(text), "~")
	p.s = s
	if !ok {
		return errors.New("no mark in " + string(text))
	}
	return nil
}

// ValueJSON has a MarshalJSON that values have too.
type ValueJSON struct{ S string }

// MarshalJSON writes its bytes in an array.
func (v ValueJSON) MarshalJSON() ([]byte, error) { return json.Marshal([][]byte{[]byte(v.S)}) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *ValueJSON) UnmarshalJSON(text []byte) error {
	var b [1][]byte
	err := json.Unmarshal(text, &b)
	v.S = string(b[0])
	return err
}

// Lower reads itself in another way than it is written.
type Lower string

// UnmarshalText lowers the letters.
func (l *Lower) UnmarshalText(text []byte) error {
	*l = Lower(strings.ToLower(string(text)))
	return nil
}

// WriteOnly has one way only.
type WriteOnly struct{ N int }

// MarshalJSON writes a number.
func (w WriteOnly) MarshalJSON() ([]byte, error) { return json.Marshal(w.N) }

// ReadOnly has the other.
type ReadOnly int

// UnmarshalJSON reads a number, or its opposite.
func (r *ReadOnly) UnmarshalJSON(text []byte) error {
	var n int
	err := json.Unmarshal(text, &n)
	*r = ReadOnly(max(n, -n))
	return err
}

// Opaque keeps all to itself.
type Opaque struct{ s string }

// Fill sets it to a random value.
func (o *Opaque) Fill(*rand.Rand) { o.s = "secret" }

// Stamped is written as its time alone, a mistake that many make.
type Stamped struct {
	time.Time
	Name string
}

// Loop contains itself, if it is filled.
type Loop struct{ All []any }

// Fill sets it to a random value.
func (l *Loop) Fill(r *rand.Rand) {
	if r.IntN(2) == 0 {
		l.All = []any{nil}
		l.All[0] = l.All
	}
}

type base struct{ Name, City string }

// Mixed embeds structs, one of which hides a part of another.
type Mixed struct {
	base
	*Audit
	Name  string `json:"Name"`
	Count int64  `json:",string"`
}

// Audit is what Mixed embeds.
type Audit struct {
	By  string
	Any any
}

// Borrowed has the methods of a pointer in it, which is nil in its zero value.
type Borrowed struct{ *PointerJSON }

// Fill sets it to a random value.
func (b *Borrowed) Fill(r *rand.Rand) {
	b.PointerJSON = new(PointerJSON)
	b.PointerJSON.Fill(r)
}
