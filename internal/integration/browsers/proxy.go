package browsers

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
)

// Proxy passes requests on to a program at addr, as a proxy that ends TLS does, and adds [Script]
// to its pages. Their Content-Security-Policy, which would not let that run, is removed.
func Proxy(addr string) http.Handler {
	return &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // browsers end connections when they like
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addr})
			r.SetXForwarded()
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(res *http.Response) error {
			if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "text/html" {
				return nil
			}
			page, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			_ = res.Body.Close()
			page = fmt.Appendf(page, "<script>%s</script>", Script)
			res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(page)), int64(len(page))
			res.Header.Set("Content-Length", strconv.Itoa(len(page)))
			res.Header.Del("Content-Security-Policy")
			return nil
		},
	}
}
