"""The shop: GET /orders counts its orders, POST /orders stores one. Its data is shop.db."""

import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


# The shop's own writes come one after the other.
WRITING = threading.Lock()


def database():
    # Who finds the database locked by somebody else gives up soon.
    return sqlite3.connect("shop.db", timeout=0.2, isolation_level=None)


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, "well")
        db = database()
        count = db.execute("SELECT count(*) FROM orders").fetchone()[0]
        db.close()
        self.answer(200, f"{count} orders")

    def do_POST(self):
        item = self.rfile.read(int(self.headers["Content-Length"])).decode()
        db = database()
        try:
            with WRITING:
                db.execute("INSERT INTO orders (item) VALUES (?)", [item])
            self.answer(201, "stored")
        except sqlite3.OperationalError as error:
            self.answer(500, str(error))
        finally:
            db.close()

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__":
    # Kept open: the last connection that closes would lock the database to tidy it.
    first = database()
    first.execute("PRAGMA journal_mode = WAL")
    first.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL)")
    Server(("127.0.0.1", 8080), Shop).serve_forever()
