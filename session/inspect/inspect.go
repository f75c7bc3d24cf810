// Package inspect describes the session of one request as session.Manager.Inspect found it. A page,
// such as that of package session/debug, can show it to a developer.
package inspect

import (
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// An Inspection contains all that is known of the session of one request. A page can show it to the
// developer. It contains the session's values: show it only to that visitor. It contains no token
// and no key.
type Inspection struct {
	Backend string // what keeps the session: "signed", "sealed", "stored", ...

	Cookie     string // the cookie's name
	Attributes string // what follows its value in Set-Cookie, except the expiry
	Sizes      []int  // of each cookie of that name in the request, bytes of name and value
	Limit      int    // bytes of name and value

	Found    bool  // the request came with a session
	Refused  error // why its cookie was refused, if one was
	Failure  error // why the backend could not tell
	Accepted bool  // an accepted key, a previous backend or a former name wrote it
	By       string
	ID       string // of the record in a store; see session.Session.ID
	Owner    string

	// Written is when it was last saved (in a store, or used), Begun since when AbsoluteTimeout
	// counts, and Expires is session.Session.ExpiresAt. They are zero if nothing is known.
	Written, Begun, Expires time.Time

	// Binding is the device that the session is bound to, or nil; see package dbsc.
	Binding *Binding

	Permanent bool
	Values    []Value          // in the order of their keys
	Flashes   []driver.Message // that wait to be shown
	Changes   []string         // what this request has done to it so far, such as `set "username"`
	Late      []string         // of Changes, those that came after the header was sent, and are lost

	Now time.Time // by Options.Clock

	// Warnings are the mistakes that this request shows, or that were logged since the program
	// began.
	Warnings []Warning
}

// A Binding is the device that a session is bound to.
type Binding struct {
	Algorithm string    // of the device's key; empty if its browser was offered to register one
	Since     time.Time // when it was registered
	Enforced  time.Time // from when on each request must prove it

	// Proved is the last proof, by the bound cookie that this request has, and Refresh when the
	// browser has to prove it again. They are zero if it has no valid one.
	Proved, Refresh time.Time
}

// A Value is one key of a session.
type Value struct {
	Key  string
	JSON string // as it is kept; Err if it cannot be
	Size int    // bytes of JSON
	Err  error
}
