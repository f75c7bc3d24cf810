package dbsc

import (
	"strings"
	"testing"
)

// A binding that no Guard has written binds nothing: it is refused, and the session with it.
func TestParseBinding_RefusesWhatNoGuardWrites(t *testing.T) {
	id := strings.Repeat("A", idLength)
	for text, good := range map[string]bool{
		id: true, id + ".ES256.KEY.1.2.3.4": true, id + ".RS256.KEY.1.2.3.4": true,
		"": false, id[1:]: false, id + "A": false, id + ".": false,
		id[1:] + ".ES256.KEY.1.2.3.4": false, id + "A.ES256.KEY.1.2.3.4": false,
		id + ".none.KEY.1.2.3.4": false, id + "..KEY.1.2.3.4": false, id + ".ES256..1.2.3.4": false,
		id + ".ES256.KEY.x.2.3.4": false, id + ".ES256.KEY.1.x.3.4": false, id + ".ES256.KEY.1.2.x.4": false, id + ".ES256.KEY.1.2.3.x": false,
		id + ".ES256.KEY..2.3.4": false, id + ".ES256.KEY.1..3.4": false, id + ".ES256.KEY.1.2..4": false, id + ".ES256.KEY.1.2.3.": false,
		id + ".ES256.KEY.1.2.3": false, id + ".ES256.KEY.1.2": false, id + ".ES256.KEY": false, id + ".ES256.KEY.1.2.3.4.5": false,
	} {
		if b, err := parseBinding(text); (err == nil) != good || good && b.String() != text {
			t.Errorf("%q is read as %+v, %v", text, b, err)
		}
	}
}
