"""Takes webhooks: stores each once, by its webhook-id, however often it comes."""

import signal
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WRITING = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with WRITING:
            db = sqlite3.connect("webhooks.db", isolation_level=None)
            db.execute(
                "INSERT INTO webhooks VALUES (?, ?, 1) ON CONFLICT (id) DO UPDATE SET times = times + 1",
                [self.headers["webhook-id"], body],
            )
            db.close()
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # what is under way ends before the program does


if __name__ == "__main__":
    with sqlite3.connect("webhooks.db") as db:
        db.execute("CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, body TEXT, times INTEGER)")
    with Server(("127.0.0.1", 8080), Receiver) as server:
        stop = threading.Thread(target=server.shutdown)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        server.serve_forever()
