"""Records what Flask-Login makes of requests and IDs: python3 record.py > flask-login-VERSION.json"""

import importlib.metadata
import json
import pathlib
import sys

import flask_login.utils
from flask import Flask
from werkzeug.http import dump_cookie

app = Flask("record")
REQUESTS = [
    ("127.0.0.1", {"User-Agent": "Mozilla/5.0"}),
    ("127.0.0.1", {}),
    ("127.0.0.1", {"User-Agent": ""}),
    ("2001:db8::1", {"User-Agent": "curl/8.5.0"}),
    ("", {"User-Agent": "over a Unix socket"}),
    ("192.0.2.7", {"User-Agent": "it's"}),
    ("192.0.2.7", {"User-Agent": 'a "quoted" one'}),
    ("192.0.2.7", {"User-Agent": "both ' and \""}),
    ("192.0.2.7", {"User-Agent": "back\\slash\tand tab"}),
    ("192.0.2.7", {"User-Agent": "caf\u00e9".encode().decode("latin-1")}),
    ("192.0.2.7", {"User-Agent": "caf\u00e9 in Latin-1"}),
    ("192.0.2.7", {"User-Agent": "\x01\x7f\x80\xff"}),
    ("10.0.0.1", {"User-Agent": "Mozilla/5.0", "X-Forwarded-For": "203.0.113.9"}),
    ("10.0.0.1", {"User-Agent": "Mozilla/5.0", "X-Forwarded-For": " 203.0.113.9 , 10.0.0.2"}),
    ("10.0.0.1", {"User-Agent": "Mozilla/5.0", "X-Forwarded-For": ""}),
    ("10.0.0.1", {"User-Agent": "Mozilla/5.0", "X-Forwarded-For": ", 10.0.0.2"}),
    ("10.0.0.1", {"X-Forwarded-For": "it's \\ \u00fc"}),
]
KEYS = ["a key of the tests, for both halves", "schl\u00fcssel in Latin-1, as Flask has it"]
IDS = ["1", "ada", "ada@example.com", "caf\u00e9", 'a,b;c"d\\e', "with | and | in it", " spaces ", "\u65e5\u672c", "123e4567-e89b-12d3-a456-426614174000", "(x) [y] {z} <w> ?"]

answer = {"requests": [], "tokens": []}
for address, headers in REQUESTS:
    environ = {"REMOTE_ADDR": address, "HTTP_HOST": "app.example"}
    environ.update({"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()})
    with app.test_request_context("/", environ_overrides=environ, headers={"User-Agent": "removed"}) as context:
        if "User-Agent" not in headers:
            del context.request.environ["HTTP_USER_AGENT"]
        answer["requests"].append({"address": address, "headers": headers, "id": flask_login.utils._create_identifier()})
for key in KEYS:
    app.config["SECRET_KEY"] = key
    for id in IDS:
        with app.app_context():
            line = dump_cookie("remember_token", flask_login.utils.encode_cookie(id))
        answer["tokens"].append({"key": key, "id": id, "value": line.removeprefix("remember_token=").removesuffix("; Path=/")})
json.dump(answer, sys.stdout, indent=1)
sys.stdout.write("\n")
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("flask", "werkzeug")), pathlib.Path(flask_login.__file__).parent, file=sys.stderr)
