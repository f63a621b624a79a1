"""A shop that must warm up: its first answers take 200 ms, and more than 4 at once are too many."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COUNTING = threading.Lock()
answered = 0
unfinished = 0


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global answered, unfinished
        if self.path == "/health":
            return self.answer(200, "well")
        with COUNTING:
            unfinished += 1
            is_cold = answered < 6
            is_too_much = is_cold and unfinished > 4
        time.sleep(0.2 if is_cold else 0.005)
        with COUNTING:
            unfinished -= 1
            answered += not is_too_much
        self.answer(500 if is_too_much else 200, "too many" if is_too_much else "here you are")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", 8080), Shop).serve_forever()
