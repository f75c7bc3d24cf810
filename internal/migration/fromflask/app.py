"""The program before the move: who is signed in is kept by Flask."""
import datetime
import os
import sys
import threading
import uuid

from flask import Flask, flash, get_flashed_messages, redirect, request, session
from markupsafe import Markup
from werkzeug.serving import make_server

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


@app.get("/")
def index():
    lines = [f"{category}: {text}\n" for category, text in get_flashed_messages(with_categories=True)]
    if "username" in session:
        lines.append(f"Hello, {session['username']}.\n")
    else:
        lines.append("You are not logged in.\n")
    return "".join(lines)


@app.post("/login")
def login():
    session["username"] = request.form["username"]
    session.permanent = True
    flash("You were logged in", "success")
    return redirect("/", 303)


@app.post("/logout")
def logout():
    session.pop("username", None)
    return redirect("/", 303)


@app.post("/fill")
def fill():
    """One value of each of Python's types, and a message that waits."""
    session["username"] = "ada"
    session["cart"] = ("apple", 3)
    session["raw"] = b"\x00\xff"
    session["name"] = Markup("<b>Ada</b>")
    session["device"] = uuid.UUID("12345678123456781234567812345678")
    session["since"] = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    session["settings"] = {"dark": True, "size": 1.5, "tags": ["a", None]}
    session.permanent = True
    flash("<saved>", "success")
    return ""


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # the test holds the other end
