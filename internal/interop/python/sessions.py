"""Sessions as Flask's own session interface writes and reads them."""

import hashlib

import clock
from describe import build, describe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface, TaggedJSONSerializer
from itsdangerous import BadData
from itsdangerous.encoding import base64_encode

app = Flask("interop")


def key_of(spec):
    raw = bytes.fromhex(spec["hex"])
    return raw.decode() if spec.get("text") else raw


def sign_with(application, cfg):
    """Gives an application the keys and parameters of a case."""
    interface = SecureCookieSessionInterface()
    interface.salt = cfg["salt"]
    interface.digest_method = getattr(hashlib, cfg["digest"])
    interface.key_derivation = cfg["derivation"]
    application.session_interface = interface
    keys = [key_of(key) for key in cfg["keys"]]  # the current one first
    if "SECRET_KEY_FALLBACKS" in application.config:
        application.secret_key = keys[0]
        application.config["SECRET_KEY_FALLBACKS"] = keys[1:]
    else:
        # Before Flask 3.1 programs rotated keys with a list, oldest first.
        application.secret_key = keys[::-1] if keys[1:] else keys[0]
    return interface


def serializer(cfg):
    return sign_with(app, cfg).get_signing_serializer(app)


def dump(call):
    """Signs a session, and says what Python itself reads back from it."""
    s = serializer(call["cfg"])
    clock.move_to(call["time"])
    value = build(call["value"])
    with app.app_context():
        token = s.dumps(value)
        text = s.serializer.dumps(value)
        return {"token": token, "json": text, "value": describe(s.loads(token))}


def sign_raw(call):
    """Signs a payload that Flask need not have written."""
    s = serializer(call["cfg"])
    clock.move_to(call["time"])
    return {"token": s.make_signer().sign(base64_encode(bytes.fromhex(call["payload"]))).decode()}


def load(call):
    """Reads a token as SecureCookieSessionInterface.open_session does."""
    s = serializer(call["cfg"])
    clock.move_to(call["time"])
    with app.app_context():
        try:
            value, signed = s.loads(call["token"], max_age=call.get("max_age"), return_timestamp=True)
        except BadData as error:
            return {"verdict": type(error).__name__}
        if not value:
            value = {}  # open_session makes an empty session of any of them
        return {"verdict": "ok", "value": describe(value), "at": int(signed.timestamp())}


TAGGED = TaggedJSONSerializer()
OPS = {"dump": dump, "sign_raw": sign_raw, "load": load}
