"""Records sessions as Flask-Session writes them: record.py > FILE, a JSON line each.

The vectors were recorded on Debian 12 with its Flask-Session 0.3.2 (Flask 2.2.2, Python 3.11.2), and with
Flask-Session 0.8.0 on a msgspec 0.21.1 that was built from its source. "json" is what Flask's own cookie
would have of the session that Flask-Session reads back, if that can hold it.
"""

import datetime
import decimal
import importlib.util
import json
import sys
import uuid

from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from markupsafe import Markup

UTC = datetime.timezone.utc
VALUES = {
    "empty": {},
    "plain": {"user": "ada", "n": 42, "neg": -7, "f": 1.5, "t": True, "no": None, "l": [1, [2, "x"]], "d": {"a": {"b": []}}},
    "text": {"é": "ü € 😀 \u2028 \\u0041 \n\t\0\x7f", "": "", " t": {" t": 1}, " di__": [{" di": "x"}]},
    "numbers": {"big": 2**63 - 1, "small": -(2**63), "unsigned": 2**64 - 1, "floats": [0.0, -0.0, 1e16, 1e-7, float("inf"), 5e-324]},
    "bytes": {"b": b"\x00\xff", "e": b"", "long": b"x" * 300},
    "long": {"s": "s" * 300, "l": list(range(70)), "d": {"key %d" % i: i for i in range(40)}},
    "flashes": {"_flashes": [("message", "Hello"), ("error", "No <b>")], "_permanent": True},
    "times": {"at": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)},
    # What Flask's cookie cannot hold, or holds in another way.
    "precise": {"at": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "old": datetime.datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC)},
    "zone": {"at": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=-9, minutes=-30)))},
    "naive": {"at": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901)},
    "day": {"on": datetime.date(2024, 1, 2), "for": decimal.Decimal("1.10")},
    "sets": {"s": {1}, "f": frozenset(["x"])},
    "keys": {"d": {1: "one", 2.5: "float", None: "none", True: "yes"}, "bad": {(1, 2): 3}, 7: "int"},
    # What MessagePack cannot hold.
    "tagged": {"m": Markup("<b>"), "u": uuid.UUID(int=5), "huge": 2**200, "neg": -(2**200), "tuple": (1, (2,), ())},
    "surrogate": {"s": "a\ud800b"},
    "shared": {"a": (shared := ["x" * 40]), "b": shared, "c": [shared, shared]},
}


def serializers():
    if importlib.util.find_spec("flask_session.sessions"):
        import pickle

        yield "0.3.2, Redis", pickle.dumps, pickle.loads
        yield "0.3.2, memcached", lambda value: pickle.dumps(value, 0), pickle.loads
        yield "pickle, protocol 2", lambda value: pickle.dumps(value, 2), pickle.loads
        return
    from flask_session.base import MsgSpecSerializer

    for name in ("msgpack", "json"):
        s = MsgSpecSerializer(Flask("x"), name)
        yield "0.8.0, " + name, s.encode, s.decode


for by, encode, decode in serializers():
    for name, value in VALUES.items():
        try:
            record = encode(value)
        except Exception as error:
            print(f"{by}: {name}: {error}", file=sys.stderr)
            continue
        try:
            text = TaggedJSONSerializer().dumps(decode(record))
        except Exception:
            text = None
        print(json.dumps({"by": by, "name": name, "record": record.hex(), "json": text}))
