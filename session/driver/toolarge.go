package driver

import (
	"fmt"
	"strings"
)

// A TooLargeError says that a cookie would be larger than browsers keep. They would drop it
// silently, so nothing was sent. Or the backend cannot hold the session. It matches [ErrTooLarge].
type TooLargeError struct {
	Cookie  string    // the cookie's name
	Size    int       // bytes of name and value
	Limit   int       // bytes of name and value; see Options.MaxCookieSize
	Largest []KeySize // the largest values, largest first, three at most
	Values  int       // how many values there are
	Err     error     // why the backend cannot hold it; then Cookie, Size and Limit are not set
}

// KeySize is how many bytes a key and its value need as JSON.
type KeySize struct {
	Key  string
	Size int // bytes, before the cookie's base64 makes four of three
}

// Error names the sizes and the largest keys.
func (e *TooLargeError) Error() string {
	var b strings.Builder
	remedy := ", such as a record's ID instead of the record, or use session.Overflow"
	if e.Err != nil {
		b.WriteString(e.Err.Error())
		remedy = ""
	} else {
		fmt.Fprintf(&b, "session: the cookie %s would be %d bytes, over the limit of %d", e.Cookie, e.Size, e.Limit)
	}
	for i, k := range e.Largest {
		switch {
		case i > 0:
			b.WriteString(", ")
		case e.Values > len(e.Largest):
			fmt.Fprintf(&b, "; the largest of its %d values are ", e.Values)
		default:
			b.WriteString("; the largest values are ")
		}
		fmt.Fprintf(&b, "%s (%d bytes)", QuoteKey(k.Key), k.Size)
	}
	b.WriteString("; keep less in the session" + remedy)
	return b.String()
}

// Is reports whether target is [ErrTooLarge].
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

func (e *TooLargeError) Unwrap() error { return e.Err }
