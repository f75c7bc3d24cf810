package memstore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func ExampleNew() {
	ctx := context.Background()
	s := memstore.New(&memstore.Options{MaxBytes: 16 << 20})
	id := store.ID(sha256.Sum256([]byte("what only the cookie holds")))

	version, err := s.Save(ctx, id, store.Record{
		Data: []byte(`{"username":"ann"}`), Owner: "ann",
		Used: time.Now(), Expires: time.Now().Add(time.Hour),
	})
	fmt.Println("created:", version != 0, err)

	r, err := s.Load(ctx, id)
	fmt.Printf("loaded: %s %v\n", r.Data, err)

	first, second := r, r // two requests at once
	_, err = s.Save(ctx, id, first)
	fmt.Println("the first:", err)
	_, err = s.Save(ctx, id, second)
	fmt.Println("the second has to load again:", errors.Is(err, store.ErrConflict))
	// Output:
	// created: true <nil>
	// loaded: {"username":"ann"} <nil>
	// the first: <nil>
	// the second has to load again: true
}

func ExampleStore_DeleteOwned() {
	ctx := context.Background()
	s := memstore.New(nil)
	phone, laptop := store.ID{1}, store.ID{2}
	for _, id := range []store.ID{phone, laptop} {
		if _, err := s.Save(ctx, id, store.Record{Owner: "ann", Expires: time.Now().Add(time.Hour)}); err != nil {
			fmt.Println(err)
		}
	}

	n, err := s.DeleteOwned(ctx, "ann", laptop) // sign out everywhere else
	fmt.Println(n, err)
	_, err = s.Load(ctx, phone)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// store: no record has this id
}
