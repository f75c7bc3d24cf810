package main

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
)

func TestApp(t *testing.T) {
	exampletest.Run(t, func(key secret.Key) (http.Handler, error) {
		app, err := newApp(key)
		if err != nil {
			return nil, err
		}
		return adaptor.FiberApp(app), nil
	})
}
