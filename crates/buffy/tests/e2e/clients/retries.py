"""Prints what a `requests` session that retries meets, a line of JSON for each URL."""

import json
import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


class Counting(Retry):
    """Remembers why each try was followed by another."""

    met = []

    def increment(self, method=None, url=None, response=None, error=None, *others, **named):
        Counting.met.append(response.status if response else type(error).__name__)
        return super().increment(method, url, response, error, *others, **named)


for url in sys.argv[1:]:
    Counting.met = []
    retry = Counting(total=4, backoff_factor=0, status_forcelist=[503])
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=retry))
    answer = session.get(url, timeout=20)
    told = {"status": answer.status_code, "text": answer.text, "met": Counting.met}
    print(json.dumps(told), flush=True)
