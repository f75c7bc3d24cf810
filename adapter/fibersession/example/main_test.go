package main

import (
	"net"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
)

type server struct{ *fiber.App }

func (s server) Serve(l net.Listener) error {
	return s.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
}

func (s server) Close() error { return s.Shutdown() }

func TestApp(t *testing.T) {
	exampletest.Run(t, func(t *testing.T) adaptertest.Server {
		app, err := newApp(secret.New())
		if err != nil {
			t.Fatal(err)
		}
		return server{app}
	})
}
