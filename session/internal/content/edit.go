package content

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// ErrOvertaken is session.ErrOvertaken.
var ErrOvertaken = errors.New("session: another request was first, so nothing of this one is saved")

// An Edit is a change of a session that can be applied again to fresher values. Its effect on the
// session's life is part of it.
type Edit struct {
	Kind Kind

	// NeedsCookie means that the edit has no effect unless the browser gets a cookie.
	NeedsCookie bool

	// Member is what the edit sets, or has the key that it changes. Once the edit was applied, the
	// content has it too, so it is not changed.
	Member rawjson.Member

	// Messages are those that a Flash edit adds.
	Messages *[]string

	// Change changes c and reports whether it did. Nil sets the member. If it is applied again,
	// after another request was first, an error fails the save.
	Change func(c *Content) (changed bool, err error)
}

// A Kind is what logs call an edit.
type Kind string

// The kinds of edits.
const (
	Set          Kind = "set"
	Delete       Kind = "delete"
	Clear        Kind = "clear"
	Destroy      Kind = "destroy"
	Renew        Kind = "renew"
	SignIn       Kind = "sign in"
	Arrive       Kind = "arrive"
	Leave        Kind = "leave"
	RestartClock Kind = "restart clock"
	Update       Kind = "update"
	Pop          Kind = "pop"
	FlashValue   Kind = "flash value"
	Sweep        Kind = "sweep"
	Flash        Kind = "flash"
	Take         Kind = "take flashes"
	GiveBack     Kind = "keep flashes"
	Restore      Kind = "restore flashes"
	Discard      Kind = "discard flashes"
)

// String returns the edit's kind and key, as logs show them.
func (e *Edit) String() string {
	if e.Member.Key == "" {
		return string(e.Kind)
	}
	return string(e.Kind) + " " + driver.QuoteKey(e.Member.Key)
}

// Apply applies the edit, also again to fresher content.
func (e *Edit) Apply(c *Content) (changed bool, err error) {
	if e.Change == nil {
		c.Set(&e.Member)
		return true, nil
	}
	return e.Change(c)
}

// ToSet sets the value at key, or keeps err as the reason why there is none.
func ToSet(key, raw string, err error) Edit {
	return Edit{Kind: Set, Member: rawjson.Member{Key: key, Raw: raw, Err: err}, NeedsCookie: key == driver.PermanentKey}
}

// ToDelete removes the value at key.
func ToDelete(key string) Edit {
	return Edit{Kind: Delete, Member: rawjson.Member{Key: key}, Change: func(c *Content) (bool, error) {
		return c.Delete(key), nil
	}}
}

// ToClear removes all values.
func ToClear() Edit {
	return Edit{Kind: Clear, Change: func(c *Content) (bool, error) {
		c.Clear()
		return true, nil
	}}
}

// ToDestroy ends the session; what follows it begins another.
func ToDestroy() Edit {
	return Edit{Kind: Destroy, Change: func(c *Content) (bool, error) {
		c.Clear()
		c.Life = driver.Begin
		return true, nil
	}}
}

// ToRenew gives the session a new ID. One without values and without an ID has nothing to protect.
func ToRenew() Edit {
	return Edit{Kind: Renew, NeedsCookie: true, Change: func(c *Content) (bool, error) {
		if c.Values().Len() == 0 && !c.Recorded {
			return false, nil
		}
		c.Renew()
		return true, nil
	}}
}

// ToSignIn makes the session the owner's: values of another owner are removed, and it gets a new
// ID, and a new binding to a device, or none.
func ToSignIn(owner, binding rawjson.Member, at time.Time, codec driver.Codec) Edit {
	var name string
	if owner.Err == nil {
		_ = codec.DecodeValue(owner.Raw, &name)
	}
	return Edit{Kind: SignIn, Member: owner, NeedsCookie: true, Change: func(c *Content) (bool, error) {
		if before, _ := c.Text(driver.OwnerKey, codec); before != "" && before != name {
			c.Clear()
		}
		c.begin(binding, at)
		c.Set(&owner)
		return true, nil
	}}
}

// begin gives the session a new ID and a clock of its own, because a user signs in.
func (c *Content) begin(binding rawjson.Member, at time.Time) {
	created := unixTime(at)
	c.Delete(driver.LifetimeKey)
	c.Renew()
	c.Set(&created)
	c.Delete(driver.BindingKey) // a former one may be another device's
	if binding.Raw != "" {
		c.Set(&binding)
	}
}

// ToRestartClock has the absolute timeout count from a time on. A session that begins in this
// request has a clock of its own.
func ToRestartClock(at time.Time) Edit {
	created := unixTime(at)
	return Edit{Kind: RestartClock, Change: func(c *Content) (bool, error) {
		if c.Values().Len() == 0 {
			return false, nil
		}
		c.Set(&created)
		return true, nil
	}}
}

// unixTime is when a session began, as it is kept.
func unixTime(at time.Time) rawjson.Member {
	return rawjson.Member{Key: driver.CreatedKey, Raw: strconv.FormatInt(at.Unix(), 10)}
}

// ToUpdate replaces a value by what change makes of it: first, which was made of the value that is
// there, and then, if it is applied again, of the value that is there then.
func ToUpdate(first rawjson.Member, change func(old rawjson.Member, ok bool) (rawjson.Member, error)) Edit {
	applied := false
	return Edit{Kind: Update, Member: first, Change: func(c *Content) (bool, error) {
		next := first
		if applied {
			var err error
			if next, err = change(c.Get(first.Key)); err != nil {
				return false, fmt.Errorf("%w: %w", ErrOvertaken, err)
			}
		}
		applied = true
		c.Set(&next)
		return true, nil
	}}
}

// ToPop removes the value that was popped, which must still be there.
func ToPop(popped rawjson.Member) Edit {
	return Edit{Kind: Pop, Member: rawjson.Member{Key: popped.Key}, Change: func(c *Content) (bool, error) {
		if m, ok := c.Get(popped.Key); !ok || m.Raw != popped.Raw {
			return false, ErrOvertaken
		}
		return c.Delete(popped.Key), nil
	}}
}

// ToFlashValue has the value at key last for the next request only.
func ToFlashValue(key string) Edit {
	return Edit{Kind: FlashValue, Member: rawjson.Member{Key: key}, Change: func(c *Content) (bool, error) {
		keys := append(c.Once(), key)
		slices.Sort(keys)
		c.setOnce(slices.Compact(keys))
		return true, nil
	}}
}

// ToSweep removes values that were for one request only.
func ToSweep(keys []string) Edit {
	return Edit{Kind: Sweep, Change: func(c *Content) (bool, error) {
		for _, key := range keys {
			c.Delete(key)
		}
		return true, nil
	}}
}

// ToFlash adds messages. Those of one request are in one edit, which keeps no more than the limits.
func ToFlash(list *[]string, limits Limits) Edit {
	return Edit{Kind: Flash, Messages: list, Change: func(c *Content) (bool, error) {
		for _, raw := range *list {
			c.AddFlash(raw, limits)
		}
		return true, nil
	}}
}

// ToTake removes the messages that were read, and only those: one that another request adds stays.
func ToTake(read []string) Edit {
	return Edit{Kind: Take, Change: func(c *Content) (bool, error) {
		kept := Without(c.Flashes(), read)
		if len(kept) == len(c.Flashes()) {
			return false, nil
		}
		c.SetFlashes(kept)
		return true, nil
	}}
}

// ToGiveBack puts messages back that were removed and not shown, before those made since.
func ToGiveBack(list []string, limits Limits) Edit {
	return Edit{Kind: GiveBack, Change: func(c *Content) (bool, error) {
		c.SetFlashes(append(slices.Clone(list), c.Flashes()...))
		c.TrimFlashes(limits)
		return true, nil
	}}
}

// ToRestore puts back messages that may have been removed, before the others. Applied again, after
// another request was first, it leaves them to that request: they were not removed by this one.
func ToRestore(list []string, limits Limits) Edit {
	applied := false
	return Edit{Kind: Restore, Change: func(c *Content) (bool, error) {
		if applied {
			return false, nil
		}
		applied = true
		c.SetFlashes(append(slices.Clone(list), Without(c.Flashes(), list)...))
		c.TrimFlashes(limits)
		return true, nil
	}}
}

// ToDiscard drops the messages that match.
func ToDiscard(matches func(raw string) bool) Edit {
	return Edit{Kind: Discard, Change: func(c *Content) (bool, error) {
		before := c.Flashes()
		after := slices.DeleteFunc(slices.Clone(before), matches)
		if len(after) != len(before) {
			c.SetFlashes(after)
		}
		return len(after) != len(before), nil
	}}
}
