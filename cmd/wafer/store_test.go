package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

// The scripts in testdata/store run `wafer store`. They have, further,
//
//	save URL ID OWNER SECONDS DATA [IDLE]
//	                                 saves a session under the ID that begins
//	                                 with ID and goes on with zeros, to expire
//	                                 in so many seconds, last used IDLE seconds
//	                                 ago
//	large URL ID BYTES               saves one of so many bytes
//	interrupt URL ID STATUS COMMAND  sends an interrupt to a command as soon as
//	                                 the session is there, and wants the status
//	tty ANSWER COMMAND...            runs a command at a terminal, and types
//	                                 ANSWER; stdout is all that is seen there
//
// and in their environment the URLs POSTGRES, MYSQL, REDIS, CLUSTER and
// MEMCACHED, with a table or prefix of the script's own.
func TestStoreScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/store",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("WAFER_UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			urls := map[string]string{
				"POSTGRES":  own(t, "WAFER_POSTGRES", "table"),
				"MYSQL":     own(t, "WAFER_MYSQL", "table"),
				"REDIS":     own(t, "WAFER_REDIS", "prefix"),
				"CLUSTER":   own(t, "WAFER_REDIS_CLUSTER", "prefix"),
				"MEMCACHED": own(t, "WAFER_MEMCACHED", "prefix"),
			}
			for name, address := range urls {
				env.Setenv(name, address)
				wrong, err := url.Parse(address)
				if err != nil {
					return err
				}
				wrong.User = url.UserPassword("nobody", "hunter2")
				env.Setenv(name+"_WRONG", wrong.String())
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"save":      save,
			"tty":       tty,
			"large":     large,
			"interrupt": interrupt,
		},
	})
}

var owns atomic.Int64

// own returns the URL in an environment variable, with a table or prefix that
// nothing else uses.
func own(t *testing.T, variable, option string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, which starts the servers that they need", variable)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is not a URL", variable)
	}
	options := u.Query()
	options.Set(option, fmt.Sprintf("wafer_tool_%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, owns.Add(1)))
	u.RawQuery = options.Encode()
	return u.String()
}

func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 || len(args) > 6 {
		ts.Fatalf("usage: save URL ID OWNER SECONDS DATA [IDLE]")
	}
	seconds, err := strconv.Atoi(args[3])
	ts.Check(err)
	idle := 0
	if len(args) == 6 {
		idle, err = strconv.Atoi(args[5])
		ts.Check(err)
	}
	s, closeStore := openFor(ts, args[0])
	defer closeStore()
	_, err = s.Save(context.Background(), padded(ts, args[1]), store.Record{
		Data:    []byte(args[4]),
		Used:    time.Now().Add(-time.Duration(idle) * time.Second),
		Expires: time.Now().Add(time.Duration(seconds) * time.Second),
		Owner:   args[2],
	})
	ts.Check(err)
}

func large(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: large URL ID BYTES")
	}
	size, err := strconv.Atoi(args[2])
	ts.Check(err)
	save(ts, false, []string{args[0], args[1], "", "3600", strings.Repeat("x", size)})
}

// openFor opens the store of a URL, with its table made. A file is the script's.
func openFor(ts *testscript.TestScript, address string) (store.Store, func()) {
	l, err := stores.Parse(strings.Replace(address, "sqlite:", "sqlite:"+ts.Getenv("WORK")+"/", 1))
	ts.Check(err)
	_, err = l.Migrate(context.Background())
	ts.Check(err)
	s, err := l.Open(context.Background(), nil)
	ts.Check(err)
	return s.Store, func() { ts.Check(s.Close()) }
}

func padded(ts *testscript.TestScript, digits string) store.ID {
	id, err := store.ParseID(digits + strings.Repeat("0", 64-len(digits)))
	ts.Check(err)
	return id
}

func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupt URL ID STATUS COMMAND...")
	}
	s, closeStore := openFor(ts, args[0])
	defer closeStore()
	cmd := exec.Command(args[3], args[4:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err := s.Load(context.Background(), padded(ts, args[1])); err == nil {
			break
		}
		if time.Since(start) > 20*time.Second {
			_ = cmd.Process.Kill()
			ts.Fatalf("the session did not come")
		}
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	err := cmd.Wait()
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[2] {
		ts.Fatalf("the exit status is %s, want %s: %v", got, args[2], err)
	}
}

func tty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tty ANSWER COMMAND...")
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "WAFER_STORE="+ts.Getenv("WAFER_STORE"))
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 25, Cols: 120})
	ts.Check(err)
	defer terminal.Close()
	if args[0] != "" {
		_, err := io.WriteString(terminal, args[0]+"\n")
		ts.Check(err)
	}
	// Linux says EIO, and not the end of the file, when the program has ended.
	seen, _ := io.ReadAll(terminal)
	_, err = ts.Stdout().Write([]byte(strings.ReplaceAll(string(seen), "\r\n", "\n")))
	ts.Check(err)
	if err := cmd.Wait(); err != nil {
		fmt.Fprintf(ts.Stdout(), "%v\n", err)
	}
}
