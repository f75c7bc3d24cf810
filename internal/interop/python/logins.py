"""A Flask program with a login, as extensions make it: Flask-Login, Flask-Principal and Flask-WTF, or Flask-Security."""

import datetime
import importlib.metadata
import secrets
import time
import uuid

import clock
from flask import Flask, g, jsonify, request, session
from werkzeug.test import Client

IDS = {"int": int, "uuid": uuid.UUID}


def configured(call):
    app = Flask("logins")
    app.config.update(
        SECRET_KEY=call["key"],
        SESSION_PROTECTION=call.get("protection") or None,
        WTF_CSRF_CHECK_DEFAULT=False,
        **(call["config"] or {}),
    )
    seconds = app.config.pop("REMEMBER_COOKIE_SECONDS", None)
    if seconds:
        app.config["REMEMBER_COOKIE_DURATION"] = datetime.timedelta(seconds=seconds)
    return app


def with_flask_login(call):
    import flask_login
    from flask_login import UserMixin, current_user, login_user, logout_user
    from flask_principal import AnonymousIdentity, Identity, Principal, identity_changed
    from flask_wtf.csrf import CSRFProtect, generate_csrf

    app = configured(call)
    csrf = CSRFProtect(app)
    Principal(app)
    manager = flask_login.LoginManager(app)
    if not app.config["SESSION_PROTECTION"]:
        manager.session_protection = None

    class User(UserMixin):
        def __init__(self, id):
            self.id = id

        def get_id(self):
            return IDS.get(call.get("ids"), str)(self.id)

    @manager.user_loader
    def load(id):
        return User(str(id))

    @app.post("/login")
    def login():
        seconds = request.args.get("seconds", type=float)
        login_user(
            User(request.args["id"]),
            remember="remember" in request.args,
            duration=datetime.timedelta(seconds=seconds) if seconds else None,
        )
        if "permanent" in request.args:
            session.permanent = True
        if "principal" in request.args:
            identity_changed.send(app, identity=Identity(request.args["id"]))
        return ""

    @app.post("/logout")
    def logout():
        logout_user()
        if "principal" in request.args:
            identity_changed.send(app, identity=AnonymousIdentity())
        return ""

    @app.get("/who")
    def who():
        return jsonify(
            who=str(current_user.get_id()) if current_user.is_authenticated else "",
            fresh=flask_login.login_fresh(),
            identity=str(g.identity.id) if g.identity.id is not None else "",
        )

    @app.get("/form")
    def form():
        return generate_csrf()

    @app.route("/form", methods=["POST", "PUT", "PATCH", "DELETE"])
    def submit():
        csrf.protect()
        return "accepted"

    return app


def with_flask_security(call):
    from flask_wtf.csrf import CSRFProtect
    from flask_security import Security, UserDatastore, UserMixin, auth_required, current_user, login_user, logout_user

    class User(UserMixin):
        active = True
        roles = ()
        fs_uniquifier = ""

        def __init__(self, id):
            self.id = self.fs_uniquifier = self.email = id

    class Users(UserDatastore):
        def find_user(self, case_insensitive=False, **by):
            return User(next(iter(by.values())))

        def find_role(self, *args):
            return None

        put = commit = lambda self, *args: None

    app = configured(call)
    app.config.update(
        SECURITY_PASSWORD_SALT="salt", SECURITY_PASSWORD_HASH="plaintext", SECURITY_CSRF_COOKIE_NAME="XSRF-TOKEN"
    )
    CSRFProtect(app)
    app.security = Security(app, Users(User, None), register_blueprint=False)

    @app.post("/login")
    def login():
        login_user(User(request.args["id"]), remember="remember" in request.args)
        return ""

    @app.post("/logout")
    def logout():
        logout_user()
        return ""

    @app.get("/who")
    def who():
        return jsonify(
            who=current_user.fs_uniquifier if current_user.is_authenticated else "",
            fresh=session.get("_fresh", False),
            identity=str(g.identity.id) if g.identity.id is not None else "",
        )

    @app.get("/recent")
    @auth_required("session", within=5, grace=0)
    def recent():
        return "recent"

    return app


def versions():
    found = {}
    for name in ("flask-login", "flask-wtf", "flask-principal", "flask-security-too"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass  # the test that needs it says so
    return found


MAKERS = {"login": with_flask_login, "security": with_flask_security}

programs = {}


def start(call):
    name = secrets.token_hex(8)
    programs[name] = Client(MAKERS[call["extension"]](call), use_cookies=False)
    return {"name": name}


def visit(call):
    clock.move_to(int(time.time()))
    response = programs[call["name"]].open(
        call["path"],
        base_url=call["base"],
        method=call["method"],
        headers=call["headers"],
        data=call.get("form"),
        environ_base={"REMOTE_ADDR": call["address"]},
    )
    answer = {
        "status": response.status_code,
        "set_cookie": response.headers.getlist("Set-Cookie"),
        "body": response.get_data(as_text=True),
    }
    response.close()
    return answer


OPS = {"login app": start, "visit": visit}
