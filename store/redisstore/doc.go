// Package redisstore keeps sessions in Redis or Valkey: one server, one behind
// Sentinel, or a Redis Cluster.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379", ContextTimeoutEnabled: true})
//	st, err := redisstore.New(client, nil)
//	sessions, err := session.New(session.Stored(st), nil)
//
// It needs Redis 6.2 or later, and clients that may run EVAL, EVALSHA and the
// commands on hashes, sorted sets and keys; All needs SCAN and INFO as well.
//
// # Layout
//
// The records are dealt to 64 parts by [store.ID.Part], and the keys of part N begin with
// wafer:{N}:. The N are such that the parts are spread evenly over the slots of a Redis Cluster,
// and so over its nodes. The layout is the same on a single server.
//
// A record is one hash, wafer:{N}:session:ID, with the fields version, owner, data, used and
// expires, and expires by itself: what has expired is told by the server's clock, to the second. In
// each part an owner has an index, wafer:{N}:owner:OWNER: a sorted set of IDs by the second until
// which they may be good, which expires too. A record with an owner is there only while the index
// of its part names it, so if Redis evicts an index, the sessions that it names end. A record and
// its index are in one slot, so that one script reads or changes both. The index may name records
// that have expired, for as long again as they lasted at most.
//
// # Cost
//
// Load, Save, Touch, Move, Delete and DeleteOne are one round trip each, on a single server and in
// a Cluster. DeleteOwned asks all parts in one round trip to each node, and so does Owned, which
// reads the records in another one for each 200. [New] costs about ten. All of these but Owned are
// Lua scripts, sent by their names; to a server that has been restarted the next call sends them
// whole, which is another round trip, once.
//
// # Contexts and tries
//
// Set ContextTimeoutEnabled in the client's options. Otherwise go-redis looks
// at a context before a command and between two tries, but waits for an answer
// until its ReadTimeout (5 s). A context that is cancelled without having had
// a deadline is noticed there in no case.
//
// If a connection breaks, a command is sent again, three times at most. A Save or Move that is sent
// again knows its own work, and answers success if the first one was carried out; if another
// request has changed the record since, this cannot be known, and the error says so and is not one
// of package store.
//
// # What may be lost
//
// A Save that was acknowledged is as safe as the server is set to keep it:
//
//   - appendfsync everysec, which is the default once appendonly is on, loses
//     up to two seconds when the machine stops, and nothing when the process is
//     killed; appendfsync always loses nothing and makes each Save wait for the
//     disk; without appendonly and snapshots a restart loses all sessions.
//   - Replication does not wait. At a failover, by Sentinel or in a Cluster,
//     what had not reached the replica is lost: new sessions are gone, changes
//     undone, and a session that was signed out in the last moment is good
//     again. min-replicas-to-write and min-replicas-max-lag bound how far
//     behind a replica may be; WAIT, which this package does not send, makes
//     it less likely, and not impossible.
//   - A primary that is cut off from the others accepts writes, and loses them, until
//     cluster-node-timeout is over (or min-replicas-max-lag, if set). Clients that are cut off with
//     it read what was there.
//
// maxmemory-policy has to be noeviction, which is the default: with any other a full server
// silently drops sessions. [New] warns of it. With noeviction, Save on a full server fails
// with store.ErrFull.
//
// Reads have to go to primaries. [New] refuses clients that can be seen to do
// otherwise; one of redis.FailoverOptions.ReplicaOnly cannot be seen, but
// fails [Store.Ping].
//
// # Cluster
//
// Move works between two IDs of one part, and otherwise fails with errors.ErrUnsupported, so
// session.Stored renews a session to an ID of its part.
//
// While a slot moves to another node, its keys do so one by one. If a record has moved and its
// owner's index has not, or the other way round, Redis refuses what needs both, and this package
// asks again for about five seconds, or until the context ends; so it does for each new record with
// an owner in this slot. DeleteOwned does not wait, and may miscount then.
//
// A prefix with a part in braces, as in "{wafer}:", puts all records into one part, and so onto one
// node of a Cluster. On a single server it makes Owned and DeleteOwned cheaper.
//
// # Limits
//
// A record's Data has at most 256 MiB; more is store.ErrTooLarge.
package redisstore
