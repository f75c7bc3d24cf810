package adaptertest

import (
	"bufio"
	"net"
	"net/http"
)

// Streamed has f write the rest of the body to w. It is [Ctx.Stream] of a framework on net/http.
func Streamed(w http.ResponseWriter, f func(w Stream)) error {
	f(stream{w})
	return nil
}

type stream struct{ http.ResponseWriter }

func (s stream) Flush() error { return http.NewResponseController(s.ResponseWriter).Flush() }

// Upgraded answers 101 and gives the connection to f, in the way of WebSocket libraries: it writes
// the header before it hijacks the connection. It is [Ctx.Upgrade] of a framework on net/http.
func Upgraded(w http.ResponseWriter, r *http.Request, f func(conn net.Conn)) error {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", r.Header.Get("Upgrade"))
		w.WriteHeader(http.StatusSwitchingProtocols)
		if late, ok := w.(interface{ WriteHeaderNow() }); ok { // Gin's writers wait for the first byte
			late.WriteHeaderNow()
		}
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	f(hijacked{conn, rw.Reader})
	return nil
}

// hijacked is a connection of which the server has read some bytes already.
type hijacked struct {
	net.Conn
	r *bufio.Reader
}

func (h hijacked) Read(b []byte) (int, error) { return h.r.Read(b) }
