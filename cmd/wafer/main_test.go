package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wafer": main})
}

// The scripts in testdata/script run the tool as a person would. On top of
// testscript's commands they have
//
//	exits STATUS COMMAND...  runs a command that must end with that status
//	repeat TEXT COUNT FILE   writes a file of COUNT times TEXT
//	guide N [ID]             runs a block of docs/rotation.md
//
// WAFER_UPDATE_SCRIPTS=1 rewrites what they expect; read the difference after.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			path, err := filepath.Abs("../../docs/rotation.md")
			env.Setenv("GUIDE", path)
			return err
		},
		UpdateScripts: os.Getenv("WAFER_UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"repeat": repeat,
			"guide":  guide,
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

func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat TEXT COUNT FILE")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[2]))
	ts.Check(err)
	for range count {
		_, err := file.WriteString(args[0])
		ts.Check(err)
	}
	ts.Check(file.Close())
}
