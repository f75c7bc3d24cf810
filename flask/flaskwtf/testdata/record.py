"""Records tokens that Flask-WTF makes: python3 record.py > flask-wtf.json"""

import importlib.metadata
import json
import sys
import types

import itsdangerous.timed
from flask import Flask, g, session
from flask_wtf.csrf import generate_csrf

answer = []
for key in ("a key of the tests, for both halves", "schl\u00fcssel of the tests"):
    app = Flask("record")
    app.secret_key = key
    for at in (1700000000, 1900000000):
        for secret in ("d3486ae9136e7856bc42212385ea797094475802", "not forty digits, \u00e9"):
            itsdangerous.timed.time = types.SimpleNamespace(time=lambda: float(at))
            with app.test_request_context("/"):
                session["csrf_token"] = secret
                answer.append({"key": key, "at": at, "secret": secret, "token": generate_csrf()})
json.dump(answer, sys.stdout, indent=1)
sys.stdout.write("\n")
