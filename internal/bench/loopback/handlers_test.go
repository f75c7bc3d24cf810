package loopback

import (
	"io"
	"net/http/httptest"
	"testing"
)

func TestOwnServersReadAndChangeTheSession(t *testing.T) {
	for page := range pages {
		for _, s := range Servers(page, "") {
			h, err := handlerOf(s.Name, page)
			if err != nil {
				continue // a foreign one, which the measurement itself checks
			}
			t.Run(s.Name+"/"+page, func(t *testing.T) {
				server := httptest.NewServer(h)
				defer server.Close()
				if err := (&running{url: server.URL}).signIn(s); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestAServerThatChangesNothingIsNotMeasuredAsOneThatDoes(t *testing.T) {
	h, err := handlerOf("wafer-read", "small")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	if err := (&running{url: server.URL}).signIn(&Server{Name: "wafer-change", session: true, changes: true}); err == nil {
		t.Error("it passes")
	}
}

func TestServeEndsWithItsInput(t *testing.T) {
	in, end := io.Pipe()
	out, told := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve("none", "small", "", in, told) }()
	if _, err := out.Read(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	_ = end.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
