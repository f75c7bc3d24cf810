"""Does each call of Flask's session and flashing, and prints what comes back."""
import json
import sys

from flask import Flask, flash, get_flashed_messages, session

app = Flask(__name__)
app.secret_key = "a secret key for this test alone"
said = {}


@app.get("/first")
def first():
    said["new"] = session.new
    session["username"] = "ada"
    said["get"] = session.get("username")
    said["get default"] = session.get("theme", "light")
    said["in"] = "username" in session
    session["n"] = session.get("n", 0) + 1
    session["cart"] = []
    session["cart"].append("apple")
    session.modified = True
    said["pop"] = session.pop("n", None)
    session["old"] = 1
    del session["old"]
    session.setdefault("theme", "dark")
    said["keys"] = sorted(session)
    said["len"] = len(session)
    session.permanent = True
    said["permanent"] = session.permanent
    flash("saved")
    flash("too short", "error")
    return ""


@app.get("/second")
def second():
    said["new again"] = session.new
    said["cart"] = session["cart"]
    said["all"] = get_flashed_messages(with_categories=True)
    said["errors"] = get_flashed_messages(category_filter=["error"])
    session.clear()
    said["cleared"] = len(session)
    return ""


client = app.test_client()
client.get("/first")
client.get("/second")
json.dump(said, sys.stdout)
