"""Viewers of one pane, as one process: each subscribes, takes frames, and counts them.

Run as `viewers.py DOOR PANE COUNT`, where the door is the path of `control.sock`, or
`ws://127.0.0.1:PORT#TOKEN`. It says `ready` once every viewer has a whole screen, and for each
line on its standard input one line of JSON: frames and bytes taken so far. Only lengths are
looked at after that, so that what is measured is the daemon. Whoever is cut off stays away.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

READ_BYTES = 1024 * 1024
UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c29tZXRoaW5nIHJhbmRvbQ==\r\n\r\n"
)
TEXT, PING, PONG = 0x81, 0x89, 0x8A
MASK = bytes(4)
"""XOR with it changes nothing: the frames of a client need one, and no secrecy."""


class Door(Protocol):
    """One way to the daemon."""

    connected: socket.socket

    def say(self, frame: dict[str, Any]) -> None:
        """Send a frame."""

    def take(self, data: bytes) -> Iterator[bytes]:
        """The frames that some bytes complete."""


class Lines:
    """Frames as lines, over `control.sock`."""

    def __init__(self, path: str) -> None:
        self.connected = socket.socket(socket.AF_UNIX)
        self.connected.connect(path)
        self.rest = b""

    def say(self, frame: dict[str, Any]) -> None:
        self.connected.sendall(json.dumps(frame).encode() + b"\n")

    def take(self, data: bytes) -> Iterator[bytes]:
        *lines, self.rest = (self.rest + data).split(b"\n")
        yield from lines


class WebSocket:
    """Frames as messages of a WebSocket."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname is not None
        assert where.port is not None
        self.connected = socket.create_connection((where.hostname, where.port))
        self.connected.sendall(UPGRADE.format(host=where.netloc).encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.connected.recv(READ_BYTES)
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        assert b" 101 " in head, head

    def say(self, frame: dict[str, Any]) -> None:
        self.send(TEXT, json.dumps(frame).encode())

    def send(self, kind: int, payload: bytes) -> None:
        """Send one frame of the WebSocket; none here is long."""
        length = len(payload)
        size = (
            bytes([0x80 | length])
            if length < 126
            else struct.pack("!BH", 0x80 | 126, length)
        )
        self.connected.sendall(bytes([kind]) + size + MASK + payload)

    def take(self, data: bytes) -> Iterator[bytes]:
        data = self.rest + data
        start = 0
        while len(data) >= start + 2:
            size, head = data[start + 1], 2
            if size == 126:
                head = 4
            elif size == 127:
                head = 10
            if len(data) < start + head:
                break
            if head > 2:
                size = int.from_bytes(data[start + 2 : start + head], "big")
            if len(data) < start + head + size:
                break
            payload = data[start + head : start + head + size]
            if data[start] == TEXT:
                yield payload
            elif data[start] == PING:
                self.send(PONG, payload)
            start += head + size
        self.rest = data[start:]


def subscribed(door: str, pane: str) -> Door:
    """A connection that watches a pane and has its whole screen."""
    hello: dict[str, Any] = {"client": "bench"}
    opened: Door
    if door.startswith("ws:"):
        opened, hello = WebSocket(door), {"token": urlsplit(door).fragment}
    else:
        opened = Lines(door)
    arguments = {"kinds": ["screens"], "screens": [pane]}
    opened.say({"id": 1, "request": "hello", "args": hello})
    opened.say({"id": 2, "request": "subscribe", "args": arguments})
    while True:
        data = opened.connected.recv(READ_BYTES)
        assert data, "the daemon hung up"
        for frame in opened.take(data):
            assert b'"error"' not in frame[:40], frame
            if b'"screens"' in frame[:40]:
                return opened


def main() -> None:
    """Take frames until standard input ends."""
    door, pane, count = sys.argv[1:]
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    for _ in range(int(count)):
        opened = subscribed(door, pane)
        selector.register(opened.connected, selectors.EVENT_READ, opened)
    print("ready", flush=True)
    frames = size = 0
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                if not os.read(0, READ_BYTES):
                    return
                print(json.dumps({"frames": frames, "bytes": size}), flush=True)
                continue
            data = key.data.connected.recv(READ_BYTES)
            if not data:  # it was given up, since it took nothing for so long
                selector.unregister(key.fileobj)
                continue
            frames += sum(1 for _ in key.data.take(data))
            size += len(data)


if __name__ == "__main__":
    main()
