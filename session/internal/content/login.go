package content

import (
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// A Login makes edits of what another program's login does in a request.
type Login struct {
	By      driver.Login
	Codec   driver.Codec
	Request *http.Request
}

// Owner returns the user who is signed in.
func (l Login) Owner(c *Content) string { return l.By.Owner(&typed{c: c, codec: l.Codec}) }

// ToArrive judges a session that was loaded. If that signs a user in, the session gets a new ID
// and is not bound to a device: the user proved nothing.
func (l Login) ToArrive(at time.Time) Edit {
	return Edit{Kind: Arrive, NeedsCookie: true, Change: func(c *Content) (bool, error) {
		v := &typed{c: c, codec: l.Codec}
		before := l.By.Owner(v)
		l.By.Arrive(l.Request, v)
		if owner := l.By.Owner(v); v.changed && owner != "" && owner != before {
			c.begin(rawjson.Member{}, at)
		}
		return v.changed, nil
	}}
}

// ToSignIn is content.ToSignIn as the other program does it.
func (l Login) ToSignIn(owner string, member, binding rawjson.Member, at time.Time) Edit {
	return Edit{Kind: SignIn, Member: member, NeedsCookie: true, Change: func(c *Content) (bool, error) {
		if before := l.Owner(c); before != "" && before != owner {
			c.Clear()
		}
		c.begin(binding, at)
		l.setOwner(c, owner, member, at)
		return true, nil
	}}
}

// ToSetOwner is ToSignIn, and leaves the values and the ID as they are.
func (l Login) ToSetOwner(owner string, member rawjson.Member, at time.Time) Edit {
	return Edit{Kind: Set, Member: member, Change: func(c *Content) (bool, error) {
		l.setOwner(c, owner, member, at)
		return true, nil
	}}
}

// setOwner signs the owner in. An owner that cannot be one fails the save, as a value that cannot
// be encoded does.
func (l Login) setOwner(c *Content, owner string, member rawjson.Member, at time.Time) {
	c.Delete(driver.OwnerKey) // of a time when there was no Login
	if member.Err == nil {
		member.Raw, member.Err = "null", l.By.SignIn(l.Request, &typed{c: c, codec: l.Codec}, owner, at)
	}
	if member.Err != nil {
		c.Set(&member)
	}
}

// ToSignOut makes an edit sign the user out too, after it.
func (l Login) ToSignOut(e Edit) Edit {
	change := e.Change
	e.Change = func(c *Content) (bool, error) {
		changed, err := change(c)
		v := &typed{c: c, codec: l.Codec}
		l.By.SignOut(l.Request, v)
		return changed || v.changed, err
	}
	return e
}

// ToLeave sets cookie to the Set-Cookie line that goes with the response.
func (l Login) ToLeave(at time.Time, cookie *string) Edit {
	return Edit{Kind: Leave, Change: func(c *Content) (bool, error) {
		v := &typed{c: c, codec: l.Codec}
		*cookie = l.By.Leave(l.Request, v, at)
		return v.changed, nil
	}}
}

// typed is a content as a driver.Login sees it.
type typed struct {
	c       *Content
	codec   driver.Codec
	changed bool
}

var _ driver.Values = (*typed)(nil)

// Len returns how many values there are.
func (t *typed) Len() int { return t.c.Values().Len() }

// Get decodes a value.
func (t *typed) Get(key string, into any) bool {
	m, ok := t.c.Get(key)
	return ok && m.Err == nil && t.codec.DecodeValue(m.Raw, into) == nil
}

// Set encodes a value. To set the value that is there changes nothing.
func (t *typed) Set(key string, value any) {
	buf := buffer.Get()
	defer buf.Free()
	var err error
	m := rawjson.Member{Key: key, Raw: "null"}
	if buf.B, err = t.codec.AppendValue(buf.B, value); err != nil {
		m.Err = err
	} else {
		m.Raw = string(buf.B)
	}
	if old, ok := t.c.Get(key); ok && err == nil && old.Err == nil && old.Raw == m.Raw {
		return
	}
	t.c.Set(&m)
	t.changed = true
}

// Delete removes a value.
func (t *typed) Delete(key string) { t.changed = t.c.Delete(key) || t.changed }
