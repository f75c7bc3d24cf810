"""What the other servers do, in Flask."""

import os

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "thirty-two bytes that sign cookies"


def page(name, visits):
    return f"<!doctype html><title>Account</title><p>Hello, {name}! Visit {visits}."


@app.get("/login")
def login():
    session["username"] = "ada lovelace"
    session["visits"] = 41
    session["theme"] = "dark"
    return page("ada lovelace", 41)


@app.get("/")
def index():
    name = session.get("username", "")
    visits = session.get("visits", 0)
    if os.environ["ACTION"] == "change":
        visits += 1
        session["visits"] = visits
    return page(name, visits)
