// Package flasksession keeps sessions in the records of Flask-Session, a library that keeps the
// sessions of Flask programs on the server: a Flask program and a Go program share one login, and
// one can take over from the other page by page.
//
//	backend, err := flasksession.New(flasksession.Redis(client), nil)
//	...
//	sessions, err := session.New(backend, flasksession.Defaults())
//
// Flask-Session 0.7 and later write MessagePack, or JSON; earlier releases write pickles, and read
// nothing else. [Options] say which. All of them are read.
//
// # Places
//
// [Redis] works with the clients of go-redis, and [Files] reads cachelib's folders. Package
// sqlrecords has PostgreSQL, MySQL and SQLite, and memcachedrecords, a module of its own,
// memcached. A program that uses one of them does not import the others. Implement [Records] for
// another place.
//
// # Values
//
// Types are those of package flask, as far as a format has them. In MessagePack, a tuple is read as
// a list; Markup, UUIDs, lone surrogates and integers of more than 64 bits are errors when they are
// set. In JSON, so are NaN and the infinities, and a time is text. A pickle has them all. A value
// that the Go program does not change is written as it was read, also one that Go has no form for.
//
// Flash messages are pairs of category and text: a title becomes part of the text, and Data is left
// out. In MessagePack and JSON, a message's HTML is text, whose tags a template shows.
//
// # Concurrency
//
// A save writes only if the record still has the bytes that were read. Otherwise the manager reads
// the record again and applies its changes to that. Flask-Session does not do so: at the end of
// each request it writes what it read at the beginning, with the request's own changes. So a slow
// request to Flask undoes what Go wrote since, and brings back a session that has ended.
//
// After [session.Session.Renew], and SignIn, Flask finds nothing under the old ID.
//
// # Security
//
// A record that is not a session of plain data is refused, and logged: the visitor has an empty
// session. The reader of pickles makes no objects; names to import that are not on its list are
// refused. Records of more than 1 MiB are not read or written.
//
// Unlike the stores of this module, Flask-Session names records after the IDs in cookies: whoever
// can read its Redis or its table can use its sessions.
package flasksession
