package main

import (
	"regexp"
	"testing"
	"time"
)

func TestADeviceIsNamedAsItsBrowserNamesItself(t *testing.T) {
	for userAgent, want := range map[string]string{
		laptop: "Firefox on Linux",
		phone:  "Chrome on Android",
		tablet: "Safari on iPad",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/122.0.0.0": "Opera on Windows",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                "Chrome on ChromeOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15":         "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148":     "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36":  "Samsung Internet on Android",
		"Mozilla/5.0 (X11; Linux x86_64) SomethingElse/1.0":                                                                             "An unknown browser on Linux",
		"curl/8.14.1":             "curl",
		"":                        "An unknown browser",
		"Mozilla/5.0":             "An unknown browser",
		"no (such) product/1":     "An unknown browser",
		"\x1b[31mred/1":           "An unknown browser",
		string(make([]byte, 100)): "An unknown browser",
	} {
		if got := deviceName(userAgent); got != want {
			t.Errorf("%q: got %q, want %q", userAgent, got, want)
		}
	}
}

var shortAndPlain = regexp.MustCompile(`^[A-Za-z0-9._ -]{1,60}$`)

func FuzzDeviceName(f *testing.F) {
	f.Fuzz(func(t *testing.T, userAgent string) {
		if name := deviceName(userAgent); !shortAndPlain.MatchString(name) {
			t.Errorf("%q is named %q", userAgent, name)
		}
	})
}

func TestATimeIsSaidInWords(t *testing.T) {
	now := time.Now()
	for before, want := range map[time.Duration]string{
		-time.Second:                  "just now",
		0:                             "just now",
		119 * time.Second:             "just now",
		2 * time.Minute:               "2 minutes ago",
		119*time.Minute + time.Second: "119 minutes ago",
		2 * time.Hour:                 "2 hours ago",
		24*time.Hour - time.Second:    "23 hours ago",
	} {
		if got := ago(now.Add(-before), now); got != want {
			t.Errorf("%v: got %q, want %q", before, got, want)
		}
	}
}
