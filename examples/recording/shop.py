"""The backend that is recorded: articles, of which one is sold out, and orders."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARTICLES = {"1": "tea", "2": "milk", "3": "honey"}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        _, *words = self.path.split("/")
        if words == ["health"]:
            self.answer(200, {})
        elif words == ["articles"]:
            self.answer(200, [{"id": id, "name": name} for id, name in ARTICLES.items()])
        elif words[0] == "articles" and words[1] in ARTICLES:
            self.answer(200, {"id": words[1], "name": ARTICLES[words[1]]})
        else:
            self.answer(404, {"error": "no such article"})

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if order["article"] == "3":
            self.answer(409, {"error": "sold out"})
        else:
            self.answer(201, {"article": order["article"], "state": "ordered", "token": "s3cr3t"})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8080), Shop).serve_forever()
