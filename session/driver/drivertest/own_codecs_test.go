package drivertest_test

import (
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
)

func TestCodec_OurOwnPass(t *testing.T) {
	for _, codec := range []driver.Codec{driver.JSON, flask.Codec} {
		t.Run(codec.Name(), func(t *testing.T) { drivertest.Codec(t, codec) })
	}
}
