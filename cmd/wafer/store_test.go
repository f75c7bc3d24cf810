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
	data := args[4]
	if name, ok := strings.CutPrefix(data, "@"); ok {
		data = ts.ReadFile(name)
	}
	s := openStore(ts, args[0])
	defer s.Close()
	_, err = s.Save(context.Background(), padded(ts, args[1]), store.Record{
		Data:    []byte(data),
		Used:    time.Now().Add(-time.Duration(idle) * time.Second),
		Expires: time.Now().Add(time.Duration(seconds) * time.Second),
		Owner:   args[2],
	})
	ts.Check(err)
}

// openStore opens the store of a URL, with its table made. A file is the script's.
func openStore(ts *testscript.TestScript, address string) *stores.Store {
	s, err := openMigrated(context.Background(), strings.Replace(address, "sqlite:", "sqlite:"+ts.Getenv("WORK")+"/", 1))
	ts.Check(err)
	return s
}

func openMigrated(ctx context.Context, address string) (*stores.Store, error) {
	l, err := stores.Parse(address)
	if err != nil {
		return nil, err
	}
	if _, err := l.Migrate(ctx); err != nil {
		return nil, err
	}
	return l.Open(ctx, nil)
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
	s := openStore(ts, args[0])
	defer s.Close()
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
