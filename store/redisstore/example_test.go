package redisstore_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/redisstore"
)

// Sessions in Redis. Check says at the start whether the server is set so that
// it would drop sessions when its memory is full.
func Example() {
	opts, err := redis.ParseURL(os.Getenv("WAFER_REDIS")) // redis://localhost:6379/0
	if err != nil {
		log.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	client := redis.NewClient(opts)
	defer client.Close()

	st, err := redisstore.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := st.Check(context.Background()); err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Stored(st), nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = sessions // sessions.Handler(mux) serves
	fmt.Println("ready")
	// Output: ready
}

// In a Redis Cluster sessions are dealt to all its servers.
func ExampleNew_cluster() {
	opts, err := redis.ParseClusterURL(os.Getenv("WAFER_REDIS_CLUSTER")) // redis://one:6379?addr=two:6379&addr=three:6379
	if err != nil {
		log.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	client := redis.NewClusterClient(opts)
	defer client.Close()

	kept, err := redisstore.New(client, &redisstore.Options{Prefix: "shop:"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kept.Ping(context.Background()))
	// Output: <nil>
}

// Whoever saves on an old version is told, and loses nobody's work.
func ExampleStore_Save() {
	ctx := context.Background()
	opts, err := redis.ParseURL(os.Getenv("WAFER_REDIS"))
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(opts)
	defer client.Close()
	kept, err := redisstore.New(client, &redisstore.Options{Prefix: "example:"})
	if err != nil {
		log.Fatal(err)
	}

	id := store.ID{1, 2, 3}
	defer kept.Delete(ctx, id)
	r := store.Record{Data: []byte("first"), Used: time.Now(), Expires: time.Now().Add(time.Hour)}
	first, err := kept.Save(ctx, id, r)
	fmt.Println("created:", err)

	r.Version = first
	_, err = kept.Save(ctx, id, r)
	fmt.Println("replaced:", err)

	_, err = kept.Save(ctx, id, r) // the version is the first one still
	fmt.Println("refused:", err != nil)
	// Output:
	// created: <nil>
	// replaced: <nil>
	// refused: true
}
