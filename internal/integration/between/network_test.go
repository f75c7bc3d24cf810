package between

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// echo starts a server that sends every byte back, and returns its address.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// ask sends a line over a connection and reads it back.
func ask(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return err
	}
	_, err := bufio.NewReader(conn).ReadString('\n')
	return err
}

func dial(t *testing.T, n *Network, address string) net.Conn {
	t.Helper()
	conn, err := n.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestNetwork_CutBreaksConnectionsAndNewOnesWork(t *testing.T) {
	network := new(Network)
	defer network.Close()
	address := echo(t)
	for range 3 {
		conn := dial(t, network, address)
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
		network.Cut()
		if err := ask(conn); err == nil {
			t.Error("a connection still works after Cut")
		}
	}
	if err := ask(dial(t, network, address)); err != nil {
		t.Errorf("a new connection after Cut: %v", err)
	}
}

func TestNetwork_DelayKeepsWhatPassesWaiting(t *testing.T) {
	network := new(Network)
	defer network.Close()
	conn := dial(t, network, echo(t))
	network.Delay(20 * time.Millisecond)
	const asked = 10
	start := time.Now()
	for range asked {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	// Twenty waits, each 20 ms in the mean, 400 ms in all. The standard
	// deviation is 52 ms, so chance does not bring the sum below 100 ms.
	if took := time.Since(start); took < asked*10*time.Millisecond {
		t.Errorf("%d answers took %v, and should have waited", asked, took)
	}
}

func TestNetwork_LoseAnswersBreaksWhatTheServerHasDone(t *testing.T) {
	network := new(Network)
	defer network.Close()
	address := echo(t)
	network.LoseAnswers(1)
	if err := ask(dial(t, network, address)); err == nil {
		t.Error("an answer came, and each was to be lost")
	}
	network.LoseAnswers(0)
	if err := ask(dial(t, network, address)); err != nil {
		t.Errorf("a new connection afterwards: %v", err)
	}
}

func TestNetwork_RoundTripsAndBytesAreCounted(t *testing.T) {
	network := new(Network)
	defer network.Close()
	conn := dial(t, network, echo(t))
	for range 3 {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	if n := network.RoundTrips(); n != 3 {
		t.Errorf("%d round trips were counted, and there were 3", n)
	}
	if n := network.Bytes(); n != 36 {
		t.Errorf("%d bytes were counted, and 3 times 6 came back", n)
	}
}

func TestNetwork_CloseBreaksConnections(t *testing.T) {
	network := new(Network)
	conn := dial(t, network, echo(t))
	if err := ask(conn); err != nil {
		t.Fatal(err)
	}
	network.Close()
	if err := ask(conn); err == nil {
		t.Error("a connection still works after Close")
	}
	if open := network.Open(); open != 1 {
		t.Errorf("%d connections are open before the client closes its own, want 1", open)
	}
	_ = conn.Close()
	_ = conn.Close()
	if open := network.Open(); open != 0 {
		t.Errorf("%d connections are open after the client closed its own twice, want 0", open)
	}
}
