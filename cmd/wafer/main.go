// Wafer is the command-line tool of github.com/wafer-go/wafer. It generates secret keys, decodes
// and signs session cookies, and manages stored sessions. Run it without arguments for its
// commands, and a command with --help for examples.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
