package setcookie

import (
	"net/http"
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
