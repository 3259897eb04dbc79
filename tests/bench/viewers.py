"""Viewers of one pane, as one process: each subscribes, takes frames, and counts them.

Run as `viewers.py SOCKET PANE COUNT`. It says `ready` once every viewer has a whole screen,
and for each line on its standard input one line of JSON: frames and bytes taken so far.
Nothing is parsed but the first frame, so that what is measured is the daemon.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
from typing import Any

READ_BYTES = 1024 * 1024


def subscribed(path: str, pane: str) -> socket.socket:
    """A connection that watches a pane and has its whole screen."""
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(path)
    arguments = {"kinds": ["screens"], "screens": [pane]}
    for number, (name, args) in enumerate(
        [("hello", {"client": "bench"}), ("subscribe", arguments)]
    ):
        frame: dict[str, Any] = {"id": number, "request": name, "args": args}
        connected.sendall(json.dumps(frame).encode() + b"\n")
    data = b""
    while b'"screens"' not in data:
        data += connected.recv(READ_BYTES)
        assert b'"error"' not in data, data
    connected.setblocking(False)
    return connected


def main() -> None:
    """Take frames until standard input ends."""
    path, pane, count = sys.argv[1:]
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    for _ in range(int(count)):
        selector.register(subscribed(path, pane), selectors.EVENT_READ)
    print("ready", flush=True)
    frames = size = 0
    buffer = bytearray(READ_BYTES)
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                if not os.read(0, READ_BYTES):
                    return
                print(json.dumps({"frames": frames, "bytes": size}), flush=True)
                continue
            assert isinstance(key.fileobj, socket.socket)
            got = key.fileobj.recv_into(buffer)
            assert got, "the daemon hung up"
            frames += buffer.count(b"\n", 0, got)
            size += got


if __name__ == "__main__":
    main()
