// Package memcachestore keeps sessions in memcached.
//
//	client := memcache.New("localhost:11211")
//	client.MaxIdleConns = 100 // as many as requests at once
//	kept, err := memcachestore.New(client, nil)
//	sessions, err := session.New(session.Stored(kept), nil)
//
// memcached is a cache: where it needs room it drops what was not used for
// longest, and a restart drops everything. So sessions may vanish, and their
// visitors are signed out, before their time. Take it where that is no matter,
// and another store where it is. Watch the figure evictions of its stats, and
// give it more memory, or to sessions a server of their own, when that grows.
// (With memcached -M, which drops nothing, Save on a full server fails with
// store.ErrFull.)
//
// There is no index of owners, no list of all records, and no moving: with
// session.Stored, Manager.Sessions and Manager.SignOut do not work, and a
// renewed session has a new record in two steps. A session that is used without
// being changed is written again where other stores would touch it, for
// memcached's touch would make it outlive the expiry that is kept with it.
//
// # Cost
//
// Load, Save and Delete are one round trip each (gets, add or cas, delete).
// memcached does not tell the version of what it has stored, so Save returns 0.
// A Save is two round trips where the record may have expired some seconds ago,
// which its version tells imprecisely: about one Save in thirty.
//
// # Time
//
// What has expired is told by the program's clock, to the second, so servers
// that share a memcached should have their clocks synchronised, with its own
// too: memcached drops an item three seconds later, by its clock, which may be
// off by a second or two. A record whose Expires is in 2038 or later, beyond
// what the client can say, stays in memcached until it is dropped for room, and
// is likewise not there after its time; Save over it is two round trips.
//
// # Contexts
//
// The client takes no context. One that is done is noticed before each command,
// but not while the answer is awaited: that ends with the client's own Timeout,
// 500 ms if it is not set. Keep it below BackendTimeout of session.Options. A
// Load or Delete is sent again where the connection had broken, as all do when
// memcached was restarted; a Save is not, since it may have been carried out.
//
// # Several servers
//
// The client deals ids to servers by a CRC32 modulo their number. A server that
// fails takes its share of the sessions with it, and until the list of servers
// is changed their requests fail. A changed list deals nearly all ids anew: all
// but a few visitors are signed out. When a server comes back that was left out
// for a while, it also has its old records again, as they were then, and a
// session that was signed out meanwhile is good again: restart it before.
//
// # Versions
//
// A version is memcached's cas unique, a counter that starts anew with the
// server. A request that loaded a session before a restart and saves it after
// finds it gone. That another was created under the same id, and had by then
// the same number, is possible only where the program makes ids itself.
//
// # Limits
//
// memcached keeps items of up to 1 MiB unless -I says otherwise, with their key
// and headers: Data of 1 MiB less 1024 bytes fits. More is store.ErrTooLarge.
// See [Options.MaxItemSize].
package memcachestore
