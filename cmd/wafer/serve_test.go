package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

func TestServe_SignsInShowsTheFlashOnceAndStops(t *testing.T) {
	home := docprogram.NewFolder(t, "SECRET_KEY=")
	home.Sh("wafer store migrate sqlite:sessions.db")
	for name, flags := range map[string][]string{"signed": nil, "sealed": {"--sealed"}, "stored": {"--store", "sqlite:sessions.db"}} {
		t.Run(name, func(t *testing.T) {
			address := "localhost:" + docprogram.FreePort(t)
			v := home.Start(address, "wafer", append([]string{"serve", "--addr", address}, flags...)...)
			if page := v.Post("/login", "username", "ada"); !strings.Contains(page, "Hello, ada") || !strings.Contains(page, "You were successfully signed in") {
				t.Errorf("after the login: %s", page)
			}
			if page := v.Get("/"); !strings.Contains(page, "Hello, ada") || strings.Contains(page, "successfully") {
				t.Errorf("at the next page: %s", page)
			}
			printed := regexp.MustCompile(`Open http://` + address + ` \(Ctrl-C stops\)\n.* open this once: http://` + address + `(\S+)\n`).FindStringSubmatch(v.Said())
			if printed == nil {
				t.Fatalf("printed %s", v.Said())
			}
			v.Get(printed[1])
			if page := v.Get(inspectorPath); !strings.Contains(page, "ada") {
				t.Errorf("the inspector: %s", page)
			}
			if err := v.Interrupt(); err != nil {
				t.Errorf("after an interrupt it ends with %v", err)
			}
		})
	}
}
