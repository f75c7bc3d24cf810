// Package logtext writes what logs show of a request and of the program.
package logtext

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
)

// maxShown is how many bytes of a request's path, of a key or of a category logs show.
const maxShown = 200

// Shown returns what came from outside as an attribute of a log has it: on one line, and cut.
func Shown(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	quoted := strconv.QuoteToGraphic(text)
	return quoted[1 : len(quoted)-1]
}

// Describe names a request without its query, which may contain what logs should not.
func Describe(r *http.Request) string {
	if r.URL == nil {
		return Shown(r.Method)
	}
	return Shown(r.Method) + " " + Shown(r.URL.Path)
}

// Caller returns the file and line of the innermost call that is not in this package.
func Caller() string {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		inside := strings.HasPrefix(f.Function, "github.com/wafer-go/wafer/session.") ||
			strings.HasPrefix(f.Function, "github.com/wafer-go/wafer/session/internal/")
		if !inside || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}
