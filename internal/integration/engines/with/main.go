// Command with starts all engines that Wafer's tests need, runs another command
// with their URLs in its environment, and stops them:
//
//	go run ./engines/with -- COMMAND [ARGUMENT...]
//
// The variables are WAFER_POSTGRES, WAFER_MYSQL, WAFER_REDIS,
// WAFER_REDIS_CLUSTER and WAFER_MEMCACHED. An engine whose variable is set
// already is not started. With WAFER_VOLATILE set, those that it starts do not
// wait for the disk. It exits with the command's own status, or 128 and
// the signal's number if a signal ended that, as a shell does.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/wafer-go/wafer/internal/integration/engines"
)

func main() {
	arguments := os.Args[1:]
	if len(arguments) < 2 || arguments[0] != "--" {
		fmt.Fprintln(os.Stderr, "usage: with -- COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	status, err := run(arguments[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "with:", err)
	}
	os.Exit(status)
}

// run returns the status to exit with. Engines that do not stop fail a command
// that succeeded.
func run(command []string) (status int, err error) {
	// From now on a signal ends this program only after the engines were stopped.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)

	var kinds []engines.Kind
	for _, kind := range engines.Kinds(os.Getenv("WAFER_VOLATILE") != "") {
		if os.Getenv(kind.Variable) == "" {
			kinds = append(kinds, kind)
		}
	}
	running, err := engines.StartAll(kinds)
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := engines.StopAll(running); stopErr != nil {
			status, err = max(status, 1), errors.Join(err, stopErr)
		}
	}()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	for i, kind := range kinds {
		cmd.Env = append(cmd.Env, kind.Variable+"="+running[i].URL())
	}
	return wait(cmd, signals)
}

// wait runs the command and passes signals on to it. One that came before it
// was started is in its way.
func wait(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	select {
	case s := <-signals:
		return stopped(s), nil
	default:
	}
	if err := engines.Start(cmd); err != nil {
		return 127, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended just now
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				err = nil
			}
			if w, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
				return stopped(w.Signal()), err
			}
			return cmd.ProcessState.ExitCode(), err
		}
	}
}

func stopped(s os.Signal) int {
	if s, ok := s.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}
