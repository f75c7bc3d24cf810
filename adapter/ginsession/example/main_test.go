package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
)

func TestApp(t *testing.T) {
	gin.SetMode(gin.TestMode)
	gin.DefaultWriter = io.Discard
	exampletest.Run(t, func(t *testing.T) adaptertest.Server {
		app, err := newApp(secret.New())
		if err != nil {
			t.Fatal(err)
		}
		return &http.Server{Handler: app}
	})
}
