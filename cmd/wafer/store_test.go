package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
	id, err := store.ParseID(args[1] + strings.Repeat("0", 64-len(args[1])))
	ts.Check(err)
	// A file is the script's.
	s, err := openMigrated(context.Background(), strings.Replace(args[0], "sqlite:", "sqlite:"+ts.Getenv("WORK")+"/", 1))
	ts.Check(err)
	defer s.Close()
	_, err = s.Save(context.Background(), id, store.Record{
		Data:    []byte(data),
		Used:    time.Now().Add(-time.Duration(idle) * time.Second),
		Expires: time.Now().Add(time.Duration(seconds) * time.Second),
		Owner:   args[2],
	})
	ts.Check(err)
}

// openMigrated opens the store of a URL, with its table made.
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
