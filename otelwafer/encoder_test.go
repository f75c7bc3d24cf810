package otelwafer_test

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// encoder writes attributes in short: {found=true stored=false}.
type encoder struct{}

var (
	_ attribute.Encoder = encoder{}

	encoderID = attribute.NewEncoderID()
)

func (encoder) Encode(attrs attribute.Iterator) string {
	var parts []string
	for attrs.Next() {
		a := attrs.Attribute()
		parts = append(parts, strings.TrimPrefix(string(a.Key), "wafer.session.")+"="+a.Value.String())
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func (encoder) ID() attribute.EncoderID { return encoderID }
