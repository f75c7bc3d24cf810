package main

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// faulty is a store that something happens to.
type faulty struct {
	*sqlstore.Store
	down       bool
	beforeSave func(context.Context, store.ID)
	owned      func() // before a list is returned
}

var errDown = errors.New("the disk is gone")

func (f *faulty) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if f.down {
		return store.Record{}, errDown
	}
	return f.Store.Load(ctx, id)
}

func (f *faulty) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.beforeSave != nil {
		f.beforeSave(ctx, id)
	}
	return f.Store.Save(ctx, id, r)
}

func (f *faulty) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	if f.owned != nil {
		f.owned()
	}
	return f.Store.Owned(ctx, owner)
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	return &faulty{Store: opened(t, t.TempDir()+"/devices.db").Store}
}

func TestADeviceThatIsSignedOutMeanwhileIsToldSo(t *testing.T) {
	f := newFaulty(t)
	a := in(t, served(t, f), laptop, "ada")
	a.get("/")
	f.beforeSave = func(ctx context.Context, _ store.ID) { _, _ = f.DeleteOwned(ctx, "ada") }
	p := a.post("/signout/others")
	p.want("This device has been signed out", "not Log out")
	if p.status != http.StatusConflict {
		t.Errorf("status %d", p.status)
	}
	f.beforeSave = nil
	a.get("/").want(form, ended)
}

func TestADeviceThatIsSignedOutBeforeTheListIsReadSeesNone(t *testing.T) {
	f := newFaulty(t)
	server := served(t, f)
	a := in(t, server, laptop, "ada")
	in(t, server, phone, "ada")
	id := in(t, server, tablet, "ada").get("/").buttons()["Firefox on Linux"]
	f.owned = func() {
		one, err := store.ParseID(id)
		if err == nil {
			err = f.Delete(context.Background(), one)
		}
		if err != nil {
			t.Error(err)
		}
	}
	p := a.get("/")
	p.want("This device has been signed out", "not Chrome on Android")
	if p.status != http.StatusConflict {
		t.Errorf("status %d", p.status)
	}
}

func TestAStoreThatCannotBeAskedIsNoLogout(t *testing.T) {
	f := newFaulty(t)
	a := in(t, served(t, f), laptop, "ada")
	f.down = true
	for _, p := range []answer{a.get("/"), a.post("/signout/others"), a.post("/logout"), a.post("/login", "username", "eve")} {
		p.want("Please try again in a moment", "If you were logged in, you still are", "not "+errDown.Error())
		if p.status != http.StatusServiceUnavailable || p.header.Get("Location") != "" {
			t.Errorf("status %d", p.status)
		}
	}
	f.down = false
	a.get("/").wantDevices("Firefox on Linux*")
}
