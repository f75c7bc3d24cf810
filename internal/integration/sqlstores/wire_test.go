package sqlstores

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// A wire stands between a driver and its server, and counts the messages after
// which the driver has to wait for the server: the round trips.
type wire struct {
	addr  string
	count atomic.Int64
}

// A reader passes on what a client sends, message by message, and calls
// roundTrip before it passes on one that the client waits for the answer of: so
// the count is right as soon as the answer is there.
type reader func(from io.Reader, to io.Writer, roundTrip func()) error

// newWire returns a wire to a server.
func newWire(t *testing.T, server string, read reader) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	w := &wire{addr: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(client, server, read)
		}
	}()
	return w
}

func (w *wire) carry(client net.Conn, server string, read reader) {
	defer client.Close()
	to, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		io.Copy(client, to)
		client.Close()
	}()
	read(client, to, func() { w.count.Add(1) })
}

// during returns how many round trips f makes.
func (w *wire) during(f func()) int64 {
	before := w.count.Load()
	f()
	return w.count.Load() - before
}

// readPostgres knows PostgreSQL's messages (its documentation, "Frontend/Backend
// Protocol"). A client waits for the answer of Sync and Query.
func readPostgres(from io.Reader, to io.Writer, roundTrip func()) error {
	kind := 0 // the first message has no byte that tells its kind
	for first := true; ; first = false {
		message := make([]byte, kind+4)
		if _, err := io.ReadFull(from, message); err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(message[kind:])
		message = append(message, make([]byte, size-4)...)
		if _, err := io.ReadFull(from, message[kind+4:]); err != nil {
			return err
		}
		// pgx pings a connection that was idle for a second, as it may be where
		// the machine is busy.
		ping := bytes.Contains(message, []byte("-- ping"))
		if !first && (message[0] == 'S' || message[0] == 'Q' && !ping) {
			roundTrip()
		}
		if _, err := to.Write(message); err != nil {
			return err
		}
		kind = 1
	}
}

// readMySQL knows MySQL's packets (its documentation, "Client/Server
// Protocol"). A command is a packet with the sequence number 0, and a client
// waits for the answer of all but two.
func readMySQL(from io.Reader, to io.Writer, roundTrip func()) error {
	const stmtSendLongData, stmtClose = 0x18, 0x19
	for {
		header := make([]byte, 4)
		if _, err := io.ReadFull(from, header); err != nil {
			return err
		}
		size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
		packet := append(header, make([]byte, size)...)
		if _, err := io.ReadFull(from, packet[4:]); err != nil {
			return err
		}
		if header[3] == 0 && size > 0 && packet[4] != stmtSendLongData && packet[4] != stmtClose {
			roundTrip()
		}
		if _, err := to.Write(packet); err != nil {
			return err
		}
	}
}
