// Package memcachestore keeps sessions in memcached.
//
//	client := memcache.New("localhost:11211")
//	client.MaxIdleConns = 100 // as many as requests at once
//	st, err := memcachestore.New(client, nil)
//	sessions, err := session.New(session.Stored(st), nil)
//
// memcached is a cache: if it needs room it drops what was not used for longest, and a restart
// drops everything. So sessions may vanish, and their users are signed out, before their time. If
// that matters, use another store. Watch the figure evictions of its stats. If it grows, give
// memcached more memory, or sessions a server of their own. (With memcached -M, which drops
// nothing, Save on a full server fails with store.ErrFull.)
//
// There is no index of owners, no list of all records, and no moving: with
// session.Stored, Manager.Sessions and Manager.SignOutEverywhere do not work, and a
// renewed session has a new record in two steps. A session that is used without
// being changed is written again where other stores would touch it, for
// memcached's touch would make it outlive the expiry that is kept with it.
//
// # Cost
//
// Load, Save and Delete are one round trip each (gets, add or cas, delete).
// memcached does not tell the version of what it has stored, so Save returns 0.
// A Save is two round trips if the record may have expired some seconds ago,
// which its version tells imprecisely: about one Save in thirty.
//
// # Time
//
// The program's clock decides what has expired, to the second, so servers that share a memcached
// should have their clocks synchronized. memcached drops an item three seconds later: it is told in
// how many seconds, or, if those are more than 30 days, the time, which it judges by its own clock.
// [New] warns of a clock that is more than five seconds from that of the server which it asks. A
// record whose Expires is in 2038 or later, which the client cannot express, stays in memcached
// until it is dropped to make room, and is not found after its time either; Save over it is two
// round trips.
//
// # Contexts
//
// The client has no contexts. The end of a context is noticed before each command, but not while
// the answer is awaited: that ends with the client's own Timeout, 500 ms if it is not set. Keep it
// below BackendTimeout of session.Options. A Load or Delete is sent again if the connection had
// broken, as all do when memcached was restarted; a Save is not, since it may have been carried
// out.
//
// # Several servers
//
// The client maps IDs to servers by a CRC32 modulo their number. If a server fails, its share of
// the sessions is lost, and their requests fail until the list of servers is changed. A changed
// list maps nearly all IDs to other servers: nearly all users are signed out. If a server is used
// again after a while, it still has its old records, and a session that was signed out since then
// is valid again: restart the server first.
//
// # Versions
//
// A version is memcached's cas unique, a counter that starts again with the server. A request that
// loaded a session before a restart and saves it after finds it gone. That another was created
// under the same id, and had by then the same number, is possible only if the program makes IDs
// itself.
//
// # Limits
//
// memcached keeps items of up to 1 MiB unless -I says otherwise, with their key
// and headers: Data of 1 MiB less 1024 bytes fits. More is store.ErrTooLarge.
// See [Options.MaxItemSize].
package memcachestore
