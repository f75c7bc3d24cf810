"""A whole Flask program whose one view does what a request asks for."""

import clock
import flask
from describe import build, describe, unescape
from flask import Flask, flash, get_flashed_messages, message_flashed, session
from markupsafe import Markup
from sessions import sign_with
from werkzeug.test import Client

MISSING = object()


class Program:
    def __init__(self, call):
        self.app = Flask("interop")
        sign_with(self.app, call["cfg"])
        self.app.config.update(
            SESSION_COOKIE_NAME=call["name"],
            SESSION_COOKIE_DOMAIN=call.get("domain") or None,
            SESSION_COOKIE_PATH=call.get("path") or None,
            SESSION_COOKIE_SECURE=call["secure"],
            SESSION_COOKIE_HTTPONLY=call["httponly"],
            SESSION_COOKIE_SAMESITE=call.get("samesite") or None,
            SESSION_REFRESH_EACH_REQUEST=call["refresh"],
            PERMANENT_SESSION_LIFETIME=call["lifetime"],
        )
        if call["partitioned"]:
            self.app.config["SESSION_COOKIE_PARTITIONED"] = True
        self.app.add_url_rule("/", view_func=self.view, methods=["GET", "POST", "HEAD"], provide_automatic_options=False)
        self.client = Client(self.app, use_cookies=False)
        self.signalled = []
        self.raised = ""
        message_flashed.connect(self.on_flash, self.app)

    def on_flash(self, sender, message, category):
        self.signalled.append(describe((category, message)))

    def view(self):
        try:
            for action in self.call["actions"]:
                self.results.append(describe(ACTIONS[action["do"]](action)))
        except Exception as error:
            self.raised = f"{type(error).__name__}: {error}"
            raise
        response = flask.make_response("", self.call["status"])
        if self.call.get("vary"):
            response.headers["Vary"] = self.call["vary"]
        return response

    def request(self, call):
        self.call, self.results, self.raised = call, [], ""
        self.signalled.clear()
        clock.move_to(call["time"])
        headers = [("Cookie", call["cookie"])] if call.get("cookie") else []
        response = self.client.open("/", method=call["method"], headers=headers)
        answer = {
            "status": response.status_code,
            "set_cookie": response.headers.getlist("Set-Cookie"),
            "vary": response.headers.getlist("Vary"),
            "results": self.results,
            "signalled": list(self.signalled),
            "raised": self.raised,
        }
        response.close()
        return answer


def name_of(action):
    return unescape(action["key"])


def found(value):
    return "missing" if value is MISSING else (value,)


def set_value(action):
    session[name_of(action)] = build(action["value"])


def update(action):
    session.update(build(action["value"]))


def delete(action):
    if name_of(action) in session:
        del session[name_of(action)]


def set_permanent(action):
    session.permanent = action["value"]["t"] == "true"


def flash_message(action):
    text = unescape(action["value"]["t"])
    flash(Markup(text) if action["value"]["k"] == "markup" else text, unescape(action["key"]))


def flash_default(action):
    flash(unescape(action["value"]["t"]))


def flashes(action):
    filters = [unescape(category) for category in action.get("filters") or ()]
    return get_flashed_messages(with_categories=True, category_filter=filters)


def change_nested(action):
    value = session.get(name_of(action))
    if isinstance(value, list):
        value.append(1)
    elif isinstance(value, dict):
        value["x"] = 1


def fail(action):
    raise RuntimeError("the view fails")


ACTIONS = {
    "set": set_value,
    "bad": set_value,
    "setdefault": lambda a: (session.setdefault(name_of(a), build(a["value"])),),
    "update": update,
    "get": lambda a: found(session.get(name_of(a), MISSING)),
    "has": lambda a: name_of(a) in session,
    "len": lambda a: len(session),
    "keys": lambda a: sorted(session),
    "pop": lambda a: found(session.pop(name_of(a), MISSING)),
    "delete": delete,
    "clear": lambda a: session.clear(),
    "permanent": set_permanent,
    "is permanent": lambda a: bool(session.permanent),
    "flash": flash_message,
    "flash default": flash_default,
    "flashes": flashes,
    "change nested": change_nested,
    "fail": fail,
}


program = None


def start(call):
    global program
    program = Program(call)
    return {}


OPS = {"app": start, "request": lambda call: program.request(call)}
