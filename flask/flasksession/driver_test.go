package flasksession_test

import (
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
)

var serializations = map[string]flasksession.Serialization{
	"MessagePack": flasksession.MessagePack, "JSON": flasksession.JSON,
	"Pickle": flasksession.Pickle, "CachelibPickle": flasksession.CachelibPickle,
}

func TestDriver_Passes(t *testing.T) {
	for name, s := range serializations {
		for kind, newBackend := range map[string]func(flasksession.Records, *flasksession.Options) (session.Backend, error){
			"Plain": flasksession.New, "Signed": newSigned,
		} {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()
				drivertest.Run(t, func(t *testing.T) driver.Backend {
					// The suite wants back what it saved, and no "_permanent" beside it.
					b, err := newBackend(newMemory(), &flasksession.Options{Serialization: s, NotPermanent: true})
					if err != nil {
						t.Fatal(err)
					}
					return b
				}, &drivertest.Options{
					Records: true, OthersFormat: true, FakeClock: true, Respells: s != flasksession.JSON,
					Implements: []drivertest.Interface{drivertest.Retirer},
				})
			})
		}
	}
}
