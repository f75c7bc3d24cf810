package storetest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/store"
)

// large is how many bytes the large record has: more than MySQL's default
// max_allowed_packet and than memcached's default item size.
const large = 17 << 20

var dataRules = []rule{
	{name: "EmptyData", says: "a record may hold no bytes at all", run: func(c *checker) {
		for _, data := range [][]byte{nil, {}} {
			id, r := c.id(), record("")
			r.Data = data
			saved := c.save(c.first, id, r)
			c.holds(c.second, id, saved)
			saved.Data = []byte("no longer empty")
			saved = c.save(c.first, id, saved)
			c.holds(c.second, id, saved)
			saved.Data = data
			c.holds(c.second, id, c.save(c.first, id, saved))
		}
	}},
	{name: "AnyBytes", says: "a record may hold any bytes", run: func(c *checker) {
		var every []byte
		for b := range 256 {
			every = append(every, byte(b))
		}
		for _, data := range []string{string(every), "\x00", "\xff\xfe", "'; \\ \" %", " a\r\n", "\r\nEND\r\n", `{"json":true}`, "12345"} {
			id := c.id()
			c.holds(c.second, id, c.save(c.first, id, record(data)))
		}
	}},
	{name: "OneMebibyte", says: "a record may hold 1 MiB, or what the documentation says", run: func(c *checker) {
		for _, size := range []int{1 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, c.opts.MaxData} {
			if size > c.opts.MaxData {
				continue
			}
			id, r := c.id(), record("")
			r.Data = make([]byte, size)
			rand.Read(r.Data)
			saved := c.save(c.first, id, r)
			c.holds(c.second, id, saved)
			rand.Read(saved.Data)
			c.holds(c.second, id, c.save(c.first, id, saved))
		}
	}},
	{name: "TooLarge", says: "what is more than a store can keep is ErrTooLarge, never cut short, and changes nothing", run: func(c *checker) {
		id, r := c.id(), record("")
		r.Data = bytes.Repeat([]byte("0123456789abcdef"), large/16)
		saved := r
		v, err := c.first.Save(c.ctx, id, r)
		switch {
		case err == nil:
			c.holds(c.second, id, c.saved(c.first, id, r, v))
			return
		case !errors.Is(err, store.ErrTooLarge):
			c.broken("Save of %d bytes returned the error %.500v; it should be ErrTooLarge, or none", large, err)
		}
		c.gone(c.first, id)
		saved = c.save(c.first, id, record("small"))
		r.Version = saved.Version
		_, err = c.first.Save(c.ctx, id, r)
		c.fails(err, store.ErrTooLarge, "Save of a large record over a small one")
		c.holds(c.second, id, saved)
	}},
	{name: "SavedDataIsCopied", says: "the data of a record that is saved stays the caller's: the store copies it", run: func(c *checker) {
		id, r := c.id(), record("as it was saved")
		want := c.save(c.first, id, r)
		want.Data = []byte("as it was saved")
		clear(r.Data)
		c.holds(c.first, id, want)
		r.Version, r.Data = want.Version, []byte("as it was replaced")
		want = c.save(c.first, id, r)
		want.Data = []byte("as it was replaced")
		clear(r.Data)
		c.holds(c.first, id, want)
	}},
	{name: "SavedDataIsNotWritten", says: "a store does not write to the data it is given, or to what lies behind it", run: func(c *checker) {
		whole := []byte("as it was saved, and what lies behind it")
		r := record("")
		r.Data = whole[:len("as it was saved")]
		c.save(c.first, c.id(), r)
		if string(whole) != "as it was saved, and what lies behind it" {
			c.broken("after Save the caller's bytes are %q", whole)
		}
	}},
	{name: "LoadedDataIsNotShared", says: "Load returns its data to one caller only", run: func(c *checker) {
		id := c.id()
		want := c.save(c.first, id, record("as it was saved"))
		for range 3 {
			got := c.load(c.first, id)
			c.same("Load", got, want)
			clear(got.Data[:cap(got.Data)])
		}
	}},
	{name: "ErrorsHoldNoData", says: "an error never holds a record's data", run: func(c *checker) {
		id, secret := c.id(), "confidential-0123456789"
		r := record(secret)
		saved := c.save(c.first, id, r)
		none := c.id()
		ended, cancel := contexts(c.ctx)
		defer cancel()
		for call, try := range map[string]func() error{
			"Save with version 0 over a record":   func() error { _, err := c.first.Save(c.ctx, id, r); return err },
			"Save with another version":           func() error { o := r; o.Version = saved.Version + 1; _, err := c.first.Save(c.ctx, id, o); return err },
			"Save with a version of what is none": func() error { _, err := c.first.Save(c.ctx, none, saved); return err },
			"Save with a context that is done":    func() error { _, err := c.first.Save(ended[0], c.id(), r); return err },
			"Load with a context that is done":    func() error { _, err := c.first.Load(ended[0], id); return err },
			"Save of a large record": func() error {
				o := r
				o.Data = bytes.Repeat([]byte(secret), large/len(secret))
				_, err := c.first.Save(c.ctx, c.id(), o)
				return err
			},
		} {
			err := try()
			if err == nil {
				continue // judged by the rule on that call
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
				for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
						c.broken("the error of %s holds it: %.300s", call, text)
					}
				}
			}
		}
	}},
	{name: "OwnerIsKept", says: "an owner is any valid UTF-8 of at most 255 bytes, and kept as it is", run: func(c *checker) {
		for _, name := range owners("") {
			id, r := c.id(), record("a value")
			r.Owner = name
			saved := c.save(c.first, id, r)
			c.holds(c.second, id, saved)
			saved.Owner = ""
			saved = c.save(c.first, id, saved)
			c.holds(c.second, id, saved)
			saved.Owner = name
			c.holds(c.second, id, c.save(c.first, id, saved))
		}
	}},
}

// owners returns names of owners that are easily confused with one another, or for
// something else, each beginning with the prefix.
func owners(prefix string) []string {
	names := []string{
		"ann", "Ann", "ann ", " ann", "ann\x00", "ann%", "an_", "ann*", "{ann}", "ann:1", "'ann'", `a\nn`, "a\nn", "ann/../bob",
		"\u00e5sa", "a\u030asa", "asa", // composed, decomposed, without the ring
		"\u540d\u524d", "\U0001f642", "\ufeff",
		strings.Repeat("x", 255-len(prefix)), strings.Repeat("x", 254-len(prefix)),
		strings.Repeat("\U0001f642", (255-len(prefix))/4),
	}
	for i := range names {
		names[i] = prefix + names[i]
	}
	return names
}
