package flasksession_test

import (
	"errors"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// FuzzID looks for a cookie's value that names a session and is not its ID, or its signed ID.
func FuzzID(f *testing.F) {
	signer, err := itsdangerous.NewSigner([]byte(signedKey), &itsdangerous.Options{Salt: "flask-session", Derivation: itsdangerous.HMAC})
	if err != nil {
		f.Fatal(err)
	}
	m := newMemory()
	m.put("session:"+id, []byte(`{"a":1}`))
	drivers := map[string]driver.Driver{}
	for want, open := range map[string]func(flasksession.Records, *flasksession.Options) (session.Backend, error){
		id: flasksession.New, signer.Sign(id): newSigned,
	} {
		f.Add(want)
		b, err := open(m, nil)
		if err != nil {
			f.Fatal(err)
		}
		if drivers[want], err = b.Open(driver.Config{CookieName: "session"}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		for want, d := range drivers {
			switch s, err := d.Load(t.Context(), value); {
			case (err == nil) != (value == want):
				t.Errorf("%q names %v, %v", value, s.Payload, err)
			case err != nil && !errors.Is(err, driver.ErrRefused):
				t.Errorf("Load of %q returned %v", value, err)
			}
		}
	})
}
