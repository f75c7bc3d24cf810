package main

import (
	"io"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
)

func TestApp(t *testing.T) {
	gin.SetMode(gin.TestMode)
	gin.DefaultWriter = io.Discard
	exampletest.Run(t, newApp)
}
