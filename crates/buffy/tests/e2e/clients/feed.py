"""A WebSocket client that talks to a feed: greeted, answered by rule, told what others say.

It is given the port, and prints what it met, a line each.
"""

import asyncio
import json
import sys

import websockets


async def main(port):
    uri = f"ws://127.0.0.1:{port}/ws/feed?user="
    async with websockets.connect(uri + "ann") as ann, websockets.connect(uri + "bob") as bob:
        print("greeted", json.loads(await ann.recv())["hello"], json.loads(await bob.recv())["hello"])
        await ann.send(json.dumps({"type": "ping", "n": 7}))
        print("answered", await ann.recv())
        await bob.send(json.dumps({"type": "say", "what": "hello"}))
        print("told", await ann.recv() == await bob.recv())
        await (await ann.ping())
        print("alive")
        await ann.send("bye for now")
        print("left with", await ann.recv())
        try:
            await ann.recv()
        except websockets.ConnectionClosedOK as closed:
            print("closed", closed.code)
        try:
            await bob.send("x" * (1024 * 1024 + 1))
            await bob.recv()
        except websockets.ConnectionClosedError as closed:
            print("refused", closed.code)
    connections = 0
    async for again in websockets.connect(uri + "eve"):
        connections += 1
        try:
            await again.recv()
            if connections == 3:
                break
            await again.send(json.dumps({"type": "cut"}))
            await again.recv()
        except websockets.ConnectionClosedError:
            continue
    print("came back", connections - 1)


asyncio.run(main(sys.argv[1]))
