/*
 * One session moves from store A to store B, under the same ID, while three
 * requests work on it: two change a value, and one signs out. All servers
 * prefer B and read A.
 *
 *   MIXED=1  one request and the sign-out may be on a server that still prefers
 *            A and reads B, as while servers are replaced one by one
 *   FAULT=1  signing out leaves no mark in B; FAULT=2 the mover does not look
 *            whether A has changed: what the model must find
 */
#ifndef MIXED
#define MIXED 0
#endif
#ifndef FAULT
#define FAULT 0
#endif

#define A 0
#define B 1
#define none 0
#define live 1
#define ended 2 /* a mark: the session is over, or has moved to the other store */

byte state[2], version[2], clock, done;
bool first[2], second[2];       /* the record has the edit of the first server, of the second */
bool told_first, told_second;   /* 200 */
bool signed_out, out_first, out_second;

inline put(at, with, value, f, s, ok) {
	if
	:: state[at] == none && with == 0 || state[at] != none && with == version[at] ->
		clock++; state[at] = value; version[at] = clock; first[at] = f; second[at] = s; ok = true
	:: else -> ok = false
	fi
}

/*
 * A server prefers one store, and reads the other. It changes a value: in the
 * store that it prefers, or it moves the session there, and takes it back if
 * the old record has changed.
 */
inline change(to, from, mine_first, told) {
	do
	:: d_step { seen = state[to]; with = version[to]; f = first[to]; s = second[to] };
	if
	:: seen == live ->
		d_step { put(to, with, live, f || mine_first, s || !mine_first, ok) };
		if :: ok -> told = true; break :: else fi
	:: seen == ended -> break /* 409, or a new session */
	:: seen == none ->
		d_step { seen = state[from]; with = version[from]; f = first[from]; s = second[from] };
		if
		:: seen != live ->
			/* Another request may have moved it in between. */
			d_step { again = state[to] == live };
			if :: again :: else -> break fi
		:: else ->
			d_step { put(to, 0, live, f || mine_first, s || !mine_first, ok) };
			if
			:: ok ->
#if FAULT == 2
				d_step { state[from] = ended; clock++; version[from] = clock; ok = true };
#else
				d_step { put(from, with, ended, false, false, ok) };
#endif
				if
				:: ok -> told = true; break
				:: else -> d_step { state[to] = none }
				fi
			:: else
			fi
		fi
	fi
	od
}

proctype First() {
	byte seen, with; bool f, s, ok, again;
#if MIXED
	change(A, B, true, told_first);
#else
	change(B, A, true, told_first);
#endif
	done++
}

proctype Second() {
	byte seen, with; bool f, s, ok, again;
	change(B, A, false, told_second);
	done++
}

/* Signs out on a server that prefers to. */
inline sign_out(to, from) {
	d_step { seen = state[to] };
	if
	:: seen == live -> d_step { state[to] = none }; d_step { if :: state[from] == live -> state[from] = none :: else fi }; signed_out = true
	:: seen == none ->
		d_step { seen = state[from] };
		if
		:: seen == live ->
#if FAULT != 1
			d_step { clock++; state[to] = ended; version[to] = clock };
#endif
			d_step { state[from] = none }; signed_out = true
		:: else
		fi
	:: else
	fi
}

proctype SignOut() {
	byte seen;
	if
	:: true -> skip
#if MIXED
	:: sign_out(A, B)
#endif
	:: sign_out(B, A)
	fi;
	done++
}

#define FOUND(to, from) (state[to] == live || state[to] == none && state[from] == live)

init {
	atomic { state[A] = live; clock = 1; version[A] = 1; run First(); run Second(); run SignOut() }
	done == 3;
	d_step {
		/* What has ended is in neither store. */
		assert(!signed_out || state[A] != live && state[B] != live);
		/* A visitor who did not sign out has a session, whichever server is asked. */
		assert(signed_out || FOUND(B, A));
#if MIXED
		assert(signed_out || FOUND(A, B));
#endif
		/* What was answered with 200 is there, whichever server is asked. */
		assert(signed_out || !told_first || (state[A] != live || first[A]) && (state[B] != live || first[B]));
		assert(signed_out || !told_second || (state[A] != live || second[A]) && (state[B] != live || second[B]))
	}
}
