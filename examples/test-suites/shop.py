"""The code that is tested: a shop's client of its payment provider."""

import json
import os
import urllib.error
import urllib.request

PROVIDER = os.environ.get("PROVIDER", "http://127.0.0.1:7000")


class Declined(Exception):
    """The provider has not taken the money."""


class Till:
    def __init__(self, session):
        self.fields = {"Content-Type": "application/json", "X-Buffy-Session": session}

    def charge(self, amount, currency="EUR"):
        return self.post("/charges", {"amount": amount, "currency": currency})

    def refund(self, charge):
        return self.post(f"/refunds/{charge}", {})

    def post(self, path, document):
        body = json.dumps(document).encode()
        for _ in range(3):
            request = urllib.request.Request(PROVIDER + path, body, self.fields)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise Declined(error.code) from error
            except OSError as error:
                raise Declined("nobody knows") from error
        raise Declined(503)
