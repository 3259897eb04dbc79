"""What a hostile client may send to the monitor's port, with the refusal that it deserves.

Each generator draws from a seeded `Random`, so that a failure can be repeated by its
number. A `Refusal` is an HTTP status, or what comes over a WebSocket: a close code, or
the code of an error that answers a request and costs the client no more than that.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import attrs
from wskit import frame
from wsproto.frame_protocol import Opcode

if TYPE_CHECKING:
    from random import Random

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "localhost.evil.example:{port}",
    "127.0.0.1.nip.io:{port}",
    "localhost:{port}@evil.example",
    "evil.example#localhost:{port}",
    "0.0.0.0:{port}",
    "169.254.169.254",
    "localhost:{port}:80",
    "localhost:99999",
    "",
)
FOREIGN_ORIGINS = (
    "http://evil.example",
    "http://localhost:1",
    "http://localhost",
    "http://localhost:{port}@evil.example",
    "http://evil.example@localhost:{port}",
    "http://localhost:{port}.evil.example",
    "http://localhost:{port}/",
    "http://127.0.0.1:{port}",
    "null",
    "file://",
    "",
)
OPENINGS: tuple[Any, ...] = (
    {"id": 1, "request": "hello", "args": {}},
    {"id": 1, "request": "hello", "args": {"token": None}},
    {"id": 1, "request": "hello", "args": {"token": ["fugue"]}},
    {"id": 1, "request": "hello", "args": {"token": ""}},
    {"id": 1, "request": "hello", "args": {"token": "fugue_0123456789_" + "0" * 64}},
    {"id": 1, "request": "hello", "args": {"token": "\ud800"}},
    {"id": 1, "request": "hello", "args": {"token": "x" * 10_000}},
    {"id": 1, "request": "status"},
    {"id": 1, "request": "subscribe", "args": {"kinds": ["tree"]}},
    {"id": 1, "request": "stop", "args": {"kill": True}},
    {"id": 1},
    [],
    None,
    "hello",
)
REQUESTS: tuple[tuple[Any, str], ...] = (
    ({"id": 1, "request": "no_such_thing"}, "InvalidArgument"),
    ({"id": 1, "request": "status", "args": {"more": 1}}, "InvalidArgument"),
    ({"id": 1, "request": "status", "args": []}, "InvalidArgument"),
    ({"id": 1, "request": 5}, "InvalidArgument"),
    ({"request": "status"}, "InvalidArgument"),
    ([1, 2], "InvalidArgument"),
    ("stop", "InvalidArgument"),
    ({"id": 1, "request": "stop", "args": {"kill": True}}, "NotAllowed"),
    ({"id": 1, "request": "token_new", "args": {}}, "NotAllowed"),
    ({"id": 1, "request": "token_ls", "args": {}}, "NotAllowed"),
    ({"id": 1, "request": "hand_over", "args": {"to": "/tmp/x"}}, "NotAllowed"),
    ({"id": 1, "request": "kill_session", "args": {"session": "x"}}, "SessionNotFound"),
    ({"id": 1, "request": "read_pane", "args": {"pane": "../x"}}, "PaneNotFound"),
    ({"id": 1, "request": "hello", "args": {"as": "x"}}, "IdentityFixed"),
    ({"id": 1, "request": "subscribe", "args": {"kinds": ["x"]}}, "InvalidArgument"),
    ({"id": 1, "request": "subscribe", "args": {"rate": -1}}, "InvalidArgument"),
)


@attrs.frozen
class Attack:
    """Something hostile, and what has to come of it.

    Attributes:
        data: What is sent.
        refusals: HTTP statuses or close codes, any of which is right.
        error: The code of an error that answers a request instead.
    """

    data: bytes
    refusals: frozenset[int] = frozenset()
    error: str = ""


def head_of(method: str, target: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in headers), "", ""]
    return "\r\n".join(lines).encode("utf-8")


def head(random: Random, port: int) -> Attack:
    """A head that has to be refused, on whatever path."""
    ours = ("Host", f"localhost:{port}")
    path = random.choice(["/", "/ws", "/healthz", "/static/main.js", "/nothing"])
    more = list(HANDSHAKE.items()) if random.random() < 0.7 else []
    kind = random.randrange(7)
    if kind == 0:
        host = random.choice(FOREIGN_HOSTS).format(port=port)
        return Attack(head_of("GET", path, [("Host", host), *more]), frozenset({421}))
    if kind == 1:
        origin = random.choice(FOREIGN_ORIGINS).format(port=port)
        headers = [ours, ("Origin", origin), *more]
        return Attack(head_of("GET", path, headers), frozenset({403}))
    if kind == 2:
        target = random.choice(["/..", "/static/../web.py", "/ws/x", "/%00", "/.git"])
        return Attack(head_of("GET", target, [ours, *more]), frozenset({404}))
    if kind == 3:
        method = random.choice(["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "X"])
        statuses = frozenset({405 if path != "/nothing" else 404})
        return Attack(head_of(method, path, [ours, *more]), statuses)
    if kind == 4:
        headers = {**HANDSHAKE}
        broken = random.choice(list(headers))
        headers[broken] = random.choice(["", "x", "\t", "8", "close"])
        attack = head_of("GET", "/ws", [ours, *headers.items()])
        return Attack(attack, frozenset({400, 426}))
    if kind == 5:
        size = random.randrange(16_400, 30_000)
        return Attack(head_of("GET", path, [ours, ("X", "x" * size)]), frozenset({431}))
    noise = bytes(random.randrange(256) for _ in range(random.randrange(4, 400)))
    return Attack(noise.replace(b"\n", b"") + b"\r\n\r\n", frozenset({400}))


def opening(random: Random, bad_tokens: list[str]) -> Attack:
    """A first frame that lets nobody in."""
    kind = random.randrange(5)
    if kind == 0:
        return broken_frame(random)
    if kind == 1:
        return Attack(
            frame(b"{" + random.randbytes(8).hex().encode()), frozenset({4401})
        )
    if kind == 2:
        return Attack(frame(b"x" * random.randrange(16_385, 60_000)), frozenset({1009}))
    shape = random.choice(OPENINGS)
    if kind == 3:
        args = {"token": random.choice(bad_tokens)}
        shape = {"id": 1, "request": "hello", "args": args}
    return Attack(frame(json.dumps(shape).encode()), frozenset({4401}))


def later(random: Random) -> Attack:
    """A frame of somebody who was let in and goes too far."""
    kind = random.randrange(4)
    if kind == 0:
        return broken_frame(random)
    if kind == 1:
        depth = random.randrange(1, 100_000)
        return Attack(frame(b"[" * depth), error="InvalidArgument")
    shape, code = random.choice(REQUESTS)
    return Attack(frame(json.dumps(shape).encode()), error=code)


def broken_frame(random: Random) -> Attack:
    """A frame that breaks the protocol of frames."""
    text = random.randbytes(random.randrange(1, 60)).hex().encode()
    attacks = [
        (frame(text, Opcode.BINARY), 1003),
        (frame(text + b"\xff"), 1007),
        (frame(text, is_masked=False), 1002),
        (frame(text, reserved=random.randrange(1, 8)), 1002),
        (frame(text, random.choice([3, 4, 5, 6, 7, 11, 12, 15])), 1002),
        (frame(text, Opcode.CONTINUATION), 1002),
        (frame(text, is_last=False) + frame(text), 1002),
        (frame(text[:100], Opcode.PING, is_last=False), 1002),
        (frame(b"x" * random.randrange(126, 300), Opcode.PONG), 1002),
        (frame(struct.pack("!H", random.randrange(1000)), Opcode.CLOSE), 1002),
        (frame(b"x", Opcode.CLOSE), 1002),
        (b"\x81\xff" + b"\xff" * 12, 1002),
    ]
    data, code = random.choice(attacks)
    return Attack(data, frozenset({code}))
