package serve

import (
	"net"
	"strings"
	"testing"
)

func TestTheAddressToOpenIsOneThatBrowsersTakeTheCookieFrom(t *testing.T) {
	listening := &net.TCPAddr{Port: 8080}
	for given, want := range map[string]string{
		"localhost:0":    "http://localhost:8080",
		":8080":          "http://localhost:8080",
		"0.0.0.0:8080":   "http://localhost:8080",
		"[::]:8080":      "http://localhost:8080",
		"[::1]:8080":     "http://[::1]:8080",
		"127.0.0.1:8080": "http://127.0.0.1:8080",
	} {
		if got := address(given, listening); got != want {
			t.Errorf("%s: told to open %s, want %s", given, got, want)
		}
	}
}

func TestAnAddressThatIsTakenIsAnErrorWithAWayOut(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if err := UntilStopped(taken.Addr().String(), nil); err == nil || !strings.Contains(err.Error(), "choose another address") {
		t.Errorf("the error is %v", err)
	}
}
