"""The Python half: a Flask program with Flask-Login and Flask-WTF, as it was before Go came along.

It knows nothing of Go. Both halves have one SECRET_KEY, so they share the
session cookie, and with it the login, the flashed messages and the forms.
"""
import os
import sys
import threading

from flask import Flask, flash, jsonify, redirect, render_template_string, request, session
from flask_login import LoginManager, UserMixin, current_user, fresh_login_required, login_fresh, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFProtect

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
CSRFProtect(app)
logins = LoginManager(app)
logins.login_view = logins.refresh_view = "index"


class User(UserMixin):
    def __init__(self, id):
        self.id = id


logins.user_loader(User)

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
{% if admin %}
<h1>The admin page of Python</h1>
<p>{{ current_user.id }}, you logged in with your name, and were not only remembered. Flask-Login calls such a login fresh.</p>
<p><a href="/py/">Back</a></p>
{% elif current_user.is_authenticated and not next %}
<h1>Hello, {{ current_user.id }}</h1>
<p>This page comes from Python. <a href="/go/">The Go half</a> knows you too.{% if not fresh %} You were remembered.{% endif %}</p>
<ul>{% for note in session.notes %}<li>{{ note }}</li>{% endfor %}</ul>
<form method="post" action="/go/notes">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="note">A note, sent to the Go half</label>
<input id="note" name="note" required maxlength="100">
<button>Save</button>
</form>
<form method="post" action="/py/flash"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Flash a message for the Go half</button></form>
<form method="post" action="/py/logout"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button class="second">Log out</button></form>
<p><a href="/py/admin">The admin page</a> needs a fresh login.</p>
{% else %}
<h1>Log in with Python</h1>
<form method="post" action="/py/login{% if next %}?next={{ next|urlencode }}{% endif %}">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="username">Your name</label>
<input id="username" name="username" autocomplete="username" required maxlength="100">
<label><input type="checkbox" name="remember"> Remember me</label>
<button>Log in</button>
</form>
{% endif %}
<p><a href="/py/session.json">The session as Python sees it</a></p>
</main>
</html>
"""


@app.get("/py/")
def index():
    return render_template_string(PAGE, fresh=login_fresh(), next=request.args.get("next"))


@app.get("/py/admin")
@fresh_login_required
def admin():
    return render_template_string(PAGE, admin=True)


@app.post("/py/login")
def login():
    name, next = request.form.get("username", "").strip(), request.args.get("next", "")
    if not 1 <= len(name) <= 100:
        flash("Please give a name of 1 to 100 characters", "error")
        return redirect("/py/?" + request.query_string.decode(), 303)
    login_user(User(name), remember="remember" in request.form)
    flash("You were logged in by Python", "success")
    return redirect(next if next.startswith("/py/") else "/py/", 303)


@app.post("/py/logout")
def logout():
    logout_user()  # session.clear() after it would keep the remember cookie
    session.pop("notes", None)
    flash("You were logged out by Python", "info")
    return redirect("/py/", 303)


@app.post("/py/notes")
@login_required
def notes():
    note = request.form.get("note", "").strip()
    if 1 <= len(note) <= 100:
        session["notes"] = session.get("notes", []) + [note]
        flash("Saved by Python", "success")
    else:
        flash("A note has 1 to 100 characters", "error")
    return redirect("/go/", 303)


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
