package engines

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
)

// One engine of each kind is enough for all that follows.
func TestEngines(t *testing.T) {
	t.Parallel()
	all, err := StartAll(Kinds(false))
	if err != nil {
		t.Fatalf("%v; run `make test`, which installs what the tests need", err)
	}
	defer StopAll(all)
	postgresql, mariadb := all[0].(*Server), all[1].(*Server)
	redisServer, memcached := all[2].(*Server), all[4].(*Server)

	t.Run("PostgreSQLKeepsItsDataOverKillAndRestart", func(t *testing.T) { keepsRows(t, postgresql, "pgx", postgresql.URL()) })
	t.Run("MariaDBKeepsItsDataOverKillAndRestart", func(t *testing.T) {
		config, err := mysql.ParseDSN("wafer:biscuit@tcp(" + mariadb.Address() + ")/wafer")
		if err != nil {
			t.Fatal(err)
		}
		keepsRows(t, mariadb, "mysql", config.FormatDSN())
	})
	t.Run("RedisKeepsItsDataOverKillAndRestart", func(t *testing.T) { keepsValue(t, redisServer) })
	t.Run("MemcachedStartsAgainOnTheSamePort", func(t *testing.T) {
		killed(t, memcached)
		if err := memcachedServes(t.Context(), memcached.Address()); err != nil {
			t.Error(err)
		}
	})
	for _, s := range []*Server{postgresql, redisServer} {
		t.Run("APaused"+s.Name()+"AnswersOnlyAfterResume", func(t *testing.T) { answersAfterResume(t, s) })
	}
	t.Run("PauseHoldsUpConnectionsThatAreOpen", func(t *testing.T) { holdsUp(t, postgresql) })
	t.Run("NothingIsLeftAfterStop", func(t *testing.T) { nothingIsLeft(t, all) })
}

func keepsRows(t *testing.T, s *Server, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"CREATE TABLE kept (n INT)", "INSERT INTO kept VALUES (7)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	killed(t, s)
	// Of those in the pool, the driver may not know yet that they are broken.
	db.SetMaxIdleConns(0)
	var n int
	if err := db.QueryRow("SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("after kill and restart the row is %d, %v; it was 7", n, err)
	}
}

func keepsValue(t *testing.T, s *Server) {
	client := redis.NewClient(&redis.Options{Addr: s.Address()})
	defer client.Close()
	if err := client.Set(t.Context(), "kept", "7", 0).Err(); err != nil {
		t.Fatal(err)
	}
	killed(t, s)
	if got, err := client.Get(t.Context(), "kept").Result(); err != nil || got != "7" {
		t.Errorf("after kill and restart the value is %q, %v; it was 7", got, err)
	}
}

// killed kills and restarts a server, and checks that it was gone meanwhile.
func killed(t *testing.T, s *Server) {
	t.Helper()
	before := family(t, s)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if anyRuns(before) {
		t.Errorf("of the processes %v one still runs after Kill", before)
	}
	if conn, err := net.Dial("tcp", s.Address()); err == nil {
		conn.Close()
		t.Errorf("%s accepts a connection after Kill", s.Name())
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
}

func family(t *testing.T, s *Server) []int {
	t.Helper()
	pids, err := familyOf(s.process.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

func TestClusterFailsOver(t *testing.T) {
	t.Parallel()
	c, err := StartCluster(500 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	options, err := redis.ParseClusterURL(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClusterClient(options)
	defer client.Close()
	first, err := client.MasterForKey(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	conn := first.Conn()
	defer conn.Close()
	if err := conn.Set(t.Context(), "kept", "7", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Wait(t.Context(), 1, 5*time.Second).Result(); err != nil || n != 1 {
		t.Fatalf("%d replicas have the value: %v", n, err)
	}
	i := 0
	for c.Nodes[i].Address() != first.Options().Addr {
		i++
	}
	if err := c.Nodes[i].Kill(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		// A client that knew the primary may go on asking it.
		client := redis.NewClusterClient(options)
		got, err := client.Get(t.Context(), "kept").Result()
		client.Close()
		if err == nil && got == "7" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("after the primary was killed the value is %q, %v; it was 7", got, err)
		}
	}
	if err := c.Nodes[i].Restart(); err != nil {
		t.Fatal(err)
	}
	if err := c.Await(); err != nil {
		t.Error(err)
	}
}

func answersAfterResume(t *testing.T, s *Server) {
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.serves(ctx, s.Address()); err == nil {
		t.Error("it answers while it is paused")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := s.serves(t.Context(), s.Address()); err != nil {
		t.Errorf("it does not answer after Resume: %v", err)
	}
}

func holdsUp(t *testing.T, s *Server) {
	db, err := sql.Open("pgx", s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query on an open connection to a paused server returns %v", err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
}

func nothingIsLeft(t *testing.T, all []Running) {
	var pids []int
	var folders []string
	for _, r := range all {
		servers := []*Server{}
		switch r := r.(type) {
		case *Server:
			servers = append(servers, r)
		case *Cluster:
			servers = r.Nodes
		}
		for _, s := range servers {
			pids, folders = append(pids, family(t, s)...), append(folders, s.folder)
		}
	}
	if err := StopAll(all); err != nil {
		t.Fatal(err)
	}
	if anyRuns(pids) {
		t.Errorf("of the processes %v one still runs after Stop", pids)
	}
	for _, folder := range folders {
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder %s is there after Stop: %v", folder, err)
		}
	}
	if err := StopAll(all); err != nil {
		t.Errorf("Stop fails the second time: %v", err)
	}
}

func TestAServerThatDoesNotStartShowsItsLog(t *testing.T) {
	t.Parallel()
	s, err := StartRedis()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	s.arguments = append(s.arguments, "--no-such-option", "x")
	err = s.Restart()
	if err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("a server that refuses an option fails with %v, which does not tell the log", err)
	}
}

func TestARedisErrorIsAnError(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = bufio.NewReader(conn).ReadString('\n')
		_, _ = io.WriteString(conn, "-LOADING Redis is loading the dataset in memory\r\n")
	}()
	if err := redisServes(t.Context(), l.Addr().String()); err == nil {
		t.Error("a Redis that is still loading is taken for one that serves")
	}
}
