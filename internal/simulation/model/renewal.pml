/*
 * One session in a store, and three requests at once: a tab that renews the
 * session ID, a tab that changes a value, and a sign-out everywhere. The store
 * may lose a question or an answer, and carry out a lost question later.
 *
 *   STEPS=1  the store renews in one step, as SQL and Redis do
 *   STEPS=2  it saves the new record and then marks the old one, as memcached has
 *            to
 *   EPOCH=1  a sign-out begins a new epoch of the owner, and a session of an
 *            older one is not loaded
 *   FAULT=1  the renewal believes an error; FAULT=2 the sign-out looks once;
 *            FAULT=3 a cookie that names two records is read with the new one
 *            first: what the model must find
 */
#ifndef STEPS
#define STEPS 1
#endif
#ifndef FAULT
#define FAULT 0
#endif
#ifndef EPOCH
#define EPOCH 0
#endif
#ifndef LOSSES
#define LOSSES 3   /* how many questions or answers are lost */
#endif
#define TRIES  2   /* how often a call is sent again */

#define OLD 0       /* each try of the renewal has an ID of its own: 1, 2 */
#define RECORDS 3
#define LIVES(id) (state[id] == live && !over)
#define none 0
#define live 1
#define mark 2

byte state[RECORDS], version[RECORDS], writer[RECORDS]; /* writer is the nonce */
bool edited[RECORDS];                                    /* the record has the edit */
byte clock, losses, done;

short told_renewal, told_edit;        /* 200, 409 or 503 */
bool signed_out;
bool over;                            /* the owner's epoch in which all this happens */
byte cookie;                          /* the record that it names */
byte other;                           /* it names this one too, if it is not 0 */

/* What the store answers. */
#define OK 0
#define CONFLICT 1
#define GONE 2
#define LOST 3

/* Writing takes the version that was read: one writer of several succeeds. */
inline put(id, with, value, who, has, answer) {
	if
	:: with == 0 && state[id] != none -> answer = CONFLICT
	:: with != 0 && state[id] == none -> answer = GONE
	:: with != 0 && state[id] != none && version[id] != with -> answer = CONFLICT
	:: else -> clock++; state[id] = value; version[id] = clock; writer[id] = who; edited[id] = has; answer = OK
	fi
}

inline move(to, with, who, has, answer) {
	if
	:: state[OLD] == none -> answer = GONE
	:: state[OLD] != none && (version[OLD] != with || state[to] != none) -> answer = CONFLICT
	:: else ->
		clock++; state[OLD] = mark; version[OLD] = clock; writer[OLD] = who;
		state[to] = live; version[to] = clock; writer[to] = who; edited[to] = has; answer = OK
	fi
}

/* A question that was lost may be carried out later: one at a time. */
bool late; byte late_what, late_to, late_with, late_who; bool late_has;

#define MOVE 0
#define CREATE 1
#define MARK 2
#define EDIT 3

inline execute(what, to, with, who, has, answer) {
	if
	:: what == MOVE -> move(to, with, who, has, answer)
	:: what == CREATE -> put(to, 0, live, who, has, answer)
	:: what == MARK -> put(OLD, with, mark, who, has, answer)
	:: what == EDIT -> put(OLD, with, live, who, has, answer)
	fi
}

/* One question to the store. */
inline send(what, to, with, who, has, answer) {
	if
	:: d_step { execute(what, to, with, who, has, answer) }
	:: d_step { losses < LOSSES -> losses++; execute(what, to, with, who, has, answer); answer = LOST }
	:: d_step { losses < LOSSES -> losses++; answer = LOST }
	:: d_step { losses < LOSSES && !late -> losses++; late = true;
		late_what = what; late_to = to; late_with = with; late_who = who; late_has = has; answer = LOST }
	fi
}

/* Asks again until the outcome is known, which the writer's nonce tells. */
inline settle(what, to, at, with, who, has, answer) {
	send(what, to, with, who, has, answer);
#if FAULT != 1
	tries = 0; again = false;
	do
	:: answer == LOST && tries < TRIES -> tries++; again = true; send(what, to, with, who, has, answer)
	:: else -> break
	od;
	if
	:: atomic { again && answer != OK && answer != LOST && state[at] != none && writer[at] == who -> answer = OK }
	:: else
	fi
#endif
}

/* The visitor gets a cookie that names both records. A renewal that believes errors does not. */
#if FAULT != 1
#define UNSETTLED other = next
#elif STEPS == 1
#define UNSETTLED skip
#else
#define UNSETTLED state[next] = none
#endif

proctype Late() {
	byte result;
	do
	:: atomic { late -> execute(late_what, late_to, late_with, late_who, late_has, result); late = false }
	:: atomic { late -> late = false } /* it never arrives */
	:: atomic { !late && done == 3 -> break }
	od
}

proctype Renewal() {
	byte next, me, from, result, tries; bool have, again;
	do
	:: atomic {
		if
		:: !LIVES(OLD) -> told_renewal = 409; break
		:: else -> from = version[OLD]; have = edited[OLD]; next++; me = next; assert(next < RECORDS)
		fi
	};
#if STEPS == 1
	settle(MOVE, next, next, from, me, have, result);
	if
	:: result == OK -> atomic { told_renewal = 200; cookie = next }; break
	:: result == LOST -> atomic { told_renewal = 503; UNSETTLED }; break
	:: result == GONE -> told_renewal = 409; break
	:: result == CONFLICT
	fi
#else
	settle(CREATE, next, next, 0, me, have, result);
	if
	:: result != OK -> told_renewal = 503; break
	:: else
	fi;
	settle(MARK, OLD, OLD, from, me, have, result);
	if
	:: result == OK -> atomic { told_renewal = 200; cookie = next }; break
	:: result == LOST -> atomic { told_renewal = 503; UNSETTLED }; break
	:: else -> state[next] = none; if :: result == GONE -> told_renewal = 409; break :: else fi
	fi
#endif
	od;
	done++
}

proctype Edit() {
	byte from, result, tries; bool again;
	do
	:: atomic {
		if
		:: !LIVES(OLD) -> told_edit = 409; break
		:: else -> from = version[OLD]
		fi
	};
	settle(EDIT, OLD, OLD, from, 9, true, result);
	if
	:: result == OK -> told_edit = 200; break
	:: result == LOST -> told_edit = 503; break
	:: result == GONE -> told_edit = 409; break
	:: atomic { result == CONFLICT && again -> told_edit = 503; break } /* another request saved since */
	:: result == CONFLICT && !again
	fi
	od;
	done++
}

proctype SignOut() {
	bool found, listed[RECORDS]; byte id;
	if
	:: goto end /* nobody signs out */
	:: true
	fi;
#if EPOCH
	over = true;
#endif
	do
	:: d_step {
		found = false;
		for (id : 0 .. RECORDS-1) { listed[id] = state[id] == live; found = found || listed[id] }
	};
	if
	:: !found -> break
	:: else
	fi;
	for (id : 0 .. RECORDS-1) {
		d_step { if :: listed[id] && state[id] == live -> state[id] = none :: else fi }
	}
#if FAULT == 2
	break
#endif
	od;
	signed_out = true;
end:	done++
}

/* The record that the visitor's cookie names: of two, the old one unless it was renewed. */
#if FAULT == 3
#define NAMED ((other != 0 && state[other] == live) -> other : cookie)
#else
#define NAMED ((other != 0 && state[OLD] != live) -> other : cookie)
#endif

init {
	atomic {
		state[OLD] = live; clock = 1; version[OLD] = 1;
		run Renewal(); run Edit(); run SignOut(); run Late()
	}
	done == 3 && !late;
	d_step {
		/* A renewal that failed leaves the visitor signed in. */
		assert(signed_out || LIVES(NAMED));
		/* What was answered with 200 is there. */
		assert(signed_out || told_edit != 200 || edited[NAMED]);
		/* A renewal that succeeded ends the old ID. */
		assert(told_renewal != 200 || !LIVES(OLD));
		/* After a sign-out nothing that the visitor's cookie names lives. */
		assert(!signed_out || !LIVES(NAMED))
	}
}
