"""What a program with two halves meets beside the session's format: domains, tags, exceptions, sockets."""

import time

import clock
from flask import Flask, session
from flask.json.tag import JSONTag
from flask.sessions import SecureCookieSessionInterface
from werkzeug.test import Client


class Money:
    def __init__(self, cents):
        self.cents = cents


class TagMoney(JSONTag):
    key = " money"

    def check(self, value):
        return isinstance(value, Money)

    def to_json(self, value):
        return value.cents

    def to_python(self, value):
        return Money(value)


def program(call):
    app = Flask("differences")
    app.secret_key = call["key"]
    app.config.update(call.get("config") or {})
    sessions = SecureCookieSessionInterface()
    sessions.serializer = type(sessions.serializer)()
    sessions.serializer.register(TagMoney)
    app.session_interface = sessions

    @app.get("/pay")
    def pay():
        if "price" in session:
            session["seen"] = session["price"].cents
        session["price"] = Money(250)
        return ""

    @app.get("/fail")
    def fail():
        session["before"] = "the exception"
        raise RuntimeError

    return app


def get(call):
    clock.move_to(int(time.time()))
    headers = [("Cookie", call["cookie"])] if call.get("cookie") else []
    response = Client(program(call), use_cookies=False).get(call["path"], headers=headers, base_url="http://app.example")
    return {"status": response.status_code, "set_cookie": response.headers.getlist("Set-Cookie")}


sockets = {}


def connect(call):
    """Opens a socket with the cookie of a page."""
    import flask_login
    from flask_socketio import SocketIO

    clock.move_to(int(time.time()))
    app = Flask("sockets")
    app.secret_key = call["key"]
    manager = flask_login.LoginManager(app)

    class User(flask_login.UserMixin):
        def __init__(self, id):
            self.id = id

    manager.user_loader(User)
    socketio = SocketIO(app, async_mode="threading")

    @socketio.on("who")
    def who():
        return flask_login.current_user.get_id() or ""

    sockets["one"] = socketio.test_client(app, headers={"Cookie": call["cookie"]})
    return {}


def emit(call):
    return {"answer": sockets["one"].emit("who", callback=True)}


OPS = {"get": get, "connect": connect, "emit": emit}
