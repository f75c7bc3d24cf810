package session_test

import (
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// An infoCounter counts how often each of its drivers is asked for its Info.
type infoCounter struct {
	driver.Backend
	asked *[]*int
}

func (b infoCounter) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	n := new(int)
	*b.asked = append(*b.asked, n)
	return countedDriver{d, n}, err
}

type countedDriver struct {
	driver.Driver
	n *int
}

func (d countedDriver) Info() driver.Info {
	*d.n++
	return d.Driver.Info()
}

func TestNew_AsksEachDriverOnceForItsInfo(t *testing.T) {
	var asked []*int
	counted := func() session.Backend { return infoCounter{session.Signed(secret.New()), &asked} }
	former := &session.Options{FormerCookies: []session.Cookie{{Name: "__Host-old"}}}
	for name, b := range map[string]session.Backend{
		"alone": counted(), "Overflow": session.Overflow(counted(), &fakeStore{}), "Migrate": session.Migrate(counted(), counted(), counted()),
		"both": session.Migrate(session.Overflow(counted(), &fakeStore{}), counted()),
	} {
		asked = nil
		if _, err := session.New(b, former); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, n := range asked {
			if *n != 1 {
				t.Errorf("%s: driver %d was asked %d times", name, i, *n)
			}
		}
		if len(asked) == 0 {
			t.Errorf("%s: no driver was opened", name)
		}
	}
}
