package flasklogin

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
)

// FuzzArrive signs in no user but the one that the session or a remember cookie of this key names, and
// writes no line end into Set-Cookie, whatever values the session has.
func FuzzArrive(f *testing.F) {
	var all []*Logins
	for _, release := range []Release{Since05, Before05, Main} {
		for _, protection := range []Protection{Basic, Strong, Off} {
			all = append(all, newLogins(f, &Options{Release: release, Protection: protection, Cookie: RememberCookie{RefreshEachRequest: true}}))
		}
	}
	f.Fuzz(func(t *testing.T, payload, cookie, agent string) {
		var found map[string]any
		if flask.Codec.DecodeValue(payload, &found) != nil || found == nil {
			return
		}
		for _, l := range all {
			v := values(maps.Clone(found))
			r := &http.Request{RemoteAddr: "192.0.2.1:1234", Header: http.Header{"Cookie": {cookie}, "User-Agent": {agent}}}
			named := l.Owner(v)
			l.Arrive(r, v)
			owner := l.Owner(v)
			if remembered, _ := l.Remembered(r); owner != "" && owner != named && owner != remembered {
				t.Errorf("%q is signed in; the session names %q, and the cookie %q", owner, named, remembered)
			}
			if owner != "" && !isOwner(owner) {
				t.Errorf("%q is signed in, who cannot be an owner", owner)
			}
			if line := l.Leave(r, v, time.Unix(1_700_000_000, 0)); strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
				t.Errorf("Set-Cookie: %q", line)
			}
		}
	})
}
