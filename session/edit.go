package session

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// An edit is a change of a session that can be applied again to fresher values. Its effect on the
// session's life is part of it.
type edit struct {
	name string // what logs call it: "set", "delete", ...

	// member is what the edit sets, or has the key that it changes. Once the edit was applied, the
	// content has it too, so it is not changed.
	member rawjson.Member

	// needsCookie means that the edit has no effect unless the browser gets a cookie.
	needsCookie bool

	// messages are those that a flash edit adds.
	messages *[]string

	// apply changes c and reports whether it did. Nil sets the member. If it is applied again,
	// after another request was first, an error fails the save.
	apply func(c *content) (changed bool, err error)
}

// again applies the edit to fresher content.
func (e *edit) again(c *content) error {
	if e.apply == nil {
		c.set(&e.member)
		return nil
	}
	_, err := e.apply(c)
	return err
}

// The names by which edits are recognized.
const (
	destroyName = "destroy"
	signInName  = "sign in"
	takeName    = "take flashes"

	flashValueName = "flash value"
)

func setEdit(key, raw string, err error) edit {
	return edit{name: "set", member: rawjson.Member{Key: key, Raw: raw, Err: err}, needsCookie: key == driver.PermanentKey}
}

func deleteEdit(key string) edit {
	return edit{name: "delete", member: rawjson.Member{Key: key}, apply: func(c *content) (bool, error) {
		return c.delete(key), nil
	}}
}

func clearEdit() edit {
	return edit{name: "clear", apply: func(c *content) (bool, error) {
		c.clear()
		return true, nil
	}}
}

// destroyEdit ends the session; what follows it begins another.
func destroyEdit() edit {
	return edit{name: destroyName, apply: func(c *content) (bool, error) {
		c.clear()
		c.life = driver.Begin
		return true, nil
	}}
}

// renewEdit gives the session a new ID. One without values has nothing to protect.
func renewEdit() edit {
	return edit{name: "renew", needsCookie: true, apply: func(c *content) (bool, error) {
		if c.object().Len() == 0 && !c.superseded {
			return false, nil
		}
		c.renew()
		return true, nil
	}}
}

func (c *content) renew() {
	if c.life == driver.Keep {
		c.life = driver.Renew
	}
}

// signInEdit makes the session the owner's: values of another owner are removed, and it gets a new
// ID. Its binding to a device begins anew.
func signInEdit(owner, binding rawjson.Member, at time.Time, codec driver.Codec) edit {
	var name string
	if owner.Err == nil {
		_ = codec.DecodeValue(owner.Raw, &name)
	}
	created := rawjson.Member{Key: driver.CreatedKey, Raw: strconv.FormatInt(at.Unix(), 10)}
	return edit{name: signInName, member: owner, needsCookie: true, apply: func(c *content) (bool, error) {
		if before := c.text(driver.OwnerKey, codec); before != "" && before != name {
			c.clear()
		}
		c.delete(driver.LifetimeKey)
		c.renew()
		c.set(&owner)
		c.set(&created)
		c.delete(driver.BindingKey) // a former one may be another device's
		if binding.Raw != "" {
			c.set(&binding)
		}
		return true, nil
	}}
}

// updateEdit replaces a value by what change makes of it: first, which was made of the value that
// is there, and then, if it is applied again, of the value that is there then.
func updateEdit(first rawjson.Member, change func(old rawjson.Member, ok bool) (rawjson.Member, error)) edit {
	applied := false
	return edit{name: "update", member: first, apply: func(c *content) (bool, error) {
		next := first
		if applied {
			var err error
			if next, err = change(c.get(first.Key)); err != nil {
				return false, fmt.Errorf("%w: %w", ErrOvertaken, err)
			}
		}
		applied = true
		c.set(&next)
		return true, nil
	}}
}

// popEdit removes the value that was popped, which must still be there.
func popEdit(popped rawjson.Member) edit {
	return edit{name: "pop", member: rawjson.Member{Key: popped.Key}, apply: func(c *content) (bool, error) {
		if m, ok := c.get(popped.Key); !ok || m.Raw != popped.Raw {
			return false, ErrOvertaken
		}
		return c.delete(popped.Key), nil
	}}
}

// flashEdit adds messages. Those of one request are in one edit, which keeps no more than the
// limits.
func flashEdit(list *[]string, o *Options) edit {
	return edit{name: "flash", messages: list, apply: func(c *content) (bool, error) {
		for _, raw := range *list {
			c.addFlash(raw, o.MaxFlashes, o.MaxFlashBytes)
		}
		return true, nil
	}}
}

// takeEdit removes the messages that were read, and only those: one that another request adds
// stays.
func takeEdit(read []string) edit {
	return edit{name: takeName, apply: func(c *content) (bool, error) {
		kept := without(c.flashes(), read)
		if len(kept) == len(c.flashes()) {
			return false, nil
		}
		c.setFlashes(kept)
		return true, nil
	}}
}

// without returns a list less the elements of another, each as often as it is there.
func without(list, less []string) []string {
	left := make(map[string]int, len(less))
	for _, one := range less {
		left[one]++
	}
	var kept []string
	for _, one := range list {
		if left[one] > 0 {
			left[one]--
		} else {
			kept = append(kept, one)
		}
	}
	return kept
}

// giveBackEdit puts messages back that were removed and not shown, before those made since.
func giveBackEdit(list []string, o *Options) edit {
	return edit{name: "keep flashes", apply: func(c *content) (bool, error) {
		c.setFlashes(append(slices.Clone(list), c.flashes()...))
		c.trimFlashes(o.MaxFlashes, o.MaxFlashBytes)
		return true, nil
	}}
}
