package main

import (
	"testing"

	"github.com/wafer-go/wafer/adapter/internal/exampletest"
)

func TestApp(t *testing.T) { exampletest.Run(t, newApp) }
