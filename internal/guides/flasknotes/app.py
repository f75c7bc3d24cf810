import os

from flask import Flask, flash, redirect, render_template_string, request, session
from flask_login import LoginManager, UserMixin, current_user, fresh_login_required, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFProtect

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
CSRFProtect(app)
logins = LoginManager(app)
logins.login_view = logins.refresh_view = "login"


class User(UserMixin):
    def __init__(self, id):
        self.id = id


logins.user_loader(User)

PAGE = """<!doctype html><title>Notes (Python)</title>
{% for text in get_flashed_messages() %}<p role="status">{{ text }}</p>{% endfor %}
"""
NOTES = PAGE + """<p>Hello, {{ current_user.id }}.</p>
<ul>{% for note in session.notes %}<li>{{ note }}</li>{% endfor %}</ul>
<form method="post" action="/notes"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<input name="note" required> <button>Add</button></form>
<form method="post" action="/logout"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<button>Log out</button></form>
"""
LOGIN = PAGE + """<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<input name="name" required> <label><input type="checkbox" name="remember"> Remember me</label> <button>Log in</button></form>
"""


@app.get("/")
@login_required
def notes():
    return render_template_string(NOTES)


@app.post("/notes")
@login_required
def add():
    session["notes"] = session.get("notes", []) + [request.form["note"]]
    flash("Saved")
    return redirect("/", 303)


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template_string(LOGIN)
    login_user(User(request.form["name"]), remember="remember" in request.form)
    return redirect("/", 303)


@app.post("/logout")
def logout():
    session.clear()  # logout_user() would leave the notes to the next user
    logout_user()
    return redirect("/login", 303)


@app.get("/admin")
@fresh_login_required
def admin():
    return f"Settings of {current_user.id} (Python)"
