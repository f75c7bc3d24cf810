package redisstore

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/storetest"
)

// rightsInGuide returns the command of docs/stores.md that gives a user what is needed.
func rightsInGuide(t *testing.T) []string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)^ACL SETUSER wafer .*$").Find(guide)
	if found == nil {
		t.Fatal("docs/stores.md has no ACL SETUSER")
	}
	return strings.Fields(string(found))
}

// clusterRightsInGuide returns those that the guide names for a Cluster.
func clusterRightsInGuide(t *testing.T) (rights []string) {
	t.Helper()
	guide := must(os.ReadFile("../../docs/stores.md"))(t)
	more := regexp.MustCompile(`In a Cluster the user[^.]*\.`).Find(guide)
	for _, found := range regexp.MustCompile("`(\\+[a-z|]+)`").FindAllSubmatch(more, -1) {
		rights = append(rights, string(found[1]))
	}
	return rights
}

// setUser makes the guide's user on a server, with further rights.
func setUser(t *testing.T, server *private, rights ...string) {
	t.Helper()
	var command []any
	for _, word := range append(rightsInGuide(t), rights...) {
		command = append(command, word)
	}
	if err := connect(t, server.addr).Do(t.Context(), command...).Err(); err != nil {
		t.Fatal(err)
	}
}

// TestRights_OfTheGuideAreEnough runs the whole suite as the guide's user.
func TestRights_OfTheGuideAreEnough(t *testing.T) {
	server := newPrivate(t)
	setUser(t, server)
	open := func(t *testing.T) *Store {
		client := redis.NewClient(&redis.Options{Addr: server.addr, Username: "wafer", Password: "PASSWORD", ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		return must(New(client, nil))(t)
	}
	if err := open(t).Check(t.Context()); err != nil {
		t.Errorf("Check returned %v", err)
	}
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) }, &storetest.Options{
		Another:    func(t *testing.T, _ store.Store) store.Store { return open(t) },
		Implements: []storetest.Interface{storetest.Toucher, storetest.Mover, storetest.OwnerIndex, storetest.Lister, storetest.Pinger, storetest.Clock},
	})
}

// TestRights_OfTheGuideAreAllNeeded leaves each out.
func TestRights_OfTheGuideAreAllNeeded(t *testing.T) {
	server := newPrivate(t)
	for _, right := range rightsInGuide(t) {
		if !strings.HasPrefix(right, "+") || right == "+eval" { // EVAL is for a server that has been restarted
			continue
		}
		t.Run(right, func(t *testing.T) {
			setUser(t, server, "-"+right[1:])
			client := redis.NewClient(&redis.Options{Addr: server.addr, Username: "wafer", Password: "PASSWORD", ContextTimeoutEnabled: true})
			defer client.Close()
			if err := useAll(t, client); err == nil {
				t.Errorf("without %s everything works", right)
			}
		})
	}
}

// useAll calls all that the guide's rights are for.
func useAll(t *testing.T, client redis.UniversalClient) error {
	s, err := New(client, nil)
	if err != nil {
		return err
	}
	if err := s.Check(t.Context()); err != nil {
		return err
	}
	for _, err := range s.All(t.Context()) {
		if err != nil {
			return err
		}
	}
	r := record("a value", "ann")
	r.Expires = time.Now().Add(time.Hour)
	if _, err := s.Save(t.Context(), randomID(), r); err != nil {
		return err
	}
	for _, err := range s.Owned(t.Context(), "ann") {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestRights_OfTheGuideAreEnoughInACluster adds those that the guide names for a Cluster.
func TestRights_OfTheGuideAreEnoughInACluster(t *testing.T) {
	server := newPrivate(t, "--cluster-enabled", "yes")
	admin := connect(t, server.addr)
	if err := admin.ClusterAddSlotsRange(t.Context(), 0, slots-1).Err(); err != nil {
		t.Fatal(err)
	}
	for strings.Contains(must(admin.ClusterInfo(t.Context()).Result())(t), "cluster_state:fail") {
		time.Sleep(10 * time.Millisecond)
	}
	setUser(t, server, clusterRightsInGuide(t)...)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.addr}, Username: "wafer", Password: "PASSWORD", ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	if err := useAll(t, client); err != nil {
		t.Error(err)
	}
	if err := must(New(client, nil))(t).Ping(t.Context()); err != nil {
		t.Errorf("Ping returned %v", err)
	}
}
