package main

import (
	"context"
	"os"

	"github.com/wafer-go/wafer/internal/bench/loopback"
	"github.com/wafer-go/wafer/internal/bench/report"
	"github.com/wafer-go/wafer/internal/bench/subject"
)

// overLoopback measures whole servers.
func overLoopback(ctx context.Context, o settings) (*report.Results, error) {
	servers := loopback.Servers(o.page, o.profile)
	if o.subjects != "" {
		var err error
		if servers, err = subject.Pick(servers, o.subjects, "server", func(s *loopback.Server) string { return s.Name }); err != nil {
			return nil, err
		}
	}
	results := report.New()
	var err error
	results.Servers, err = loopback.Run(ctx, servers, o.rounds, o.connections, o.duration, os.Stderr)
	return results, err
}
