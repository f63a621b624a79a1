"""The program that is worked on: change what it says, and save."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GREETING = "hello"


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is written at once: it is whole, or has not begun

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(GREETING)))
        self.end_headers()
        self.wfile.write(GREETING.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", 8080), App).serve_forever()
