package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestMain builds the tool as its users do, because the race detector would make each of its
// hundreds of runs slower. What the tool does concurrently is tested in this process and in package
// copying.
func TestMain(m *testing.M) { os.Exit(withTool(m)) }

func withTool(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wafer")
	if err == nil {
		defer os.RemoveAll(dir)
		var out []byte
		if out, err = exec.Command("go", "build", "-race=false", "-buildvcs=false", "-ldflags=-s", "-o", dir, ".").CombinedOutput(); err != nil {
			err = fmt.Errorf("the tool does not build: %w\n%s", err, out)
		}
	}
	scripts, failed := filepath.Abs("testdata/bin")
	if err = errors.Join(err, failed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = os.Setenv("PATH", strings.Join([]string{dir, scripts, os.Getenv("PATH")}, string(os.PathListSeparator)))
	return m.Run()
}

// The scripts in testdata/script run the tool as a person would, and programs in testdata/bin. On
// top of testscript's commands they have
//
//	exits STATUS COMMAND...  runs a command that must end with that status
//	save URL ID OWNER SECONDS DATA [IDLE]
//	                         saves a session under the ID that begins with ID and goes on with
//	                         zeros, to expire in so many seconds, last used IDLE seconds ago; DATA
//	                         may be @ and the name of a file
//
// WAFER_UPDATE_SCRIPTS=1 rewrites what they expect; read the difference after.
func TestScripts(t *testing.T) { runScripts(t, "testdata/script", nil) }

// TestStoreScripts has the URLs POSTGRES, MYSQL, REDIS, CLUSTER and MEMCACHED in the environment of
// the scripts in testdata/store, with a table or prefix of the script's own, and as POSTGRES_WRONG
// and so on with a wrong password. At REDIS_PORT and MEMCACHED_PORT they can start servers.
func TestStoreScripts(t *testing.T) {
	runScripts(t, "testdata/store", func(env *testscript.Env) error {
		for name, address := range map[string]string{
			"POSTGRES":  own(t, "WAFER_POSTGRES", "table"),
			"MYSQL":     own(t, "WAFER_MYSQL", "table"),
			"REDIS":     own(t, "WAFER_REDIS", "prefix"),
			"CLUSTER":   own(t, "WAFER_REDIS_CLUSTER", "prefix"),
			"MEMCACHED": own(t, "WAFER_MEMCACHED", "prefix"),
		} {
			env.Setenv(name, address)
			wrong, err := url.Parse(address)
			if err != nil {
				return err
			}
			wrong.User = url.UserPassword("nobody", "hunter2")
			env.Setenv(name+"_WRONG", wrong.String())
		}
		env.Setenv("REDIS_PORT", docprogram.FreePort(t))
		env.Setenv("MEMCACHED_PORT", docprogram.FreePort(t))
		return nil
	})
}

func runScripts(t *testing.T, dir string, setup func(*testscript.Env) error) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("WAFER_UPDATE_SCRIPTS") != "",
		Setup:               setup,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "save": save,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("the exit status is %d, want %d", got, want)
	}
}
