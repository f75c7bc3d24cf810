"""Answers one JSON call a line, until its standard input ends.

A call names its op and brings that op's arguments; the answer is the op's, or
{"error": ...} where Python raised what nobody expected there.
"""

import importlib.metadata
import json
import logging
import sys
import traceback
import warnings

import clock
import describe

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import apps
import differences
import logins
import records
import sessions
import tokens

clock.install()


def versions(call):
    found = {"python": sys.version.split()[0]}
    for name in ("flask", "itsdangerous", "werkzeug", "markupsafe"):
        found[name] = importlib.metadata.version(name)
    found.update(logins.versions())
    return found


OPS = {"versions": versions, **sessions.OPS, **apps.OPS, **tokens.OPS, **logins.OPS, **differences.OPS, **records.OPS}


def answer(line):
    with describe.deep():
        call = json.loads(line)
    try:
        result = OPS[call["op"]](call)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        result = {"error": f"{type(error).__name__}: {error}"[:400], "where": f"{where.filename}:{where.lineno}"}
    with describe.deep():
        return json.dumps(result)


for line in sys.stdin:
    sys.stdout.write(answer(line) + "\n")
    sys.stdout.flush()
