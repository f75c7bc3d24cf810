package flask

import (
	"strings"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var _ jsonvalue.Translator = codec{}

// Dialect is how the codec writes.
func (codec) Dialect() jsonvalue.Dialect { return dialect{} }

// Translate appends what raw means to e, which writes for the codec that the session moves to.
func (codec) Translate(e *jsonvalue.Encoder, raw string) error {
	s, err := jsonvalue.NewSource(jsonvalue.Reader{Text: raw, Python: true})
	if err != nil {
		return err
	}
	s.Lone = appendTagged
	return s.Write(e)
}

// appendTagged appends what an object means whose only key is a tag. A tuple is a list: no other
// codec has one.
func appendTagged(s *jsonvalue.Source, e *jsonvalue.Encoder, tag string, content int) (isTagged bool, err error) {
	switch {
	case !isTag(tag):
		return false, nil
	case tag == tagDict:
		key, value, err := openDict(s, content)
		if err == nil {
			err = e.Object(1, func(int) string { return key }, func(int) error { return s.Append(e, value) })
		}
		return true, err
	case tag == tagTuple && s.Kind(content) == '[':
		return true, s.Append(e, content)
	case tag != tagTuple && s.Kind(content) == '"':
		v, err := untag(tag, s.String(content))
		if err == nil {
			err = e.Value(v)
		}
		return true, err
	}
	return true, badTag(tag)
}

// openDict returns the member of an object that is under tagDict, without its suffix. It may itself
// be under tagDict.
func openDict(s *jsonvalue.Source, content int) (key string, value int, err error) {
	key, value, ok := s.Only(content)
	switch {
	case ok && key == tagDict:
		key, value, err = openDict(s, value)
	case !ok || isTag(key):
		err = badTag(tagDict)
	}
	name, ok := strings.CutSuffix(key, tagSuffix)
	if !ok && err == nil {
		err = badTag(tagDict)
	}
	return name, value, err
}
