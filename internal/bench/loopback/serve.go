package loopback

import "io"

// Serve serves one handler.
func Serve(name string, in io.Reader, out io.Writer) error { return nil }
