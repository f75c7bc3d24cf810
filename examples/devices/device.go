package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session"
)

// device is what a session notes of the device that logged in. It is the
// program's to choose: the session itself knows only its owner, and when it was
// used last.
type device struct {
	Name    string    `json:"name"`
	Address string    `json:"address"`
	Since   time.Time `json:"since"` // of the login
}

const thisDevice = session.Field[device]("device")

// noteDevice describes the device that a request comes from.
func noteDevice(r *http.Request) device {
	// Behind a proxy this is the proxy's address, and the visitor's is in a
	// header that the proxy sets. Do not believe such a header from anyone else.
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	return device{Name: deviceName(r.UserAgent()), Address: address, Since: time.Now().UTC()}
}

// A sign is a part of a User-Agent, and what it says.
type sign struct{ part, name string }

// Browsers call themselves by their ancestors' names too, so the order counts:
// Edge says Chrome and Safari as well.
var (
	browsers = []sign{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = []sign{
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Macintosh", "Mac"},
		{"Linux", "Linux"},
	}
)

// maxProduct is how many bytes of a program's own name are shown.
const maxProduct = 40

// deviceName says in a few words what a User-Agent says of itself. It is enough
// to tell one's own devices apart, and proves nothing: Chrome's relatives say
// Chrome, an iPad may say Mac, and anyone can send any.
func deviceName(userAgent string) string {
	browser := find(browsers, userAgent)
	if browser == "" {
		browser = product(userAgent)
	}
	if system := find(systems, userAgent); system != "" {
		return browser + " on " + system
	}
	return browser
}

func find(signs []sign, userAgent string) string {
	for _, s := range signs {
		if strings.Contains(userAgent, s.part) {
			return s.name
		}
	}
	return ""
}

// product is the name that a User-Agent begins with (RFC 9110, section 10.1.5),
// of programs that are not browsers: curl of "curl/8.5.0".
func product(userAgent string) string {
	name, _, _ := strings.Cut(userAgent, "/")
	plain := name != "" && len(name) <= maxProduct && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
	if !plain || name == "Mozilla" { // which nearly all begin with
		return "An unknown browser"
	}
	return name
}

// ago says how long before now something was. A length of time is right in
// every time zone, and which one the visitor is in, no browser says.
func ago(then, now time.Time) string {
	switch d := now.Sub(then); {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	default:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
}
