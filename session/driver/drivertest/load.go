package drivertest

import (
	"errors"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// hostile are values that a stranger may send.
func hostile() []string {
	values := []string{
		"", " ", "\x00", "\xff\xfe", "\"", `""`, "=", ".", "..", "...", ":", "::", ":::", "--", "|", "%", "%zz", "%00", "é", "😀",
		"null", "{}", "[]", "0", "-1", "true", `{"value":"x"}`, "eyJhIjoxfQ", "eyJhIjoxfQ.AAAAAA.AAAA", "eyJhIjoxfQ:AAAAAA:AAAA",
		".eJwDAAAAAAE.AAAAAA.AAAA", ".eJwDAAAAAAE:1tXXXX:AAAA", "../../../etc/passwd", "' OR 1=1 --", "session:*", "a\r\nSet-Cookie: b=c",
		driver.NewID(), strings.Repeat("A", 42) + "B", strings.Repeat("a", 32), strings.Repeat("0", 40), strings.Repeat("f", 64),
		"123e4567-e89b-12d3-a456-426614174000", "s%3A" + strings.Repeat("x", 32) + ".sig",
	}
	for _, c := range []string{"A", ".", ":", "\x00", "\xff", "=", "AAAA.", "=:", "9999999999."} {
		for _, n := range []int{1, 2, 3, 4, 5, 42, 43, 44, 255, 256, 4096, 1 << 18} {
			values = append(values, strings.Repeat(c, n))
		}
	}
	return values
}

// mutations are a value with one thing changed.
func mutations(value string) []string {
	changed := []string{value + "A", value + "=", value + ".", value + "\x00", value + " ", " " + value, value + value, strings.ToUpper(value), strings.ToLower(value)}
	step := max(1, len(value)/64)
	for i := 0; i < len(value); i += step {
		changed = append(changed, value[:i], value[i+1:], value[:i]+value[i+1:], value[:i]+string(value[i]^1)+value[i+1:],
			value[:i]+"A"+value[i+1:], value[:i]+"."+value[i+1:], value[:i]+"\xff"+value[i+1:])
	}
	return changed
}

var loadRules = []rule{
	{name: "HostileValues", says: "Load of a value that is not a session of this driver wraps ErrRefused, and does not panic", run: func(c *checker) {
		for _, value := range hostile() {
			c.quietly("Load of a hostile value", func() { c.refused(value, "a hostile value of "+brief(value)) })
		}
	}},
	{name: "ChangedValues", says: "a value that was changed is refused; at most it is another spelling of the same session", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value that a thief would like to change")
			value, _ := c.save(w)
			for _, changed := range mutations(value) {
				if changed == value {
					continue
				}
				c.quietly("Load of a changed value", func() {
					s, err := c.d.Load(c.ctx, changed)
					switch {
					case err == nil:
						c.same("Load of a changed value", s.Payload, w.Payload)
					case !errors.Is(err, driver.ErrRefused):
						c.broken("Load of a changed value returned the error %v; it should wrap ErrRefused", err)
					}
				})
			}
			c.holds(value, w.Payload)
		}
	}},
	{name: "Times", says: "SavedAt is the time of the save, to the second, or zero; so is ExpiresAt that of the end", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value")
			w.At, w.Expires = w.At.Add(400*time.Millisecond), w.Expires.Add(400*time.Millisecond)
			_, s := c.saved(w)
			if !s.SavedAt.IsZero() && s.SavedAt.Unix() != w.At.Unix() {
				c.broken("it was saved at %v, and Load says %v", w.At, s.SavedAt)
			}
			if !s.ExpiresAt.IsZero() && s.ExpiresAt.Unix() != w.Expires.Unix() {
				c.broken("it was saved to end at %v, and Load says %v", w.Expires, s.ExpiresAt)
			}
		}
	}},
	{name: "NoAgeIsJudged", says: "Load judges no age except that which the value or the record carries", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value")
			w.At = w.At.AddDate(-1, 0, 0)
			value, _ := c.save(w)
			c.holds(value, w.Payload)
		}
	}},
	{name: "OwnValuesAreCurrent", says: "Load does not report what the driver itself saved as accepted from another, or in another codec", run: func(c *checker) {
		for _, owner := range c.shapes() {
			_, s := c.saved(c.write(owner, "a value"))
			if s.Accepted || s.Superseded || s.Codec != nil && s.Codec.Name() != c.info.Codec.Name() {
				c.broken("Load says: accepted %v, superseded %v, codec %v", s.Accepted, s.Superseded, s.Codec != nil)
			}
		}
	}},
}

// brief shows a stranger's value, cut.
func brief(value string) string {
	if len(value) > 40 {
		value = value[:40] + "…"
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' {
			return '?'
		}
		return r
	}, value), "?")
}
