// Wafer is the command-line tool of github.com/wafer-go/wafer. It makes secret
// keys, looks into session cookies, signs them, and looks after the sessions that
// are kept in stores. Run it without arguments for its commands, and a command with
// --help for examples.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
