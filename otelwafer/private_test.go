package otelwafer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestNothingOfAVisitorsIsMeasured(t *testing.T) {
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "stored": session.Stored(memstore.New(nil)),
	} {
		p := newProgram(t, backend, otelwafer.Options{SpanEvents: true})
		var id, cookie string
		var told []string
		for _, f := range []func(w http.ResponseWriter, s *session.Session){
			func(_ http.ResponseWriter, s *session.Session) {
				username.Set(s, "lovelace")
				s.SetOwner("lovelace")
				s.FlashAs("lovelace", "lovelace")
			},
			func(_ http.ResponseWriter, s *session.Session) {
				id, cookie = s.ID(), p.cookie
				s.Set("lovelace", 1)
			},
			func(_ http.ResponseWriter, s *session.Session) { s.Set("lovelace", func() {}) },
			func(w http.ResponseWriter, s *session.Session) {
				s.Len()
				w.(http.Flusher).Flush()
				s.Delete("lovelace")
				s.Renew()
			},
			func(_ http.ResponseWriter, s *session.Session) { s.Destroy() },
			func(_ http.ResponseWriter, s *session.Session) { s.Len() },
		} {
			if cookie != "" && p.cookie == "" {
				p.cookie = cookie + "lovelace"
			}
			told = append(told, p.traced(sdktrace.AlwaysSample(), f)...)
		}
		var all bytes.Buffer
		if err := json.NewEncoder(&all).Encode(collect(t, p.reader)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&all, p.measured(), told)
		for _, private := range []string{"lovelace", "example.com", cookie, cookie[:20], id} {
			if private != "" && strings.Contains(all.String(), private) {
				t.Errorf("%s: %q is in %s", name, private, all.String())
			}
		}
		if !strings.Contains(all.String(), "wafer.session.saved") || !strings.Contains(all.String(), "bad_value") || !strings.Contains(all.String(), "refused") {
			t.Errorf("%s: the test sees %s", name, all.String())
		}
	}
}
