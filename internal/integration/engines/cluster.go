package engines

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// DefaultNodeTimeout is a Cluster's cluster-node-timeout, as Redis has it: on a
// machine that is busy with tests, less declares a slow primary dead.
const DefaultNodeTimeout = 15 * time.Second

const (
	primaries = 3
	slots     = 16384
)

// A Cluster is a Redis Cluster of three primaries, each with a replica.
type Cluster struct {
	Nodes []*Server
}

// StartCluster starts a Redis Cluster. A primary that does not answer for
// nodeTimeout is replaced by its replica; 0 means DefaultNodeTimeout.
func StartCluster(nodeTimeout time.Duration) (*Cluster, error) { return startCluster(nodeTimeout) }

func startCluster(nodeTimeout time.Duration, settings ...string) (*Cluster, error) {
	if nodeTimeout == 0 {
		nodeTimeout = DefaultNodeTimeout
	}
	path, err := program("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	c := new(Cluster)
	ports, buses := make([]string, 2*primaries), make([]string, 2*primaries)
	for i := range ports {
		var node *Server
		if node, ports[i], err = place(); err == nil {
			c.Nodes = append(c.Nodes, node)
			buses[i], err = freePort()
		}
		if err != nil {
			return nil, errors.Join(err, c.Stop())
		}
		node.name, node.url, node.program, node.serves = "Redis Cluster", "redis://"+node.address, path, redisServes
		node.arguments = append(redisArguments(node.folder, ports[i]),
			"--cluster-enabled", "yes", "--cluster-port", buses[i], "--cluster-config-file", "nodes.conf",
			"--cluster-node-timeout", fmt.Sprint(nodeTimeout.Milliseconds()),
			// Replicas read what they lack at once, not five seconds later.
			"--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0")
		node.arguments = append(node.arguments, settings...)
	}
	if err = c.introduce(ports, buses); err == nil {
		err = c.each((*Server).start)
	}
	if err == nil {
		err = c.Await()
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// introduce writes what each node knows of the others, as CLUSTER NODES tells
// it. To let them meet and be told would need seconds more.
func (c *Cluster) introduce(ports, buses []string) error {
	ids := make([]string, len(ports))
	for i := range ids {
		var id [20]byte
		_, _ = rand.Read(id[:]) // never fails
		ids[i] = fmt.Sprintf("%x", id)
	}
	for self, node := range c.Nodes {
		var text strings.Builder
		for i, id := range ids {
			flags, master, share := "master", "-", ""
			if i < primaries {
				share = fmt.Sprintf(" %d-%d", i*slots/primaries, (i+1)*slots/primaries-1)
			} else {
				flags, master = "slave", ids[i-primaries]
			}
			if i == self {
				flags = "myself," + flags
			}
			fmt.Fprintf(&text, "%s %s:%s@%s %s %s 0 0 %d connected%s\n", id, loopback, ports[i], buses[i], flags, master, i%primaries+1, share)
		}
		fmt.Fprintf(&text, "vars currentEpoch %d lastVoteEpoch 0\n", primaries)
		path := filepath.Join(node.folder, "nodes.conf")
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			return fmt.Errorf("engines: %w", err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(path, unprivileged, unprivileged); err != nil {
				return fmt.Errorf("engines: %w", err)
			}
		}
	}
	return nil
}

// URL returns where clients find the Cluster: its first three nodes.
func (c *Cluster) URL() string {
	return fmt.Sprintf("redis://%s?addr=%s&addr=%s", c.Nodes[0].address, c.Nodes[1].address, c.Nodes[2].address)
}

// Stop ends all nodes and removes their data.
func (c *Cluster) Stop() error { return c.each((*Server).Stop) }

// Await returns when every slot is served and every primary has its replica in
// step with it. It fails if that needs too long.
func (c *Cluster) Await() error { return c.await(c.whole) }

// AwaitFailover returns when another node has replaced a primary that
// was killed or paused, and the others have been told.
func (c *Cluster) AwaitFailover(lost *Server) error {
	return c.await(func(ctx context.Context) error { return c.without(ctx, lost) })
}

func (c *Cluster) await(check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("engines: the Redis Cluster is not ready after %v: %w", startTime, err), c.Nodes[0].failure(err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Cluster) without(ctx context.Context, lost *Server) error {
	found := 0
	for _, node := range c.Nodes {
		if node == lost {
			continue
		}
		role, err := redisAsk(ctx, node.address, "INFO replication")
		if err != nil {
			return err
		}
		if strings.Contains(role, "role:master") {
			found++
		}
		if err := stateOf(ctx, node); err != nil {
			return err
		}
	}
	if found != primaries {
		return fmt.Errorf("there are %d primaries", found)
	}
	return nil
}

func stateOf(ctx context.Context, node *Server) error {
	state, err := redisAsk(ctx, node.address, "CLUSTER INFO")
	if err == nil && !strings.Contains(state, "cluster_state:ok") {
		err = fmt.Errorf("%s says %q", node.address, state)
	}
	return err
}

func (c *Cluster) whole(ctx context.Context) error {
	replicas := 0
	for _, node := range c.Nodes {
		if err := stateOf(ctx, node); err != nil {
			return err
		}
		role, err := redisAsk(ctx, node.address, "INFO replication")
		if err != nil {
			return err
		}
		if strings.Contains(role, "master_link_status:up") {
			replicas++
		}
	}
	if want := len(c.Nodes) - primaries; replicas != want {
		return fmt.Errorf("of %d replicas, %d follow their primary", want, replicas)
	}
	return nil
}

// Primary returns a node that is a primary with slots now, and fails if no node
// says so.
func (c *Cluster) Primary() (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	var errs []error
	for _, node := range c.Nodes {
		role, err := redisAsk(ctx, node.address, "INFO replication")
		if err == nil && strings.Contains(role, "role:master") {
			return node, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("engines: no node of the Redis Cluster is a primary: %w", errors.Join(errs...))
}

func (c *Cluster) each(do func(*Server) error) error {
	errs := make([]error, len(c.Nodes))
	var wg sync.WaitGroup
	for i, node := range c.Nodes {
		wg.Go(func() { errs[i] = do(node) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
