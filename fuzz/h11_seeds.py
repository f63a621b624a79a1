"""Compares our reading of requests with that of h11, a reader of another language and author.

usage: h11_seeds.py < READINGS, the output of the program `readings`.
Where both accept a request, its method, target, fields and body must be the same.
"""
import sys

import h11

# h11 gives framing in one form: it lower-cases the coding and collapses equal lengths, by design.
NORMALISED = (b"transfer-encoding", b"content-length")


def read(raw):
    """Method, target, fields and body of the first request of raw, or None if h11 refuses it."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 17)
    connection.receive_data(raw)
    connection.receive_data(b"")
    request, body = None, b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return request.method, request.target, list(request.headers), body
            else:  # the connection ended, or h11 wants more than there is
                return None
    except h11.RemoteProtocolError:
        return None


def compared(fields):
    return [(n.lower(), v) for n, v in fields if n.lower() not in NORMALISED]


def main():
    both = ours_only = 0
    wrong = []
    for line in sys.stdin:
        path, method, target, fields, body = line.rstrip("\n").split("\t")
        with open(path, "rb") as file:
            theirs = read(file.read())
        if theirs is None:
            ours_only += 1
            continue
        both += 1
        pairs = [pair.split(":") for pair in fields.split(",") if pair]
        ours = (
            bytes.fromhex(method),
            bytes.fromhex(target),
            compared((bytes.fromhex(n), bytes.fromhex(v)) for n, v in pairs),
            bytes.fromhex(body),
        )
        if ours != (theirs[0], theirs[1], compared(theirs[2]), theirs[3]):
            wrong.append((path, ours, theirs))
    for path, ours, theirs in wrong:
        print(f"{path}\n  ours {ours}\n  h11  {theirs}")
    print(f"h11: {both} requests read by both, {ours_only} by us alone, {len(wrong)} differ")
    if wrong or not both:
        sys.exit(1)


main()
