package drivertest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// payloads are objects in the driver's codec.
func (c *checker) payloads() [][]byte {
	codec := c.info.Codec
	all := [][]byte{[]byte(`{}`), c.object(""), c.object("é ü 😀 \u2028 <&> \\ \" \n \x00 \x7f"), c.object(strings.Repeat("ab", 700))}
	object := []byte{'{'}
	for i, v := range []any{true, nil, "x", int64(1) << 60, -1.5, []any{int64(1), "y"}, map[string]any{"k": nil}} {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(codec.AppendKey(object, string(rune('a'+i))), ':')
		object, _ = codec.AppendValue(object, v)
	}
	all = append(all, append(object, '}'))
	for _, key := range []string{"", " ", " t", "é", "\"", "_flashes", "😀"} {
		object := append(codec.AppendKey([]byte{'{'}, key), ':')
		object, _ = codec.AppendValue(object, "x")
		all = append(all, append(object, '}'))
	}
	return all
}

var saveRules = []rule{
	{name: "RoundTrip", says: "Load returns the payload that was saved, byte for byte", run: func(c *checker) {
		for _, owner := range c.shapes() {
			for _, payload := range c.payloads() {
				w := c.write(owner, "")
				w.Payload = payload
				value, _ := c.save(w)
				c.holds(value, payload)
			}
		}
	}},
	{name: "NotJSON", says: "what JSON does not have, such as Python's NaN, comes back byte for byte too", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "")
			w.Payload = []byte(`{"a":NaN,"b":[-Infinity,1e999],"c":-0}`)
			if c.opts.Respells {
				w.Payload = []byte(`{"a":NaN,"b":[-Infinity,Infinity],"c":0}`)
			}
			value, _ := c.save(w)
			c.holds(value, w.Payload)
		}
	}},
	{name: "LargePayload", says: "a payload that the place cannot hold is ErrTooLarge, never cut", run: func(c *checker) {
		for _, owner := range c.shapes() {
			for _, size := range []int{5 << 10, 40 << 10, 300 << 10} {
				text := strings.Repeat(rand.Text(), size/26)
				w := c.write(owner, text)
				value, record, err := c.d.Save(c.ctx, nil, w)
				if err == nil && record == nil && len(value) > c.opts.Config.Room() {
					continue // the manager refuses the cookie
				}
				if err == nil {
					c.holds(string(value), w.Payload)
				} else if c.fails(err, driver.ErrTooLarge, "Save of a large payload"); len(value) > 0 {
					c.broken("a Save that failed left %d bytes in dst", len(value))
				}
			}
		}
	}},
	{name: "DstIsKept", says: "Save appends the value to dst and leaves dst's own bytes alone", run: func(c *checker) {
		for _, owner := range c.shapes() {
			for _, dst := range [][]byte{[]byte("session="), append(make([]byte, 0, 8<<10), "session="...)} {
				w := c.write(owner, "a value")
				out, _, err := c.d.Save(c.ctx, dst, w)
				c.succeeds(err, "Save")
				value, ok := bytes.CutPrefix(out, []byte("session="))
				if !ok || string(dst) != "session=" {
					c.broken("dst does not begin with its own bytes anymore")
				}
				c.holds(string(value), w.Payload)
			}
		}
	}},
	{name: "ValueFitsACookie", says: "a value has only the bytes that a cookie's value may have (RFC 6265, section 4.1.1)", run: func(c *checker) {
		for _, owner := range c.shapes() {
			for _, payload := range c.payloads() {
				w := c.write(owner, "")
				w.Payload = payload
				value, _ := c.save(w)
				for _, b := range []byte(value) {
					if b <= ' ' || b >= 0x7f || strings.IndexByte(`",;\`, b) >= 0 {
						c.broken("the value has the byte %q", b)
					}
				}
				if value == "" {
					c.broken("the value is empty")
				}
			}
		}
	}},
	{name: "PayloadIsCopied", says: "Payload and Leave are valid only during the call", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value")
			want := slices.Clone(w.Payload)
			value, record := c.save(w)
			clear(w.Payload)
			c.holds(value, want)
			if record == nil {
				continue
			}
			w = c.after(c.load(value), driver.Renew, owner, "another")
			w.Leave = c.object("left")
			next := slices.Clone(w.Payload)
			renewed, _ := c.save(w)
			clear(w.Payload)
			clear(w.Leave)
			c.holds(renewed, next)
			if s, err := c.d.Load(c.ctx, value); err == nil {
				c.same("Load of the old value", s.Payload, c.object("left"))
			}
		}
	}},
	{name: "SnapshotIsNotTheCallers", says: "what Load returned stays as it is when the session is saved again", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "first")
			_, s := c.saved(w)
			_, _ = c.save(c.after(s, driver.Keep, owner, "a second one"))
			c.same("Load, before the second Save,", s.Payload, w.Payload)
		}
	}},
	{name: "SavedAgain", says: "a session that was loaded can be saved with each Life, and loads with the new payload", run: func(c *checker) {
		for _, owner := range c.shapes() {
			for _, life := range []driver.Life{driver.Keep, driver.Renew, driver.Begin} {
				_, s := c.saved(c.write(owner, "first"))
				w := c.after(s, life, owner, "second")
				value, _ := c.save(w)
				c.holds(value, w.Payload)
			}
		}
	}},
	{name: "RecordIsLoaded", says: "Load returns a record if and only if Save did, with the same ID", run: func(c *checker) {
		for _, owner := range c.shapes() {
			value, record := c.save(c.write(owner, "a value"))
			s := c.load(value)
			switch {
			case (record == nil) != (s.Record == nil):
				c.broken("Save returned the record %v, and Load %v", record, s.Record)
			case record != nil && (record.ID() == "" || record.ID() != s.Record.ID()):
				c.broken("Save returned a record with the ID %q, and Load one with %q", record.ID(), s.Record.ID())
			}
		}
	}},
	{name: "DeleteOfNothing", says: "Delete succeeds if there is nothing to delete", run: func(c *checker) {
		c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{}), "Delete of the zero Snapshot")
		for _, owner := range c.shapes() {
			_, s := c.saved(c.write(owner, "a value"))
			c.succeeds(c.d.Delete(c.ctx, s), "Delete")
			c.succeeds(c.d.Delete(c.ctx, s), "a second Delete")
		}
	}},
}

var contextRules = []rule{
	{name: "CanceledContext", says: "what ends because its context is done does not look like a refused cookie, a conflict or an ended session", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value")
			value, s := c.saved(w)
			for _, ctx := range canceled(c.ctx) {
				if _, err := c.d.Load(ctx, value); errors.Is(err, driver.ErrRefused) {
					c.broken("Load returned the error %v", err)
				}
				for _, life := range []driver.Life{driver.Keep, driver.Renew} {
					_, _, err := c.d.Save(ctx, nil, c.after(s, life, owner, "second"))
					if err != nil && (errors.Is(err, driver.ErrConflict) || errors.Is(err, driver.ErrEnded)) {
						c.broken("Save returned the error %v", err)
					}
					_, s = c.saved(c.write(owner, "another"))
				}
			}
		}
	}},
	{name: "Budget", says: "a driver that asks a store calls Spend first", records: true, run: func(c *checker) {
		var budget driver.Budget
		ctx := withBudget{c.ctx, &budget}
		value, _ := c.save(c.write(c.owner, "a value"))
		asked := 0
		for ; asked <= driver.Lookups; asked++ {
			if _, err := c.d.Load(ctx, value); err != nil {
				c.fails(err, driver.ErrTooManyLookups, "Load of a request whose budget is spent")
				break
			}
		}
		if asked == 0 || asked > driver.Lookups {
			c.broken("a request loaded %d sessions, and may ask %d questions", asked, driver.Lookups)
		}
		started := time.Now()
		if _, err := c.d.Load(ctx, value); !errors.Is(err, driver.ErrTooManyLookups) {
			c.broken("Load after %v returned the error %v; the budget does not grow", time.Since(started), err)
		}
	}},
	{name: "ReloadIsNotCharged", says: "the budget is that of loading: a save may reload its record as often as it meets a conflict", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "a value"))
		ctx := withBudget{c.ctx, new(driver.Budget)}
		for range 2 * driver.Lookups {
			fresh, err := s.Record.Reload(ctx)
			c.succeeds(err, "Reload")
			_, _, err = c.d.Save(ctx, nil, c.after(fresh, driver.Keep, c.owner, "again"))
			c.succeeds(err, "Save after Reload")
		}
		c.holds(value, c.object("again"))
	}},
}
