"""Tries the shop as a client does, through its closed gate: smoke.py RELEASE."""

import os
import sys
import urllib.error
import urllib.request

RELEASE = sys.argv[1]


def ask(path, body=None):
    fields = {"X-Buffy-Bypass": os.environ["BYPASS"]}
    request = urllib.request.Request(f"http://127.0.0.1:7000{path}", body, fields)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"{path}: {error}")


for path, body in [("/", None), ("/orders", b"tea")]:
    said = ask(path, body)
    if said != f"release {RELEASE}":
        sys.exit(f"{path}: {said}")
print(f"release {RELEASE} is good")
