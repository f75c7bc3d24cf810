// Package scs reads the sessions that github.com/alexedwards/scs/v2 wrote into its store, so that a
// program can move from it to Wafer without signing visitors out.
//
//	old := scs.Records(oldStore, nil)
//	sessions, err := session.New(session.Migrate(session.Stored(newStore), old), &session.Options{
//		Cookie: session.Cookie{Name: "session"},
//	})
//
// oldStore is any of scs's stores. Sessions are saved by the backend that
// session.Migrate is given first. After that, their old records are deleted, or
// marked as moved for a minute. The manager's cookie must have the name,
// Domain and Path of scs's ("session", none and "/", unless the program changed
// them), so that the new cookie replaces the old one. The package knows
// scs's format and does not import it.
//
// # Where to move to
//
// With session.Stored a session keeps its token, which becomes Wafer's ID. So
// requests that the browser sent before it had the first answer still find their
// session. With a backend that keeps the session in the cookie, they can read it
// for a minute: its record is marked with the value "_wafer_moved", which scs's
// own program passes over. After a sign-in nothing of it can be read. If the store
// has no Commit, the record is deleted at once.
//
// # Limits
//
// A record has a deadline, which holds, and no time of the last save or use. So
// session.Options.Lifetime and IdleTimeout count from when Wafer first saves the
// session; set ReissueOnRead to have that done as soon as it is read.
//
// # Values
//
// A record is encoding/gob's form of a struct with the fields Deadline, a time.Time, and Values, a
// map[string]any (scs 2.9.0; its GobCodec). The values become JSON by the rules of encoding/json:
// []byte is base64, a time.Time its RFC 3339 text, a struct an object. Types that the program gave
// to gob.Register must be registered here too, under the same name. That is the import path and the
// type, such as "main.User"; if the type has moved, gob.RegisterName gives it the name that it had.
//
// scs's RememberMe is kept as session.Session.SetPermanent.
//
// A session is refused with session.ErrBadPayload, and logged as an error, if a value cannot be
// kept as it is. The log names the key of a value that has no JSON, and [Options.Convert] can
// rename, change or drop it; of a type that is not registered it names the type. Nothing is dropped
// silently. The keys that Wafer uses itself ("_permanent", "_flashes", "_created", "_owner") are
// such a reason too, unless Convert gives them to a value of another key.
//
// # What a cookie and a record must pass
//
// A cookie's value must be a token as scs makes them, 43 letters of base64url,
// before the store is asked for it. encoding/gob, which was not made for an
// attacker's bytes, is given only what the store holds, no record beyond
// [Options.MaxSize], and none that claims more elements than it has bytes.
// ([Options.Decode] is given records as they are.) Anyone who can write to the
// store could sign in as any user before, too.
package scs
