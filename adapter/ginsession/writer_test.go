package ginsession_test

import (
	"compress/gzip"
	"fmt"
	"log"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

// compress is a middleware as those of Gin's users are: its writer has no Unwrap, and decides on
// the header with the first byte.
func compress(c *gin.Context) {
	w := &compressor{ResponseWriter: c.Writer}
	c.Writer = w
	defer func() {
		if w.gz != nil {
			_ = w.gz.Close()
		}
		c.Writer = w.ResponseWriter
	}()
	c.Next()
}

type compressor struct {
	gin.ResponseWriter
	gz *gzip.Writer
}

func (w *compressor) Write(b []byte) (int, error) {
	if w.gz == nil {
		w.Header().Set("Content-Encoding", "gzip")
		w.gz = gzip.NewWriter(w.ResponseWriter)
	}
	return w.gz.Write(b)
}

func (w *compressor) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// stay is a compressor that leaves its writer in place, and compresses no errors, as
// gin-contrib/gzip does.
func stay(c *gin.Context) {
	c.Header("Content-Encoding", "gzip")
	w := &staying{compressor{ResponseWriter: c.Writer}}
	c.Writer = w
	c.Next()
	if w.gz != nil {
		_ = w.gz.Close()
	}
}

type staying struct{ compressor }

func (w *staying) Write(b []byte) (int, error) {
	if w.Status() >= 400 {
		w.Header().Del("Content-Encoding")
		return w.ResponseWriter.Write(b)
	}
	return w.compressor.Write(b)
}

func (w *staying) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func TestCompressor_ThatLeavesItsWriter(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session, stay, func(c *gin.Context) { ginsession.From(c).Set("at", c.Request.URL.Path) })
	p.GET("/login", login)
	v := p.visit()
	a := v.Get("/nowhere")
	a.Is(404, "404 page not found")
	a.SetsCookies(1)
	a = v.Get("/login")
	if a.Is(200, "welcome"); !a.Uncompressed {
		t.Error("the page was not compressed")
	}
}

func TestWriter_StatusSizeAndWritten(t *testing.T) {
	for path, want := range map[string]struct{ inside, outside string }{
		"/page":     {"201 7 true", "201 7 true"},
		"/status":   {"202 -1 false", "202 -1 false"},
		"/abort":    {"403 0 true", "403 0 true"},
		"/redirect": {"302 24 true", "302 24 true"},
		"/nothing":  {"200 -1 false", "200 -1 false"},
		"/empty":    {"200 0 true", "200 0 true"},
		"/nowhere":  {"404 -1 false", "404 -1 false"},
		"/down":     {"201 7 true", "503 20 true"},
	} {
		t.Run(path, func(t *testing.T) {
			st := adaptertest.NewFrailStore()
			p := newProgramOf(t, session.Stored(st))
			var inside, outside string
			look := func(into *string) gin.HandlerFunc {
				return func(c *gin.Context) {
					c.Next()
					*into = fmt.Sprint(c.Writer.Status(), c.Writer.Size(), c.Writer.Written())
				}
			}
			p.Use(look(&outside), p.session, look(&inside))
			p.GET("/page", func(c *gin.Context) { c.String(201, "welcome") })
			p.GET("/status", func(c *gin.Context) { c.Status(400); c.Status(202); c.Status(0); c.Status(-1) })
			p.GET("/abort", func(c *gin.Context) { c.AbortWithStatus(403) })
			p.GET("/redirect", func(c *gin.Context) { c.Redirect(302, "/") })
			p.GET("/nothing", func(*gin.Context) {})
			p.GET("/empty", func(c *gin.Context) { c.Writer.WriteHeaderNow() })
			p.GET("/down", func(c *gin.Context) {
				st.Down.Store(true)
				username.Set(ginsession.From(c), "ada")
				c.String(201, "welcome")
				c.Status(404) // too late, as in Gin
			})
			a := p.visit().Get(path)
			if inside != want.inside || outside != want.outside || !strings.HasPrefix(outside, fmt.Sprint(a.StatusCode)) {
				t.Errorf("answered %d; inside %q, outside %q; want %q and %q", a.StatusCode, inside, outside, want.inside, want.outside)
			}
		})
	}
}

// net/http logs a second header.
func TestWriter_WritesOneHeader(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) { c.String(200, "page") })
	said := new(adaptertest.Log)
	adaptertest.Visit(t, &http.Server{Handler: p.Engine, ErrorLog: log.New(said, "", 0)}).Get("/").Is(200, "page") // #nosec G112 -- on loopback
	if said.String() != "" {
		t.Errorf("the server logs %s", said)
	}
}

func TestWriter_HijackAfterABody(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		c.String(200, "page")
		if _, _, err := c.Writer.Hijack(); err == nil || !strings.Contains(err.Error(), "a body has been written") {
			t.Errorf("Hijack returns %v", err)
		}
	})
	p.visit().Get("/").Is(200, "page")
}

func TestWriter_Trailers(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.Header("Trailer", "Checksum")
		c.String(200, "page")
		c.Header("Checksum", "abc")
	})
	a := p.visit().Get("/")
	a.Is(200, "page")
	if a.Trailer.Get("Checksum") != "abc" || a.Header.Get("Checksum") != "" {
		t.Errorf("header %v, trailers %v", a.Header, a.Trailer)
	}
}
