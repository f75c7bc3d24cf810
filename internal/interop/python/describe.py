"""Values in a form that both sides can make and compare.

A description is an object with a kind "k", and a text "t", items "i" or names
"n" as the kind needs. Texts are printable ASCII: any other character, and the
backslash, is written \\{hex}, so that lone surrogates survive the way.
"""

import enum
import re
import struct
import sys
from collections import OrderedDict
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@contextmanager
def deep():
    """Lets this program's own recursion go deeper than Flask's may."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def escape(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else "\\{%x}" % ord(c) for c in text)


def unescape(text):
    return re.sub(r"\\\{([0-9a-f]+)\}", lambda m: chr(int(m.group(1), 16)), text)


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Number(int):
    pass


class Page:
    """Has __html__, as template objects do, and is no Markup."""

    def __init__(self, text):
        self.text = text

    def __html__(self):
        return self.text


def describe(value):
    with deep():
        return _describe(value)


def _describe(value):
    kind = type(value)
    if value is None:
        return {"k": "none"}
    if kind is bool:
        return {"k": "bool", "t": "true" if value else "false"}
    if kind is int:
        return {"k": "int", "t": str(value)}
    if kind is float:
        bits = struct.pack(">d", value).hex()
        return {"k": "float", "t": "nan" if value != value else bits}
    if kind is str:
        return {"k": "str", "t": escape(value)}
    if kind is Markup:
        return {"k": "markup", "t": escape(str(value))}
    if kind is bytes:
        return {"k": "bytes", "t": value.hex()}
    if kind is UUID:
        return {"k": "uuid", "t": value.hex}
    if kind is datetime:
        if value.tzinfo is None or value.microsecond:
            raise TypeError(f"{value!r} came back with a fraction or without a zone")
        return {"k": "datetime", "t": str((value - EPOCH) // timedelta(seconds=1))}
    if kind is list:
        return {"k": "list", "i": [_describe(v) for v in value]}
    if kind is tuple:
        return {"k": "tuple", "i": [_describe(v) for v in value]}
    if isinstance(value, dict):
        keys = sorted(value)
        return {
            "k": "dict",
            "n": [_describe(k) for k in keys],
            "i": [_describe(value[k]) for k in keys],
        }
    raise TypeError(f"no description for {kind!r}")


def build(d):
    with deep():
        return _build(d)


def _build(d):
    kind, text = d["k"], d["t"]
    if kind in SCALARS:
        return SCALARS[kind](text)
    if kind in SEQUENCES:
        return SEQUENCES[kind](_build(item) for item in d.get("i", ()))
    if kind in DICTS:
        names = (_build(name) for name in d.get("n", ()))
        return DICTS[kind](zip(names, (_build(item) for item in d.get("i", ()))))
    raise TypeError(f"no value for the kind {kind!r}")


def _float(text):
    return float("nan") if text == "nan" else struct.unpack(">d", bytes.fromhex(text))[0]


def _datetime(text):
    """Reads seconds;microseconds;minutes east of UTC, or seconds;microseconds; for a naive one."""
    seconds, micros, zone = text.split(";") if ";" in text else (text, "0", "0")
    moment = EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros))
    if zone == "":
        return moment.replace(tzinfo=None)
    return moment.astimezone(timezone(timedelta(minutes=int(zone))))


class SubList(list):
    pass


SCALARS = {
    "none": lambda text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": _float,
    "str": unescape,
    "markup": lambda text: Markup(unescape(text)),
    "bytes": bytes.fromhex,
    "uuid": lambda text: UUID(hex=text),
    "datetime": _datetime,
    # Only Python has these. They come back as something plainer.
    "page": lambda text: Page(unescape(text)),
    "date": lambda text: (EPOCH + timedelta(days=int(text))).date(),
    "decimal": Decimal,
    "subint": lambda text: Number(int(text)),
    "colour": lambda text: Colour.RED,
    "level": lambda text: Level.HIGH,
    "unencodable": lambda text: object(),
}
SEQUENCES = {"list": list, "tuple": tuple, "sublist": SubList}
DICTS = {"dict": dict, "ordered": OrderedDict}
