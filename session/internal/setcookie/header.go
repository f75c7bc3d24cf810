package setcookie

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// MaxExpires is how far ahead browsers let a cookie expire (RFC 6265bis, section 5.5).
const MaxExpires = 400 * 24 * time.Hour

// AppendExpiry appends when a cookie expires. Max-Age is for browsers whose clock differs from the
// server's; Expires for those that only know that.
func AppendExpiry(dst []byte, now time.Time, lifetime time.Duration) []byte {
	dst = append(dst, "; Expires="...)
	dst = now.Add(lifetime).UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "; Max-Age="...)
	return strconv.AppendInt(dst, int64(lifetime/time.Second), 10)
}

// AppendDeletion appends what makes a browser delete a cookie.
func AppendDeletion(dst []byte) []byte {
	return append(dst, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"...)
}

// Replace puts the Set-Cookie line of the named cookie into h, in the place of an earlier one: a
// browser that gets two keeps either. The last line that the caller had put there is in room, and
// this one is afterwards. It reports whether another one was there.
func Replace(h http.Header, name, line string, room *[1]string) (another bool) {
	own := room[0]
	lines := slices.DeleteFunc(h["Set-Cookie"], func(l string) bool {
		same := len(l) > len(name) && l[:len(name)] == name && l[len(name)] == '='
		another = another || same && l != own
		return same
	})
	room[0] = line
	if len(lines) == 0 {
		h["Set-Cookie"] = room[:]
	} else {
		h["Set-Cookie"] = append(lines, line)
	}
	return another
}
