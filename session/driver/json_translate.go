package driver

import "github.com/wafer-go/wafer/internal/jsonvalue"

var _ jsonvalue.Translator = jsonCodec{}

// Dialect is how the codec writes.
func (jsonCodec) Dialect() jsonvalue.Dialect { return jsonDialect{} }

// Translate appends what raw means to e, which writes for the codec that the session moves to.
func (jsonCodec) Translate(e *jsonvalue.Encoder, raw string) error {
	s, err := jsonvalue.NewSource(jsonvalue.Reader{Text: raw})
	if err != nil {
		return err
	}
	return s.Write(e)
}
