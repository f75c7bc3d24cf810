package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// The histogram of sessions that are in the store is there once one was read.
func visited(t *testing.T) *visit {
	t.Helper()
	v := newVisit(t, memstore.New(nil))
	v.post("/login", "username", "ada")
	return v
}

func TestEveryMetricOfTheAlertsIsServed(t *testing.T) {
	rules, err := os.ReadFile("alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	served := visited(t).scrape()
	selectors := regexp.MustCompile(`(wafer_\w+)(?:\{(\w+)=~?"([^"]+)"\})?`).FindAllStringSubmatch(string(rules), -1)
	if len(selectors) < 10 {
		t.Fatalf("found %d selectors", len(selectors))
	}
	for _, s := range selectors {
		for value := range strings.SplitSeq(s[3], "|") {
			label := ""
			if s[2] != "" {
				label = s[2] + `="` + value + `"`
			}
			if !regexp.MustCompile(`(?m)^` + s[1] + `(\{.*)?` + label).MatchString(served) {
				t.Errorf("nothing served is %s", s[0])
			}
		}
	}
}

func TestTheDefaultTimeoutAndCookieSizeAreBuckets(t *testing.T) {
	v := visited(t)
	if session.DefaultMaxCookieSize != 4096 {
		t.Error("the defaults have changed, and the buckets not")
	}
	for _, bucket := range []string{`stored="true",le="5"`, `wafer_session_cookie_size_bytes_bucket{le="4096"`} {
		if !strings.Contains(v.scrape(), bucket) {
			t.Errorf("there is no bucket %s", bucket)
		}
	}
}
