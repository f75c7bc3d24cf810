package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// BenchmarkLoopback measures whole servers, each a process of its own, which wrk asks over 16
// connections for two seconds. Only our own have another page than the small one.
func BenchmarkLoopback(b *testing.B) {
	for _, page := range []string{"small", "template"} {
		for _, s := range servers() {
			if s.foreign != nil && page != "small" {
				continue
			}
			b.Run("page="+page+"/server="+s.String(), func(b *testing.B) { measureServer(b, s, page) })
		}
	}
}

func measureServer(b *testing.B, s server, page string) {
	v, group := startServer(b, s, page)
	if err := v.signIn(s); err != nil {
		b.Fatal(err)
	}
	loadOf(b, v, 1) // which warms the server up
	var requests, micros int64
	var l load
	before := groupTime(b, group)
	for b.Loop() {
		l = loadOf(b, v, 2)
		requests, micros = requests+l.requests, micros+l.micros
	}
	used := groupTime(b, group) - before
	b.ReportMetric(float64(requests)/(float64(micros)/1e6), "requests/s")
	b.ReportMetric(float64(used.Nanoseconds())/float64(requests), "cpu-ns/request")
	b.ReportMetric(float64(l.p50*1000), "p50-ns")
	b.ReportMetric(float64(l.p99*1000), "p99-ns")
	b.ReportMetric(float64(l.p999*1000), "p99.9-ns")
}

// startServer starts a server in a process group of its own, so that its workers are counted, and
// ended, with it.
func startServer(b *testing.B, s server, page string) (*client, int) {
	b.Helper()
	address := "127.0.0.1:" + docprogram.FreePort(b)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"="+s.String()+" "+page+" "+address)
	if s.foreign != nil {
		cmd = s.foreign(b, address)
		cmd.Env = append(cmd.Environ(), "ACTION="+s.action)
	}
	var log strings.Builder
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed, so how it ended does not matter
	})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return &client{url: "http://" + address}, cmd.Process.Pid
		}
	}
	b.Fatalf("%s does not answer on %s: %s", cmd, address, &log)
	return nil, 0
}

// load is what one run of wrk saw. Latencies are in microseconds.
type load struct{ requests, micros, failed, p50, p99, p999 int64 }

// loadOf asks the server again and again, for some seconds. A request that fails fails the
// measurement.
func loadOf(b *testing.B, v *client, seconds int) load {
	b.Helper()
	cmd := exec.Command("wrk", "-t1", "-c16", "-d"+strconv.Itoa(seconds)+"s", "-H", "Cookie: "+v.cookie, "-s", "wrk.lua", v.url+"/")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("wrk, Debian's package of that name: %v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var l load
	if _, err := fmt.Sscan(lines[len(lines)-1], &l.requests, &l.micros, &l.failed, &l.p50, &l.p99, &l.p999); err != nil {
		b.Fatalf("wrk's output cannot be read: %v: %q", err, out)
	}
	if l.failed > 0 || l.requests == 0 {
		b.Fatalf("%d of %d requests to %s failed", l.failed, l.requests, v.url)
	}
	return l
}

// groupTime returns the processor time that a process group has used so far, in steps of 10 ms.
func groupTime(b *testing.B, group int) time.Duration {
	b.Helper()
	out, err := exec.Command("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null").Output()
	if len(out) == 0 {
		b.Fatalf("/proc cannot be read: %v", err) // some error is a process that ended meanwhile
	}
	var ticks int64
	for line := range strings.Lines(string(out)) {
		// The name, in parentheses, may contain spaces. Then come state, parent and group; the 11th
		// and 12th are user and system time (proc(5)).
		_, rest, _ := strings.Cut(line, ") ")
		fields := strings.Fields(rest)
		if len(fields) < 13 || fields[2] != strconv.Itoa(group) {
			continue
		}
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				b.Fatalf("processor time %q: %v", field, err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 on Linux
}

// serveVariable has this test program serve: the server's name, its page and its address.
const serveVariable = "WAFER_BENCH_SERVE"

func TestMain(m *testing.M) {
	if serve := os.Getenv(serveVariable); serve != "" {
		fmt.Fprintln(os.Stderr, listen(strings.Fields(serve)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func listen(words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("%s needs a server, a page and an address: %q", serveVariable, words)
	}
	h, err := handlerOf(words[0], words[1])
	if err != nil {
		return err
	}
	return (&http.Server{Addr: words[2], Handler: h, ReadHeaderTimeout: 10 * time.Second}).ListenAndServe()
}
