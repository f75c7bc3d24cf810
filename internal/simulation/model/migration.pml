/*
 * One session moves from store A to store B, under the same ID, while three
 * requests work on it: two change a value, and one signs out.
 *
 *   MIXED=1  each request is on a server that prefers B and reads A, or on one
 *            that prefers A and reads B, as while servers are replaced one by
 *            one; MIXED=0 all servers prefer B
 *   CRASH=1  the server of the first request may stop at any time
 *   FAULT=1  a session that arrives counts at once; FAULT=2 the mover does not
 *            look whether the other store has changed; FAULT=3 a session that
 *            arrives counts although the other store does not say that it has
 *            moved; FAULT=4 a sign-out leaves no mark; FAULT=5 a sign-out
 *            everywhere asks each store once; FAULT=6 a move has no name of its own:
 *            what the model must find
 */
#ifndef MIXED
#define MIXED 0
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef FAULT
#define FAULT 0
#endif

#define A 0
#define B 1
#define none 0
#define live 1
#define ended 2
#define arriving 3 /* counts if the other store says that the session has moved */
#define moved 4    /* the session is in the other store */

byte state[2], version[2], clock, done;
byte name[2];                   /* of the move, of a record that arrives or has moved */
bool first[2], second[2];       /* the record has the edit of the first request, of the second */
bool told_first, told_second;   /* 200 */
bool signed_out;

/* Saving takes the version that was read: one writer of several succeeds. */
inline put(at, with, value, f, s, ok) {
	if
	:: state[at] == none && with == 0 || state[at] != none && with == version[at] ->
		clock++; state[at] = value; version[at] = clock; first[at] = f; second[at] = s; ok = true
	:: else -> ok = false
	fi
}

/* Looks into one store. */
inline look(at) {
	d_step { seen = state[at]; with = (seen == none -> 0 : version[at]); f = first[at]; s = second[at]; move = name[at] }
}

/*
 * Finds the store in which the session counts: home is that, or over. moves is
 * whether it is to move from there to the preferred store.
 */
#define over 2
#if FAULT == 1
#define COUNTS(was) (was == live || was == arriving)
#else
#define COUNTS(was) (was == live)
#endif
#if FAULT == 6
#define SAME(one, other) true
#else
#define SAME(one, other) (one == other)
#endif
inline find(to, from) {
	moves = false; home = over; was = none;
	look(to);
	if
	:: COUNTS(seen) -> home = to
	:: seen == ended -> skip
	:: else ->
		was = seen; had = with; hadf = f; hads = s; same = move;
		look(from);
		if
		:: seen == live -> home = from; moves = was == none
		:: seen == arriving && was == moved && SAME(same, move) -> home = from
#if FAULT == 3
		:: seen != live && was == arriving -> home = to; with = had; f = hadf; s = hads
#else
		:: seen == moved && was == arriving && SAME(same, move) -> home = to; with = had; f = hadf; s = hads
#endif
		:: seen == moved && was == none -> home = over + 1 /* it has moved in between: look again */
		:: else -> skip
		fi
	fi
}

inline change(to, from, mine_first, told) {
	do
	:: atomic { CRASH && mine_first -> break }
	:: find(to, from);
	if
	:: home == over -> break /* 409, or a new session */
	:: home == over + 1 -> d_step { if :: state[to] == none -> ok = false :: else -> ok = true fi };
		if :: ok :: else -> break fi
	:: home < over && !moves ->
		d_step { put(home, with, live, f || mine_first, s || !mine_first, ok) };
		if :: ok -> told = true; break :: else fi
	:: home < over && moves ->
		d_step { put(to, 0, arriving, f || mine_first, s || !mine_first, ok); mine = version[to]; if :: ok -> name[to] = mine :: else fi };
		if
		:: !ok
		:: CRASH && mine_first && ok -> break
		:: ok ->
#if FAULT == 2
			d_step { state[from] = moved; clock++; version[from] = clock; name[from] = mine; ok = true };
#else
			d_step { put(from, with, moved, false, false, ok); if :: ok -> name[from] = mine :: else fi };
#endif
			if
			:: ok ->
				told = true;
				if
				:: CRASH && mine_first
				:: d_step { put(to, mine, live, f || mine_first, s || !mine_first, ok) }
				fi;
				break
			:: else -> d_step {
				if
				:: state[from] == none -> state[to] = none
				:: state[from] != none && state[to] != none && version[to] == mine -> clock++; state[to] = moved; version[to] = clock; name[to] = 0
				:: else
				fi }
			fi
		fi
	fi
	od
}

proctype First() {
	byte seen, with, home, was, had, mine, move, same; bool f, s, ok, moves, hadf, hads;
	if
	:: change(B, A, true, told_first)
#if MIXED
	:: change(A, B, true, told_first)
#endif
	fi;
	done++
}

proctype Second() {
	byte seen, with, home, was, had, mine, move, same; bool f, s, ok, moves, hadf, hads;
	if
	:: change(B, A, false, told_second)
#if MIXED
	:: change(A, B, false, told_second)
#endif
	fi;
	done++
}

/* A sign-out leaves a mark in the preferred store, so that nothing moves there again. */
#if FAULT == 4
#define END(at) d_step { state[at] = none }
#else
#define END(at) d_step { clock++; state[at] = ended; version[at] = clock }
#endif

/* Signs out on a server that prefers to: what is there at another place cannot come back. */
inline sign_out(to, from) {
	find(to, from);
	if
	:: home == to ->
		END(to);
		d_step { if :: state[from] == live || state[from] == arriving -> state[from] = none :: else fi };
		signed_out = true
	:: home == from ->
		d_step { clock++; state[to] = ended; version[to] = clock };
		d_step { state[from] = none };
		signed_out = true
	:: else
	fi
}

/* Signs the user out everywhere: asks one store, the other, and the first again. */
inline end_owned(at) {
	d_step { if :: state[at] == live || state[at] == arriving -> state[at] = none :: else fi }
}
inline sweep(to, from) {
	end_owned(from); end_owned(to);
#if FAULT != 5
	end_owned(from);
#endif
	signed_out = true
}

proctype SignOut() {
	byte seen, with, home, was, had, mine, move, same; bool f, s, ok, moves, hadf, hads;
	if
	:: true -> skip /* nobody signs out */
	:: sign_out(B, A)
	:: sweep(B, A)
#if MIXED
	:: sign_out(A, B)
	:: sweep(A, B)
#endif
	fi;
	done++
}

/* Where a server that prefers to finds the session. */
#define HOME(to, from) (COUNTS(state[to]) -> to : (state[to] == ended -> over : \
	(state[from] == live -> from : (state[from] == arriving && state[to] == moved && SAME(name[A], name[B]) -> from : \
	(state[to] == arriving && (state[from] == moved && SAME(name[A], name[B]) || FAULT == 3) -> to : over)))))

init {
	byte x, y;
	atomic { state[A] = live; clock = 1; version[A] = 1; run First(); run Second(); run SignOut() }
	done == 3;
	d_step {
		x = HOME(B, A);
		y = HOME(A, B);
		/* What has ended is found nowhere. */
		assert(!signed_out || x == over);
		assert(!signed_out || !MIXED || y == over);
		/* A visitor who did not sign out has a session, whichever server is asked. */
		assert(signed_out || x != over);
		assert(signed_out || !MIXED || y == x);
		/* What was answered with 200 is there. */
		assert(signed_out || !told_first || first[x]);
		assert(signed_out || !told_second || second[x])
	}
}
