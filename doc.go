// Package wafer is the map of the module: it contains no code.
//
// Wafer gives Go programs on net/http sessions and flash messages. Start with package session.
//
// What programs use:
//
//   - session: the sessions, flash messages, their options and five backends
//   - secret: secret keys, made, parsed and redacted
//   - dbsc: sessions bound to the device, so that a stolen cookie stops working within minutes
//   - sessiontest: helpers for testing a program that uses sessions
//   - session/debug: an inspector that shows a developer the session in the browser
//   - session/inspect: what the inspector shows, and the table of warnings
//
// Where sessions live:
//
//   - store: what a server-side store must do; store/storetest is the suite that each passes
//   - store/memstore, store/sqlstore: memory, and SQL databases
//   - store/redisstore, store/memcachestore: modules of their own
//   - session/driver: for backends of your own; session/driver/drivertest is the suite that each
//     passes
//
// What other programs wrote:
//
//   - flask: Flask's session cookies, read and written
//   - migrate/gorilla, migrate/scs: sessions of gorilla/sessions and scs, read
//   - itsdangerous: tokens of the Python library, as for e-mail confirmation
//   - seal: encrypted tokens
//
// Frameworks that are not built on net/http's handlers have an adapter each, a module of its own:
// adapter/echosession, adapter/ginsession and adapter/fibersession; adapter/adaptertest is the
// suite that each passes. Also modules of their own: otelwafer, for OpenTelemetry, and cmd/wafer,
// the tool.
//
// ARCHITECTURE.md in the repository shows how a request flows through these packages.
package wafer
