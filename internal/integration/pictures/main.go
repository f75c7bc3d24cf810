// Command pictures makes the pictures that README.md shows, with Chromium. In a clone, run
//
//	scripts/services run -- go run -C internal/integration ./pictures ../../docs/img
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: pictures FOLDER")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal("pictures: ", err)
	}
}

func run(folder string) error {
	inspected, err := listen(inspected())
	if err != nil {
		return err
	}
	flash, stop, err := startFlash()
	if err != nil {
		return err
	}
	defer stop()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(
		// Root and containers cannot have the sandbox; the pages are our own.
		chromedp.ExecPath(os.Getenv("WAFER_CHROMIUM")), chromedp.NoSandbox, chromedp.DisableGPU,
	))
	defer cancel()
	for _, scheme := range []string{"light", "dark"} {
		err := errors.Join(
			// With its script, examples/flash shows the messages over the page.
			call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),

			show(ctx, scheme, 750),
			open(ctx, inspected+"/login"),
			save(ctx, filepath.Join(folder, "inspector-"+scheme+".png")),

			show(ctx, scheme, 368),
			open(ctx, flash),
			press(ctx, "Flash five kinds"),
			save(ctx, filepath.Join(folder, "flash-"+scheme+".png")),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// inspected is a program whose inspector has something to show: its login leads there.
func inspected() http.Handler {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	inspector := debug.New(sessions, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn("42")
		s.Set("username", "ada")
		s.Set("cart", []map[string]any{{"title": "Notes on the Analytical Engine", "count": 1}, {"title": "Punched cards", "count": 64}})
		s.Flash("You are signed in")
		http.Redirect(w, r, inspector.Link("/debug/session"), http.StatusSeeOther)
	})
	mux.Handle("/debug/session", inspector)
	return sessions.Handler(mux)
}

// listen serves a handler on a free port, and returns its address.
func listen(h http.Handler) (url string, err error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	go func() { log.Fatal(http.Serve(l, h)) }()
	return fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port), nil
}

// startFlash runs examples/flash, and returns its address.
func startFlash() (url string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "wafer-pictures-")
	if err != nil {
		return "", nil, err
	}
	program := filepath.Join(dir, "flash")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./examples/flash")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("building examples/flash: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "localhost:0") // to find a free port
	if err != nil {
		return "", nil, err
	}
	addr := fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	cmd := exec.Command(program, "-addr", addr)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return "http://" + addr, stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("examples/flash does not listen at %s", addr)
}

// show sets the color scheme and the height of the window.
func show(ctx context.Context, scheme string, height int64) error {
	return errors.Join(
		call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 760, Height: height, DeviceScaleFactor: 1.5}),
	)
}

func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
	return err
}

func open(ctx context.Context, url string) error {
	_, err := chromedp.RunResponse(ctx, chromedp.Navigate(url))
	return err
}

func press(ctx context.Context, label string) error {
	_, err := chromedp.RunResponse(ctx, chromedp.Click(`//button[normalize-space()="`+label+`"]`))
	return err
}

func save(ctx context.Context, path string) error {
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if shot, err = small(shot); err != nil {
		return err
	}
	return os.WriteFile(path, shot, 0o644)
}
