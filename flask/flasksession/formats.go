package flasksession

import (
	"bytes"
	"encoding/json"

	"github.com/wafer-go/wafer/flask/flasksession/internal/msgpack"
	"github.com/wafer-go/wafer/flask/flasksession/internal/pickle"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
	"github.com/wafer-go/wafer/session/driver"
)

// msgpackFormat is MessagePack. A document's source is the record's bytes.
type msgpackFormat struct{}

func (msgpackFormat) String() string { return "MessagePack" }

func (msgpackFormat) codec() driver.Codec { return msgpackCodec }

func (f msgpackFormat) read(data []byte) (*document, error) {
	doc, err := msgpack.Parse(data)
	if err != nil {
		return nil, err
	}
	return &document{*doc, f, data}, nil
}

func (f msgpackFormat) write(all []member, from *document) ([]byte, error) {
	kept := from.of(f)
	out := msgpack.AppendMap(nil, len(all))
	for _, m := range all {
		if old, ok := kept.find(m); ok {
			out = append(out, from.source.([]byte)[old.From:old.To]...)
			continue
		}
		v, err := decoded(m)
		if err != nil {
			return nil, err
		}
		if m.key == driver.FlashesKey {
			v = plainText(v)
		}
		if out, err = msgpack.AppendKey(out, m.key); err == nil {
			out, err = msgpack.AppendValue(out, v)
		}
		if err != nil {
			return nil, &driver.ValueError{Key: m.key, Err: err}
		}
	}
	return out, nil
}

// pickleFormat is pickle, behind a prefix. A document's source is the pickle's tree.
type pickleFormat struct{ prefix string }

const cachelib = "!"

func (pickleFormat) String() string { return "a pickle" }

func (pickleFormat) codec() driver.Codec { return pickleCodec }

func (f pickleFormat) read(data []byte) (*document, error) {
	tree, err := pickle.Parse(bytes.TrimPrefix(data, []byte(f.prefix)))
	if err != nil {
		return nil, err
	}
	doc, err := tree.Document()
	if err != nil {
		return nil, err
	}
	return &document{*doc, f, tree}, nil
}

func (f pickleFormat) write(all []member, from *document) ([]byte, error) {
	kept := from.of(f)
	w := pickle.Writer{Out: []byte(f.prefix)}
	w.Begin()
	for _, m := range all {
		if old, ok := kept.find(m); ok {
			if err := w.Member(from.source.(*pickle.Tree), old); err != nil {
				return nil, &driver.ValueError{Key: m.key, Err: err}
			}
			continue
		}
		v, err := decoded(m)
		if err != nil {
			return nil, err
		}
		if err := w.Value(m.key, v); err != nil {
			return nil, &driver.ValueError{Key: m.key, Err: err}
		}
	}
	w.End()
	return w.Out, nil
}

// jsonFormat is plain JSON: the payload is the record.
type jsonFormat struct{}

func (jsonFormat) String() string { return "JSON" }

func (jsonFormat) codec() driver.Codec { return jsonCodec }

func (f jsonFormat) read(data []byte) (*document, error) {
	payload := string(data)
	all, err := members(payload)
	if err != nil {
		return nil, err
	}
	doc := &document{tagged.Document{Payload: payload}, f, nil}
	for _, m := range all {
		doc.Members = append(doc.Members, tagged.Member{Key: m.key, JSON: m.raw})
	}
	return doc, nil
}

func (f jsonFormat) write(all []member, from *document) ([]byte, error) {
	kept := from.of(f)
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(driver.JSON.AppendKey(out, m.key), ':')
		if _, ok := kept.find(m); ok || m.key != driver.FlashesKey {
			out = append(out, m.raw...)
			continue
		}
		v, err := decoded(m)
		if err == nil {
			var text []byte
			text, err = json.Marshal(plainText(v))
			out = append(out, text...)
		}
		if err != nil {
			return nil, &driver.ValueError{Key: m.key, Err: err}
		}
	}
	return append(out, '}'), nil
}
