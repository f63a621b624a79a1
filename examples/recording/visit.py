"""What a client of the shop asks, visit.py PORT; prints what it is told."""

import json
import sys
import urllib.error
import urllib.request


def ask(path, order=None):
    url = f"http://127.0.0.1:{sys.argv[1]}{path}"
    body = order and json.dumps(order).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        print(answer.status, json.dumps(json.load(answer)))


ask("/articles")
ask("/articles/1")
ask("/articles/2")
ask("/articles/9")
ask("/orders", {"article": "1"})
ask("/orders", {"article": "3"})
