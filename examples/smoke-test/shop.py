"""The shop: shop.py RELEASE. Of a release whose name ends in `-broken`, orders fail."""

import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE = sys.argv[1]


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, f"release {RELEASE}")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if RELEASE.endswith("-broken"):
            self.answer(500, "oops")
        else:
            self.answer(201, f"release {RELEASE}")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False


with Server(("127.0.0.1", 8080), Shop) as server:
    stop = threading.Thread(target=server.shutdown)
    signal.signal(signal.SIGTERM, lambda *_: stop.start())
    server.serve_forever()
