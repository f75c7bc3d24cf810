package jsonvalue

import (
	"strconv"
	"strings"
)

// A Translator is a driver.Codec whose values another one can write without decoding them first.
type Translator interface {
	// Dialect is how the codec writes.
	Dialect() Dialect

	// Translate appends what raw means to e, or returns an error that says what is wrong with raw,
	// or what in it cannot be kept.
	Translate(e *Encoder, raw string) error
}

// Translate appends to dst what raw means in one codec as another writes it: what the other's
// AppendValue makes of the any that the one's DecodeValue reads, in little memory. An error leaves
// dst as it was. Of a key that is there twice, the value that does not count must be JSON, and may
// be a tag that DecodeValue refuses.
func Translate(dst []byte, raw string, from, to Translator) ([]byte, error) {
	e := Encoder{dialect: to.Dialect(), Buf: dst}
	if err := from.Translate(&e, raw); err != nil {
		return dst, err
	}
	return e.Buf, nil
}

// A Source is a JSON text and the places of its values, which have 8 bytes each, because a cookie
// may have thousands. A value is named by the index of its place.
type Source struct {
	// Lone appends the object whose only member is key and value if it means something else, and
	// reports whether it does. Nil means that none does.
	Lone func(s *Source, e *Encoder, key string, value int) (done bool, err error)

	r       Reader
	places  []place       // of values and of keys, in the order of the text
	members []Member[int] // of the objects that are being written
}

// A place is the offset in the text at which a value begins, and the index of the place behind it
// and all values in it.
type place struct{ start, next uint32 }

// NewSource reads the text of r, which must be one value.
func NewSource(r Reader) (*Source, error) {
	s := &Source{r: r}
	most := 1
	for _, c := range []string{",", ":", "[", "{"} {
		most += strings.Count(r.Text, c)
	}
	s.places = make([]place, 0, most)
	if err := s.read(); err != nil {
		return nil, err
	}
	return s, s.r.End()
}

func (s *Source) read() (err error) {
	c, at := s.r.Peek(), s.begin()
	switch c {
	case '[':
		err = s.r.Elements(func(int) error { return s.read() })
	case '{':
		err = s.r.items('}', s.readMember)
	default:
		err = s.r.skip()
	}
	s.places[at].next = uint32(len(s.places)) // #nosec G115 -- no more than the text has bytes
	return err
}

func (s *Source) readMember() error {
	s.r.Peek()
	s.begin()
	if _, err := s.r.Key(); err != nil {
		return err
	}
	return InMember(s.read())
}

// begin adds the place of what is next.
func (s *Source) begin() int {
	s.places = append(s.places, place{start: uint32(s.r.At)}) // #nosec G115 -- a payload is less than 4 GiB
	return len(s.places) - 1
}

// Kind returns the first byte of a value.
func (s *Source) Kind(value int) byte { return s.r.Text[s.places[value].start] }

// String returns the string at a place.
func (s *Source) String(value int) string {
	s.r.At = int(s.places[value].start)
	text, _ := s.r.String() // it was read before
	return text
}

// Write appends the whole text to e.
func (s *Source) Write(e *Encoder) error { return s.Append(e, 0) }

// Append appends a value to e, a number as what it means.
func (s *Source) Append(e *Encoder, value int) error {
	c := s.Kind(value)
	switch {
	case c == '[':
		return s.list(e, value)
	case c == '{':
		return s.object(e, value)
	case c == '"':
		return e.String(s.String(value))
	case s.number(e, value):
		return nil
	}
	s.r.At = int(s.places[value].start)
	v, _ := s.r.Scalar() // it was read before
	return e.Value(v)
}

// number appends a number that every codec reads as the same int64 or float64, without an any that
// contains it, and reports whether it did. Such an integer has one spelling.
func (s *Source) number(e *Encoder, value int) bool {
	start := int(s.places[value].start)
	end, float := ScanNumber(s.r.Text, start)
	text := s.r.Text[start:end]
	switch {
	case float:
		f, err := strconv.ParseFloat(text, 64)
		return err == nil && e.float(f, 64) == nil
	case text == "", text == "-0", len(text) >= len("9223372036854775807"):
		return false
	}
	e.Buf = append(e.Buf, text...)
	return true
}

func (s *Source) list(e *Encoder, list int) error {
	if err := e.Open("["); err != nil {
		return err
	}
	one, end := list+1, int(s.places[list].next)
	for i := 0; one < end; i++ {
		if i > 0 {
			e.Buf = append(e.Buf, ',')
		}
		if err := s.Append(e, one); err != nil {
			return InElement(err, i)
		}
		one = int(s.places[one].next)
	}
	e.Close("]")
	return nil
}

func (s *Source) object(e *Encoder, object int) error {
	first := len(s.members)
	defer func() { s.members = s.members[:first] }()
	n := s.open(object)
	if n == 1 && s.Lone != nil {
		one := s.members[first]
		if done, err := s.Lone(s, e, one.Key, one.Value); done || err != nil {
			return err
		}
	}
	return e.Object(n,
		func(i int) string { return s.members[first+i].Key },
		func(i int) error { return s.Append(e, s.members[first+i].Value) })
}

// Only returns the member of a value that is an object with one member.
func (s *Source) Only(value int) (key string, member int, ok bool) {
	first := len(s.members)
	if s.Kind(value) == '{' && s.open(value) == 1 {
		key, member, ok = s.members[first].Key, s.members[first].Value, true
	}
	s.members = s.members[:first]
	return key, member, ok
}

// open adds the members of an object in the order of their keys, and returns how many it has.
func (s *Source) open(object int) int {
	first := len(s.members)
	for key, end := object+1, int(s.places[object].next); key < end; key = int(s.places[key+1].next) {
		s.members = append(s.members, Member[int]{s.String(key), key + 1})
	}
	own := Sorted(s.members[first:])
	s.members = s.members[:first+len(own)]
	return len(own)
}
