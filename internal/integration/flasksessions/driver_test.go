package flasksessions

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store/memstore"
)

// fixed are records that are all the same.
type fixed string

func (f fixed) Load(context.Context, string) (flasksession.Record, error) {
	return flasksession.Record{Data: []byte(f), Expires: time.Now().Add(time.Hour)}, nil
}

func (fixed) Swap(context.Context, string, []byte, flasksession.Record) error { return nil }

func (fixed) Retire(context.Context, string, []byte, string, flasksession.Record) error { return nil }

func (fixed) Delete(context.Context, string) error { return nil }

func TestDriver_PassesOnEachEngine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place, _ string) { passes(t, p) })
	t.Run("Redis Cluster", func(t *testing.T) { passes(t, openCluster(t)) })
}

func passes(t *testing.T, p place) {
	t.Helper()
	t.Parallel()
	p.options.NotPermanent = true // the suite wants back what it saved, and nothing beside it
	drivertest.Run(t, func(t *testing.T) driver.Backend {
		b, err := p.backend(p.records)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, &drivertest.Options{
		Records: true, OthersFormat: true, Respells: true, Implements: []drivertest.Interface{drivertest.Retirer},
	})
}

func openCluster(t *testing.T) place {
	o, err := redis.ParseClusterURL(variable("WAFER_REDIS_CLUSTER"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClusterClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return place{records: flasksession.Redis(client), options: flasksession.Options{Serialization: flasksession.Pickle, KeyPrefix: "{app}:"}}
}

// The sessions of SESSION_TYPE="filesystem" move to another place when Go saves them.
func TestFiles_MoveWhenTheyAreSaved(t *testing.T) {
	folder := t.TempDir()
	p := place{config: map[string]any{"SESSION_TYPE": "filesystem", "SESSION_FILE_DIR": folder}}
	address := startFlask(&p)
	files, err := flasksession.New(flasksession.Files(folder), nil)
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, address, serve(t, session.Migrate(session.Stored(memstore.New(nil)), files)))
	v.do("POST", v.flask+"/login?user=ada")
	old := v.cookie()
	if got := v.session(v.goHalf); got["user"] != "ada" {
		t.Fatalf("Go reads %v", got)
	}
	before := count(t, folder)
	v.do("POST", v.goHalf+"/add?n=1")
	if got := v.session(v.goHalf); got["user"] != "ada" || fmt.Sprint(got["go"]) != "[1]" {
		t.Errorf("after the move Go reads %v", got)
	}
	if after := count(t, folder); after != before-1 {
		t.Errorf("there were %d files, and after the move %d", before, after)
	}
	if body, err := send(http.DefaultClient, "GET", v.goHalf+"/session", old); err != nil || body == "" {
		t.Errorf("under the old cookie Go reads %s (%v)", body, err)
	}
}

func count(t *testing.T, folder string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Fatal(err)
	}
	return len(files)
}
