package debug_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/debug"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(s[:])
}

func TestOnlyLoopbackAddressesAreAnswered(t *testing.T) {
	h := opened(t, signed(t), nil)
	for addr, status := range map[string]int{
		"127.0.0.1:1": 200, "127.8.9.10:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200,
		"192.0.2.1:1": 403, "10.0.0.1:1": 403, "[2001:db8::1]:1": 403, "[fe80::1%eth0]:1": 403, "0.0.0.0:1": 403, "[::]:1": 403,
		"": 403, "@": 403, "localhost:1": 403, "127.0.0.1": 403, "127.0.0.1.evil.example:1": 403,
	} {
		r := ask("GET", "")
		r.RemoteAddr = addr
		if w := serve(h, r); w.Code != status || status == 403 && !strings.Contains(w.Body.String(), "only this machine is answered") {
			t.Errorf("%q: answered %d %s", addr, w.Code, w.Body)
		}
	}
}

func TestWhatCameThroughAProxyIsNotLocal(t *testing.T) {
	h := opened(t, signed(t), nil)
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP", "True-Client-IP"} {
		for _, value := range []string{"127.0.0.1", ""} {
			r := ask("GET", "")
			r.Header.Set(name, value)
			w := serve(h, r)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "it came through a proxy") || !strings.Contains(w.Body.String(), "InsecureAllowRemote") {
				t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
			}
			if w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: a cookie is set", name)
			}
		}
	}
}

func TestAnotherSitesNameForThisMachineIsRefused(t *testing.T) {
	h := opened(t, signed(t), &debug.Options{Hosts: []string{"App.test", "192.0.2.7:8080", "[2001:db8::1]"}})
	for host, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST:1": 200, "localhost.": 200, "127.0.0.1:8080": 200, "127.0.0.9": 200, "[::1]:8080": 200, "[::1]": 200,
		"app.test": 200, "APP.test.:99": 200, "192.0.2.7": 200, "[2001:db8::1]:1": 200,
		"evil.example": 403, "localhost.evil.example": 403, "x.app.test": 403, "127.0.0.1.evil.example": 403, "192.0.2.1": 403, "0.0.0.0:8080": 403, "": 403, "evil.example:80@localhost": 403,
	} {
		r := ask("GET", "")
		r.Host = host
		if w := serve(h, r); w.Code != status {
			t.Errorf("%q: answered %d %s", host, w.Code, w.Body)
		}
	}
}

func TestRemoteRequestsAreAnsweredWhereTheOptionsSaySo(t *testing.T) {
	h := debug.New(signed(t), &debug.Options{InsecureAllowRemote: true, Hosts: []string{"app.test"}})
	r := ask("GET", "")
	r.RemoteAddr, r.Host = "192.0.2.1:1", "app.test"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	if w := serve(h, r); w.Code != http.StatusOK {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	r.Host = "evil.example"
	if w := serve(h, r); w.Code != http.StatusForbidden {
		t.Errorf("another host is answered %d", w.Code)
	}
}

func TestARefusalIsPlainText(t *testing.T) {
	r := ask("GET", "")
	r.Host = "<script>"
	w := serve(opened(t, signed(t), nil), r)
	if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(w.Body.String(), "debug.Options.Hosts") {
		t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
	}
}
