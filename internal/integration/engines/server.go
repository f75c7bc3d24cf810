package engines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// startTime is how long to wait until a server serves. It is far more
	// than any needs, for machines that are busy with other tests.
	startTime = time.Minute

	// stopTime is how long to wait until a server ends by itself.
	stopTime = 5 * time.Second

	// logTail is how many lines of a server's log an error tells.
	logTail = 15
)

// A Server is one process that serves, with the processes that it starts. Its methods
// may be called by several goroutines, but not concurrently.
type Server struct {
	name, address, url, folder string

	program   string
	arguments []string

	// serves returns nil if the server at the address does its work.
	serves func(ctx context.Context, address string) error

	// quit ends the server without leaving anything behind outside its folder.
	quit syscall.Signal

	mu      sync.Mutex
	process *process // nil if it was killed or never started
}

// Name returns the engine's name, as in "PostgreSQL".
func (s *Server) Name() string { return s.name }

// Address returns the host and port on which the server listens.
func (s *Server) Address() string { return s.address }

// URL returns where clients find the server.
func (s *Server) URL() string { return s.url }

// Kill ends the server and all its processes at once, as kill -9 does, and
// returns when they are gone. It does nothing where none run.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kill()
}

func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.kill(); err != nil {
		return fmt.Errorf("engines: killing %s at %s: %w", s.name, s.address, err)
	}
	s.process = nil
	return nil
}

// Restart starts the server again, on the same port and data, and returns when
// it serves. One that runs is killed first.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.kill(); err != nil {
		return err
	}
	return s.start()
}

// Pause stops the server and all its processes in their tracks, so that
// connections stay and nothing is answered, until Resume.
//
// A program that is itself killed then may leave stopped processes of
// PostgreSQL behind.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a server that was paused go on.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return fmt.Errorf("engines: %s at %s does not run, so it cannot be paused or resumed", s.name, s.address)
	}
	if err := s.process.signalAll(signal); err != nil {
		return fmt.Errorf("engines: sending %v to %s at %s: %w", signal, s.name, s.address, err)
	}
	return nil
}

// Stop ends the server and removes its data. It does nothing the second time.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil && s.quit != syscall.SIGKILL {
		// What it does not do in time, kill does.
		_ = s.process.signalAll(syscall.SIGCONT)
		_ = s.process.cmd.Process.Signal(s.quit)
		s.process.wait(stopTime)
	}
	return errors.Join(s.kill(), os.RemoveAll(s.folder))
}

func (s *Server) start() error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("engines: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(s.program, s.arguments...)
	cmd.Dir = s.folder
	cmd.Env = environment(s.folder)
	cmd.Stdout, cmd.Stderr = log, log
	if s.process, err = start(cmd); err != nil {
		return fmt.Errorf("engines: %s does not start: %w", s.name, err)
	}
	if err := s.await(); err != nil {
		return errors.Join(s.failure(err), s.kill())
	}
	return nil
}

// await returns when the server serves, has ended, or needs too long.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		err := s.serves(ctx, s.address)
		if err == nil {
			return nil
		}
		select {
		case <-s.process.ended:
			return fmt.Errorf("it ended: %v", s.process.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("it does not serve after %v: %w", startTime, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// failure says why a server did not start, with the end of its log.
func (s *Server) failure(err error) error {
	text, readErr := os.ReadFile(s.log())
	if readErr != nil {
		return fmt.Errorf("engines: %s on %s did not start: %w, and its log cannot be read: %w", s.name, s.address, err, readErr)
	}
	return fmt.Errorf("engines: %s on %s did not start: %w; its log ends with:\n%s", s.name, s.address, err, tail(string(text)))
}

func (s *Server) log() string { return filepath.Join(s.folder, "log") }

func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-logTail):], "\n  ")
}

// prepare runs a program that a server needs before its first start.
func prepare(folder, program string, arguments ...string) error {
	cmd := exec.Command(program, arguments...)
	cmd.Dir = folder
	cmd.Env = environment(folder)
	cmd.SysProcAttr = attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("engines: %s failed: %w; it said:\n%s", filepath.Base(program), err, tail(string(out)))
	}
	return nil
}

// environment is what servers see: nothing of the user's settings.
func environment(folder string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder, "LC_ALL=C"}
}
