package loopback

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that runs in a process group of its own, so that its
// workers are counted, and ended, with it.
type process struct {
	cmd     *exec.Cmd
	in      io.Closer
	own     bool
	address string
	log     *bytes.Buffer
}

// startOwn starts one of our own programs and waits for its address.
func startOwn(name, page, profiles string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"-serve", name, "-page", page}
	if profiles != "" {
		args = append(args, "-profile", filepath.Join(profiles, name+"-"+page+"-page.cpu.pprof"))
	}
	p, out, err := start(exec.Command(self, args...))
	if err != nil {
		return nil, err
	}
	p.own = true
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("the server %s told no address: %w: %s", name, err, p.log)
	}
	p.address = strings.TrimSpace(line)
	return p, nil
}

// startOn starts a foreign program that was told to listen on address.
func startOn(cmd *exec.Cmd, address string) (*process, error) {
	p, out, err := start(cmd)
	if err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.address = address
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			return p, c.Close()
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s does not answer on %s: %s", cmd, address, p.log)
}

func start(cmd *exec.Cmd) (*process, io.Reader, error) {
	p := &process{cmd: cmd, log: new(bytes.Buffer)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = p.log
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	p.in = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return p, out, cmd.Start()
}

// stop ends the process and those that it started.
func (p *process) stop() {
	wait := time.Duration(0)
	if p.own {
		wait = 2 * time.Second // it ends with its input
	}
	_ = p.in.Close()
	term := time.AfterFunc(wait, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) })
	defer term.Stop()
	kill := time.AfterFunc(5*time.Second, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	_ = p.cmd.Wait() // it was told to end, so how does not matter
}

// tick is the unit of processor time in /proc: Linux's USER_HZ is 100 on every
// processor that Go runs on (proc(5)).
const tick = 10 * time.Millisecond

// used returns the processor time that the group has used so far.
func (p *process) used() (time.Duration, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	group := strconv.Itoa(p.cmd.Process.Pid)
	var ticks int64
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, may hold spaces. Then come state, parent and
		// group; 11th and 12th are user and system time.
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 13 || fields[2] != group {
			continue
		}
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", path, err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * tick, nil
}

// freeAddress returns an address of this machine on which no program listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
