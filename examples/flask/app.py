"""The Python half: a Flask program as it was before Go came along.

It knows nothing of Go. Both halves have one SECRET_KEY, so they share the
session cookie, and with it the login and the flashed messages.
"""
import os
import sys
import threading

from flask import Flask, flash, jsonify, redirect, render_template_string, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Python half · one login</title>
<link rel="stylesheet" href="/style.css">
<header><nav><a href="/go/">Go half</a> <a href="/py/" aria-current="page">Python half</a></nav></header>
{% for category, text in get_flashed_messages(with_categories=true) %}
<div class="flash {{ category }}" role="{{ 'alert' if category == 'error' else 'status' }}"><strong>{{ category }}</strong> <span>{{ text }}</span></div>
{% endfor %}
<main>
{% if session.username %}
<h1>Hello, {{ session.username }}</h1>
<p>This page comes from Python. <a href="/go/">The Go half</a> knows you too.</p>
<form method="post" action="/py/flash"><button>Flash a message for the Go half</button></form>
<form method="post" action="/py/logout"><button class="second">Log out</button></form>
{% else %}
<h1>Log in with Python</h1>
<form method="post" action="/py/login">
<label for="username">Your name</label>
<input id="username" name="username" autocomplete="username" required maxlength="100">
<button>Log in</button>
</form>
{% endif %}
<p><a href="/py/session.json">The session as Python sees it</a></p>
</main>
</html>
"""


@app.get("/py/")
def index():
    return render_template_string(PAGE)


@app.post("/py/login")
def login():
    name = request.form.get("username", "").strip()
    if 1 <= len(name) <= 100:
        session["username"] = name
        flash("You were logged in by Python", "success")
    else:
        flash("Please give a name of 1 to 100 characters", "error")
    return redirect("/py/", 303)


@app.post("/py/logout")
def logout():
    session.clear()
    flash("You were logged out by Python", "info")
    return redirect("/py/", 303)


@app.post("/py/flash")
def make_flash():
    flash("Flashed by Python", "info")
    return redirect("/go/", 303)


@app.get("/py/session.json")
def session_json():
    return jsonify(dict(session))


def stop_with_parent():
    """The parent holds the other end of standard input, and never writes."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=stop_with_parent, daemon=True).start()
    app.run(port=int(sys.argv[1]), use_reloader=False, threaded=True)
