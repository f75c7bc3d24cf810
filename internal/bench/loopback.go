package main

import (
	"context"

	"github.com/wafer-go/wafer/internal/bench/report"
)

func overLoopback(ctx context.Context, o settings) (*report.Results, error) { return report.New(), nil }
