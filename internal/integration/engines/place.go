package engines

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// unprivileged is the number of the user and group without rights, in Debian and elsewhere.
const unprivileged = 65534

// Ports are below those that Linux gives to outgoing connections
// (32768 to 60999), since a server that was killed would lose one of these to
// them.
const firstPort, lastPort = 20000, 32000

var ports = struct {
	sync.Mutex
	taken map[int]bool
}{taken: map[int]bool{}}

// freePort returns a port on which no program listens, and never the same twice.
func freePort() (string, error) {
	ports.Lock()
	defer ports.Unlock()
	var err error
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if ports.taken[port] {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			ports.taken[port] = true
			return strconv.Itoa(port), l.Close()
		}
	}
	return "", fmt.Errorf("engines: no port from %d to %d is free on %s: %w", firstPort, lastPort, loopback, err)
}

const loopback = "127.0.0.1"

// newFolder makes a folder for a server's data, which belongs to the user that
// the server will be.
func newFolder() (string, error) {
	folder, err := os.MkdirTemp("", "wafer-engine-")
	if err != nil {
		return "", fmt.Errorf("engines: no folder for a server's data: %w", err)
	}
	if os.Geteuid() != 0 {
		return folder, nil
	}
	err = os.Chown(folder, unprivileged, unprivileged)
	for above := filepath.Dir(folder); err == nil; above = filepath.Dir(above) {
		var info os.FileInfo
		if info, err = os.Stat(above); err == nil && info.Mode().Perm()&0o001 == 0 {
			if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != unprivileged {
				err = fmt.Errorf("the user without rights, as whom root starts servers, may not enter %s: set TMPDIR to another folder, or chmod o+x it", above)
			}
		}
		if above == filepath.Dir(above) {
			break
		}
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("engines: no folder for a server's data: %w", err), os.RemoveAll(folder))
	}
	return folder, nil
}

// program finds one of an engine's programs, also in the folders that are on
// root's PATH alone.
func program(name, debian string) (string, error) {
	path, err := exec.LookPath(name)
	for _, folder := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if err == nil {
			break
		}
		path, err = exec.LookPath(filepath.Join(folder, name))
	}
	if err != nil {
		return "", fmt.Errorf("engines: there is no %s: run this through scripts/services, or install Debian's %s", name, debian)
	}
	return path, nil
}
