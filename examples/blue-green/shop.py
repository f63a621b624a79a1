"""A release of the shop: shop.py PORT BUILD."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, BUILD = int(sys.argv[1]), sys.argv[2]


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/status":
            return self.answer(json.dumps({"status": "ok", "build": BUILD}))
        self.answer(f"build {BUILD}")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(f"build {BUILD}")

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", PORT), Shop).serve_forever()
