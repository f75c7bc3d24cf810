package recordtest

import "github.com/wafer-go/wafer/session/driver"

// Others who keep records have fewer methods. Least hides each method of a backend's driver that
// package driver calls optional; Retiring does not hide Retire.
type (
	Least    struct{ driver.Backend }
	Retiring struct{ driver.Backend }
)

// Open returns such a driver.
func (b Least) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	return struct{ driver.Driver }{d}, err
}

// Open returns such a driver.
func (b Retiring) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	r, _ := d.(driver.Retirer)
	return struct {
		driver.Driver
		driver.Retirer
	}{d, r}, err
}
