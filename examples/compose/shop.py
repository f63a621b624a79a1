"""The service behind Buffy: it says which release it is."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = f"release {os.environ.get('RELEASE', '1')}\n".encode()


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Shop).serve_forever()
