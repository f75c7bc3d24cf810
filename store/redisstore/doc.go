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
// A record is one hash, wafer:session:ID, with the fields version, data, used,
// expires, owner and listed, and expires by itself: what has expired is told by
// the server's clock, to the second. An owner's index is a sorted set,
// wafer:owner:OWNER, of ids by the second until which they may be good, and
// expires too. A record with an owner is there only while the index names it, so
// deleting all of an owner's is to remove names, and if Redis evicts the index the
// owner's sessions end. The index may name records that are gone, which are
// dropped when it is read, or when their time is over.
//
// # Cost
//
// Load, Save, Touch, Move and Delete are one round trip each. Under a Redis Cluster the index is
// usually on another server than the record: Load of a record with an owner, and a new one, then
// cost one more, and a record that gets another owner, or has been used for as long as it was to
// last when it was last entered, two more. A Touch then costs two more anywhere. [New] costs about
// ten. All but Delete are Lua scripts, sent by their names; to a server that has been restarted the
// next call sends them whole, which is another round trip, once.
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
//     again. So may an owner's index lack a session that was saved in the last
//     moment. min-replicas-to-write and min-replicas-max-lag bound how far
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
// The servers of a Cluster should have their clocks within a minute of each
// other, as the index relies on it where sessions are saved and listed at one
// moment.
//
// # Cluster
//
// A Cluster changes two keys in one step only if they are in one slot, so Move
// fails there with errors.ErrUnsupported, and session.Stored then renews a
// session in two steps. To have it in one, at the price of having all sessions
// on one server, name that slot in the prefix, as in "{wafer}:".
//
// # Limits
//
// A record's Data has at most 256 MiB; more is store.ErrTooLarge.
package redisstore
