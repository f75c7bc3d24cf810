package debug

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxyHeaders are those that proxies and CDNs add, besides all that begin with X-Forwarded-. A
// browser does not send them, so a request from this machine that has one came through a proxy that
// runs here.
var proxyHeaders = []string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Host", "X-Envoy-External-Address",
	"True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "Fly-Client-Ip", "X-Appengine-User-Ip", "X-Original-Forwarded-For",
}

// refuse returns why a request is not answered, or nothing. A proxy on this machine need not add a
// header, so what refuse lets through needs the link too.
func (i *Inspector) refuse(r *http.Request) string {
	if host := hostname(r.Host); !isLocal(host) && !slices.Contains(i.o.Hosts, host) {
		return fmt.Sprintf("it asks for the host %q, and another site's name may be made to point to this machine. "+
			"Open the page at localhost, or list the host in debug.Options.Hosts.", host)
	}
	if i.o.InsecureAllowRemote {
		return ""
	}
	if name := proxyHeader(r.Header); name != "" {
		return fmt.Sprintf("its header %s says that it came through a proxy, so it may be any visitor's. "+
			"Open the page at the program's own port on this machine, or set debug.Options.InsecureAllowRemote and guard the page with a login.", name)
	}
	if !fromLoopback(r.RemoteAddr) {
		return fmt.Sprintf("it came from %q, and only this machine is answered. "+
			"Open the page on the machine that the program runs on (ssh -L makes its port one of yours), or set debug.Options.InsecureAllowRemote and guard the page with a login.", r.RemoteAddr)
	}
	return ""
}

func proxyHeader(h http.Header) string {
	for _, name := range proxyHeaders {
		if _, ok := h[name]; ok {
			return name
		}
	}
	var found []string
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded") {
			found = append(found, name)
		}
	}
	if found == nil {
		return ""
	}
	return slices.Min(found)
}

// fromLoopback reports whether a connection's other end is on this machine. A Unix socket's has no
// address, and there is usually a proxy before one.
func fromLoopback(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostname returns a host in lower case, without port, brackets and final dot.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
