// Package secret makes, reads and hides secret keys.
//
// A [Key] holds at least 32 bytes from a random source. It is made once, by
// [New] or on the command line, and kept outside the program, which reads it
// back at start-up with [FromEnv], [FromFile] or [Parse]:
//
//	key, err := secret.FromEnv("SECRET_KEY")
//
// Either of these commands prints a fresh key:
//
//	wafer keygen
//	openssl rand -hex 32
//
// A key that is published or made up is refused, since an attacker tries those
// first: see [Guessable].
//
// # What is hidden, and what is not
//
// A Key prints as secret.Key(redacted) through fmt, log, log/slog, encoding/json, encoding/xml and
// the template packages, at any depth of a value. If a printer cannot call a Key's methods, as fmt
// cannot in an unexported field or for the verb %p, it shows the address of a function and nothing
// of the key. No error of this package contains a key or a part of one.
//
// This guards against a key that slips into a log, a crash report or a debug page. It does not
// guard against an attacker who can read the process's memory or its environment, or against code
// in the same program: [Key.Reveal] and [Key.Bytes] return the key to every caller.
//
// # What a key looks like as text
//
// [Parse] documents the spellings that are read. [Key.Reveal] always writes
// one that Parse reads back as the same key.
package secret
