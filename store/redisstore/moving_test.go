package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// A pair is a Redis Cluster of two nodes, each with half of the slots and the guide's user.
type pair struct {
	*testing.T
	nodes [2]*redis.Client
	names [2]string
}

func newPair(t *testing.T) (*pair, *redis.ClusterClient) {
	t.Helper()
	p := &pair{T: t}
	var addresses []string
	for i := range p.nodes {
		server := newPrivate(t, "--cluster-enabled", "yes")
		setUser(t, server, clusterRightsInGuide(t)...)
		addresses = append(addresses, server.addr)
		p.nodes[i] = connect(t, server.addr)
		p.names[i] = must(p.nodes[i].Do(t.Context(), "cluster", "myid").Text())(t)
		half := slots / 2 * i
		if err := p.nodes[i].ClusterAddSlotsRange(t.Context(), half, half+slots/2-1).Err(); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			host, port, _ := net.SplitHostPort(addresses[0])
			p.do(1, "cluster", "meet", host, port, busOf(port))
		}
	}
	for i := range p.nodes {
		for info := ""; !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:2"); {
			time.Sleep(10 * time.Millisecond)
			info = must(p.nodes[i].ClusterInfo(t.Context()).Result())(t)
		}
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses, Username: "wafer", Password: "PASSWORD", ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return p, client
}

func (p *pair) do(node int, args ...any) any {
	p.Helper()
	return must(p.nodes[node].Do(p.Context(), args...).Result())(p)
}

// A transfer moves a slot from one node to the other.
type transfer struct {
	*pair
	slot     int
	from, to int
}

func (p *pair) begin(slot int) transfer {
	p.Helper()
	m := transfer{pair: p, slot: slot, from: slot / (slots / 2)}
	m.to = 1 - m.from
	p.do(m.to, "cluster", "setslot", slot, "importing", p.names[m.from])
	p.do(m.from, "cluster", "setslot", slot, "migrating", p.names[m.to])
	return m
}

func (m transfer) move(key any) {
	m.Helper()
	host, port, _ := net.SplitHostPort(m.nodes[m.to].Options().Addr)
	m.do(m.from, "migrate", host, port, key, 0, 5000)
}

// finish moves what is left.
func (m transfer) finish() {
	m.Helper()
	for _, key := range m.do(m.from, "cluster", "getkeysinslot", m.slot, 100).([]any) {
		m.move(key)
	}
	for _, node := range []int{m.to, m.from} {
		m.do(node, "cluster", "setslot", m.slot, "node", m.names[m.to])
	}
}

// While a slot moves between two nodes, a record may be on one of them and its owner's index on the
// other. Then what needs both waits; no session looks as if it had ended, and none escapes a
// sign-out.
func TestAMovingSlot_EndsNoSessionAndLetsNoneEscape(t *testing.T) {
	p, client := newPair(t)
	s := must(New(client, nil))(t)
	part, first := 0, ""
	for method, call := range map[string]func(ctx context.Context, id store.ID, r store.Record) error{
		"Load": func(ctx context.Context, id store.ID, _ store.Record) error { _, err := s.Load(ctx, id); return err },
		"Save": func(ctx context.Context, id store.ID, r store.Record) error { _, err := s.Save(ctx, id, r); return err },
		"Save with another owner": func(ctx context.Context, id store.ID, r store.Record) error {
			r.Owner = "bob"
			_, err := s.Save(ctx, id, r)
			return err
		},
		"Save without an owner": func(ctx context.Context, id store.ID, r store.Record) error {
			r.Owner = ""
			_, err := s.Save(ctx, id, r)
			return errors.Join(err, s.Delete(ctx, id))
		},
		"Save of a new record": func(ctx context.Context, id store.ID, _ store.Record) error {
			_, err := s.Save(ctx, near(id), record("a value", "ann"))
			return err
		},
		"Move": func(ctx context.Context, id store.ID, r store.Record) error {
			_, err := s.Move(ctx, id, near(id), r, record("moved on", ""))
			return err
		},
		"Touch": func(ctx context.Context, id store.ID, r store.Record) error {
			return s.Touch(ctx, id, r.Version, r.Used, r.Expires.Add(100*time.Hour))
		},
		"Delete": func(ctx context.Context, id store.ID, _ store.Record) error {
			return errors.Join(s.Delete(ctx, id), s.gone(ctx, id))
		},
		"DeleteOne": func(ctx context.Context, id store.ID, r store.Record) error {
			if deleted, err := s.DeleteOne(ctx, r.Owner, id); err != nil || !deleted {
				return errors.Join(err, errors.New("it was not deleted"))
			}
			return s.gone(ctx, id)
		},
		"DeleteOwned": func(ctx context.Context, id store.ID, r store.Record) error {
			deleted, err := s.DeleteOwned(ctx, r.Owner)
			if err == nil && deleted != 1 && first == "record" { // the server that got the index first does not know of a record elsewhere
				err = fmt.Errorf("it deleted %d", deleted)
			}
			return errors.Join(err, s.gone(ctx, id))
		},
		"Owned": func(ctx context.Context, id store.ID, r store.Record) error {
			all, err := collect(s.Owned(ctx, r.Owner))
			if err == nil && ids(all) != ids([]store.Entry{{ID: id}}) {
				err = errors.New("it is not listed")
			}
			return err
		},
	} {
		for _, first = range []string{"record", "index"} {
			id := randomID()
			id[0], part = byte(part)<<2, part+1
			r := record("a value", "ann")
			r.Version = must(s.Save(t.Context(), id, r))(t)
			keys := map[string]string{"record": s.recordKey(id), "index": s.index(id, "ann")}
			m := p.begin(int(slot(keys[first])))
			m.move(keys[first])
			result := make(chan error)
			go func() { result <- call(t.Context(), id, r) }()
			time.Sleep(30 * time.Millisecond) // it is waiting, or has finished
			select {
			case err := <-result:
				m.finish()
				if err != nil {
					t.Errorf("%s while only the %s has moved: %v", method, first, err)
				}
			default:
				m.finish()
				if err := <-result; err != nil {
					t.Errorf("%s while the %s had moved first: %v", method, first, err)
				}
			}
			if _, err := s.DeleteOwned(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
		}
	}
}

// gone returns an error unless there is no record.
func (s *Store) gone(ctx context.Context, id store.ID) error {
	if _, err := s.Load(ctx, id); !errors.Is(err, store.ErrNotFound) {
		return errors.Join(errors.New("it is there"), err)
	}
	return nil
}
