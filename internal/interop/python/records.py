"""Flask-Session's records, as its own session interfaces write and read them."""

import datetime
import decimal
import importlib
import importlib.metadata
import importlib.util
import pickle

from describe import build, describe
from flask import Flask, session
from werkzeug.test import Client

try:
    from redis import Redis  # Flask-Session 0.6 and later insist on one
except ImportError:
    Redis = object

SID = "flask-session-interop-0123456789abcdefghijk"


class Keys(Redis):
    """A Redis, or a memcached, of this process."""

    def __init__(self):
        self.kept = {}

    def get(self, name):
        return self.kept.get(name)

    def set(self, name, value, timeout=None, ex=None):
        self.kept[name] = value

    def setex(self, name, time, value):
        self.kept[name] = value

    def delete(self, name):
        self.kept.pop(name, None)


class Program:
    def __init__(self, interface):
        self.app = Flask("records")
        self.keys = Keys()
        if modern():
            self.app.session_interface = interface(self.app, self.keys)
        else:
            self.app.session_interface = interface(self.keys, "session:")
        self.app.add_url_rule("/", view_func=self.view)
        self.client = Client(self.app, use_cookies=False)

    def view(self):
        self.handler()
        return ""

    def visit_with(self, handler):
        """Has a view call handler."""
        self.handler = handler
        response = self.client.get("/", headers=[("Cookie", "session=" + SID)])
        if response.status_code != 200:
            raise RuntimeError(f"Flask answered {response.status_code}")

    def visit(self, value=None):
        """Has a view set the session, if there is a value, and describe it."""
        found = []

        def handler():
            if value is not None:
                session.clear()
                session.update(value)
            found.append(describe(dict(session)))

        self.visit_with(handler)
        return found[0]


def modern():
    """Whether it is Flask-Session 0.7 or later, which writes MessagePack."""
    return importlib.util.find_spec("flask_session.sessions") is None


PROGRAMS = {}


def program(kind):
    if kind not in PROGRAMS:
        module = importlib.import_module("flask_session." + (kind if modern() else "sessions"))
        PROGRAMS[kind] = Program(getattr(module, kind.capitalize() + "SessionInterface"))
    return PROGRAMS[kind]


def dump(call):
    """Has a view set a session, and says what the next one reads."""
    p = program(call["kind"])
    # Flask-Session 0.6 and later keep an ID only if it has a record.
    p.keys.kept = {"session:" + SID: pickle.dumps({})}
    p.visit(build(call["value"]))
    record = p.keys.kept["session:" + SID]
    return {"record": record.hex(), "value": p.visit()}


def load(call):
    """Says what a view finds in a record."""
    p = program(call["kind"])
    p.keys.kept = {"session:" + SID: bytes.fromhex(call["record"])}
    return {"value": p.visit()}


def packer():
    """The library for MessagePack: Flask-Session's own, or else Debian's python3-msgpack."""
    try:
        from msgspec import msgpack
    except ImportError:
        import msgpack

        return (
            lambda value: msgpack.packb(value, datetime=True),
            lambda data: msgpack.unpackb(data, timestamp=3, strict_map_key=False),
        )
    return msgpack.encode, msgpack.decode


def pack(call):
    encode, decode = packer()
    record = encode(build(call["value"]))
    return {"record": record.hex(), "value": describe(decode(record))}


def unpack(call):
    _, decode = packer()
    return {"value": describe(decode(bytes.fromhex(call["record"])))}


# What Go has no form for, or none that is as precise.
PRECISE = {
    "micro": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc),
    "naive": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901),
    "zone": datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone(datetime.timedelta(hours=-9, minutes=-30))),
    "fold": datetime.datetime(2024, 1, 2, 3, 4, fold=1),
    "day": datetime.date(2024, 1, 2),
    "span": datetime.timedelta(days=-1, microseconds=7),
    "price": decimal.Decimal("1.10"),
    "set": {1, 2},
    "frozen": frozenset(["x"]),
    "keys": {1: "int", None: "none", 2.5: "float", (1, 2): "tuple"},
    "order": {"b": 1, "a": 2},
    "pair": "\ud83d\ude00",
}


def found(kind, record):
    """The session that a view finds in a record, each value as its repr."""
    p = program(kind)
    p.keys.kept = {"session:" + SID: record}
    reprs = {}
    p.visit_with(lambda: reprs.update((key, repr(value)) for key, value in session.items()))
    return reprs


def precise(call):
    """Has a view set values of such types."""
    p = program(call["kind"])
    p.keys.kept = {"session:" + SID: pickle.dumps({})}
    values = {key: value for key, value in PRECISE.items() if key != "pair" or not modern()}
    p.visit_with(lambda: session.update(values))
    return {"record": p.keys.kept["session:" + SID].hex()}


def intact(call):
    """Says which of the values in one record are others in another one."""
    before = found(call["kind"], bytes.fromhex(call["before"]))
    after = found(call["kind"], bytes.fromhex(call["record"]))
    return {"changed": [key for key in before if after.get(key) != before[key]]}


def version(call):
    return {
        "flask_session": "0.7 or later" if modern() else importlib.metadata.version("flask-session"),
        "msgpack": packer()[0].__module__,
    }


OPS = {
    "record_dump": dump,
    "record_load": load,
    "record_pack": pack,
    "record_unpack": unpack,
    "record_precise": precise,
    "record_intact": intact,
    "record_version": version,
}
