"""Prints, for each row of the README's table, what Flask does."""
import warnings

from flask import Flask, Response, flash, get_flashed_messages, session

app = Flask(__name__)
app.secret_key = "a key for this test only"


@app.get("/flash")
def make_flash():
    flash("saved")
    return ""


@app.get("/page")
def page():
    from flask import render_template_string
    return render_template_string("<html>{{ get_flashed_messages() }}")


@app.get("/stream")
def stream():
    session["name"] = "ada"
    return Response(iter(["data: 1\n\n"]))


@app.get("/late")
def late():
    from flask import stream_with_context

    @stream_with_context
    def body():
        yield "data: 1\n\n"
        session["late"] = "ada"
    return Response(body())


@app.get("/large")
def large():
    import secrets
    session["cart"] = secrets.token_hex(5000)
    return ""


@app.get("/bad")
def bad():
    from flask import redirect
    session["bad"] = object()
    return redirect("/next")


def show(row, value):
    print(row, "yes" if value else "no")


client = app.test_client()
client.get("/flash")
shown = b"saved" in client.get("/page").data
show("middle", shown and b"saved" not in client.get("/page").data)
show("stream", "Set-Cookie" in client.get("/stream").headers)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    client.get("/late").data
    with client.session_transaction() as s:
        assert "late" not in s
    show("late", caught)
    response = client.get("/large")
    show("large-sent", response.status_code == 200 and "Set-Cookie" in response.headers)
    show("large-named", any("cart" in str(w.message) for w in caught))
response = client.get("/bad")
show("alone", response.status_code == 500 and "Location" not in response.headers)
