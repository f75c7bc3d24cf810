"""A Flask program whose sessions Flask-Session keeps: program.py CONFIGURATION

The configuration is a JSON object: what app.config gets, and "client", the URL of a Redis or the
address of a memcached. It prints its port and how Flask-Session writes records, and ends with its standard input.
"""

import json
import logging
import sys
import threading

from flask import Flask, flash, get_flashed_messages, jsonify, request, session
from flask_session import Session
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)

app = Flask(__name__)
configuration = json.loads(sys.argv[1])
client = configuration.pop("client", "")
app.config.update(configuration)
if app.config["SESSION_TYPE"] == "redis":
    from redis import Redis

    app.config["SESSION_REDIS"] = Redis.from_url(client)
elif app.config["SESSION_TYPE"] == "memcached":
    from memcache import Client

    app.config["SESSION_MEMCACHED"] = Client([client])
Session(app)
before_07 = hasattr(app.session_interface, "_generate_sid") and not hasattr(app.session_interface, "_upsert_session")
if app.config["SESSION_TYPE"] == "sqlalchemy" and before_07:
    with app.app_context():
        app.session_interface.db.create_all()


@app.get("/session")
def show():
    return jsonify(dict(session))


@app.post("/login")
def login():
    session["user"] = request.args["user"]
    flash("Hello from Flask")
    return ""


@app.post("/logout")
def logout():
    session.clear()
    return ""


@app.get("/flashes")
def flashes():
    return jsonify(get_flashed_messages(with_categories=True))


@app.post("/add")
def add():
    """Adds a number to a list."""
    session["flask"] = session.get("flask", []) + [int(request.args["n"])]
    return ""


has_read, may_write = threading.Event(), threading.Event()


@app.post("/slow")
def slow():
    """Reads the session, and ends when another request says so."""
    session.get("user")
    has_read.set()
    may_write.wait(60)
    return ""


@app.get("/slow-has-read")
def slow_has_read():
    has_read.wait(60)
    return ""


@app.post("/slow-may-write")
def slow_may_write():
    may_write.set()
    return ""


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, "pickle" if before_07 else "MessagePack", flush=True)
sys.stdin.read()
