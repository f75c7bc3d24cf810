package drivertest

import (
	"reflect"

	"github.com/wafer-go/wafer/session/driver"
)

var infoRules = []rule{
	{name: "Info", says: "Info has a name and a codec, and does not change", run: func(c *checker) {
		first := c.info
		if first.Name == "" {
			c.broken("Info.Name is empty")
		}
		_, _ = c.saved(c.write(c.owner, "a value"))
		for range 3 {
			i := c.d.Info()
			if i.Name != first.Name || i.Codec.Name() != first.Codec.Name() || i.FirstCookie != first.FirstCookie ||
				reflect.TypeOf(i.Store) != reflect.TypeOf(first.Store) {
				c.broken("Info returned %+v, and %+v before", i, first)
			}
		}
	}},
	{name: "StoreIsNamed", says: "Info.Store is nil only if all of each session is in its cookie", run: func(c *checker) {
		for _, owner := range c.shapes() {
			if _, record := c.save(c.write(owner, "a value")); record != nil && c.info.Store == nil {
				c.broken("Save returned a record, and Info.Store is nil")
			}
		}
	}},
	{name: "FirstCookieOfRecords", says: "Info.FirstCookie is false if a cookie can hold an ID", records: true, run: func(c *checker) {
		if c.info.FirstCookie {
			c.broken("Info.FirstCookie is true, and Save returns records")
		}
	}},
	{name: "OtherCookieName", says: "a value made for one cookie name is refused under another, unless the format is one that others wrote", run: func(c *checker) {
		if c.opts.OthersFormat {
			return
		}
		other := c.opts.Config
		other.CookieName += "2"
		c.refusedByOther(other)
	}},
	{name: "OtherPurpose", says: "a value made for one purpose is refused under another; a backend that has no purposes does not open with one", run: func(c *checker) {
		for _, purpose := range []string{"admin", "admin:", ":", c.opts.Config.CookieName} {
			other := c.opts.Config
			other.Purpose += purpose
			if _, err := c.backend.Open(other); err != nil {
				continue // the program is told at its start
			}
			c.refusedByOther(other)
		}
	}},
}

// refusedByOther checks that a driver for another cookie or purpose refuses this one's values, and
// the other way around.
func (c *checker) refusedByOther(config driver.Config) {
	c.Helper()
	other := c.open(config)
	for _, owner := range c.shapes() {
		for _, pair := range [][2]driver.Driver{{c.d, other}, {other, c.d}} {
			value, _, err := pair[0].Save(c.ctx, nil, c.write(owner, "a value"))
			c.succeeds(err, "Save")
			s, err := pair[1].Load(c.ctx, string(value))
			c.refusal(s, err, "Load of a value that was made for another cookie or purpose")
		}
	}
}
