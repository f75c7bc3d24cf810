package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
)

// TestABoundDeviceSaysSo has a browser that binds its sessions, and one that does not know how.
func TestABoundDeviceSaysSo(t *testing.T) {
	h, err := newHandler(opened(t, t.TempDir()+"/devices.db"), secret.New())
	if err != nil {
		t.Fatal(err)
	}
	chrome, safari := devicetest.New(h), devicetest.New(h)
	safari.Deaf = true
	for _, d := range []*devicetest.Device{chrome, safari} {
		d.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		if res := d.Do("POST", "/login", "username=ada"); res.Status != http.StatusSeeOther {
			t.Fatalf("the login answers %d", res.Status)
		}
	}
	if page := chrome.Do("GET", "/", "").Body; !strings.Contains(page, "Bound to this device") || strings.Contains(page, "Bound to that device") {
		t.Errorf("the bound device sees %s", page)
	}
	if page := safari.Do("GET", "/", "").Body; strings.Contains(page, "Bound to this device") || !strings.Contains(page, "Bound to that device") {
		t.Errorf("the other device sees %s", page)
	}
	// Once the browser has refreshed, and the grace is over, a copy is refused; see dbsc's own tests.
	chrome.SetCookie("__Host-devices-bound", "")
	if page := chrome.Do("GET", "/", ""); page.Status != http.StatusOK || chrome.Cookies()["__Host-devices-bound"] == "" {
		t.Errorf("after a refresh the page is %d, and the device keeps %q", page.Status, chrome.Cookies())
	}
}
