package loopback

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

//go:embed wrk.lua
var wrkScript []byte

// seen is what one run of wrk saw. Latencies are in microseconds.
type seen struct {
	Requests, Micros, Failed int64
	P50, P99, P999           int64
}

// load asks url again and again with a cookie, over some connections, for d. A
// request that fails fails the measurement.
func load(ctx context.Context, script, url, cookie string, connections int, d time.Duration) (seen, error) {
	seconds := max(int(d.Round(time.Second)/time.Second), 1)
	cmd := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(connections), fmt.Sprintf("-d%ds", seconds),
		"-H", "Cookie: "+cookie, "-s", script, url)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return seen{}, fmt.Errorf("wrk: %w: %s (Debian's package is wrk)", err, strings.TrimSpace(stderr.String()))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var s seen
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		return seen{}, fmt.Errorf("wrk's output cannot be read: %w: %q", err, out)
	}
	if s.Failed > 0 || s.Requests == 0 {
		return seen{}, fmt.Errorf("%d of %d requests to %s failed", s.Failed, s.Requests, url)
	}
	return s, nil
}
